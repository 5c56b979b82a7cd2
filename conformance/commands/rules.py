"""``amiproof rules``: prints the catalogue, one rule whole, or the rules that a word finds."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from conformance.commands.drift import report
from conformance.commands.output import print_line
from conformance.engine.core.errors import UsageError
from conformance.engine.core.selection import nearest
from conformance.model import CATALOGUE, Grade, Kind, Rule
from conformance.suite.registry import node_id
from conformance.suite.requirements import required_by, requirements
from reports.links import address
from reports.sections import title_of

_WITH_CODES = (Kind.REQUEST, Kind.HISTORY, Kind.SCENARIO)
"""The kinds of rules that a request breaks."""
GRADES = {
    Grade.DOCUMENTED: "a document states it",
    Grade.DETAIL: "a document describes or implies it",
    Grade.OBSERVED: "only observed on AWS; a violation is no deviation",
    Grade.UNSPECIFIED: "the documents leave it open; every outcome is allowed",
}


def show(word: str | None, *, uncovered: bool = False, drift: bool = False) -> int:
    """Print each rule on a line, one rule whole, the rules of a word, or botocore's changes.

    Returns the exit status. Raises UsageError for a word that finds no rule.
    """
    if drift:
        lines, status = report()
        for line in lines:
            print_line(line)
        return status
    if word in CATALOGUE:
        print_rule(CATALOGUE[word])
        return 0
    found = list(CATALOGUE.values()) if word is None else matching(word)
    for rule in found:
        if not uncovered:
            print_line(f"{rule.id:26} {rule.grade.value:12} {rule.statement}")
        elif rule.uncovered:
            print_line(f"{rule.id:26} {rule.uncovered}")
    return 0


def matching(word: str) -> list[Rule]:
    """The rules with a word in their id, statement or section. Raises UsageError for none."""
    wanted = word.lower()
    found = [
        rule
        for rule in CATALOGUE.values()
        if any(wanted in text.lower() for text in (rule.id, rule.statement, *_sections(rule)))
    ]
    if not found:
        raise UsageError(
            f"There is no rule {word}, and no statement or section has the word.{_hint(word)}"
        )
    return found


def _sections(rule: Rule) -> Iterator[str]:
    yield title_of(rule.family)
    yield from (source.section for source in rule.sources)


def known_rule(rule_id: str) -> Rule:
    """The rule of an id. Raises UsageError."""
    if rule_id not in CATALOGUE:
        raise UsageError(f"There is no rule {rule_id}.{_hint(rule_id)}")
    return CATALOGUE[rule_id]


def _hint(word: str) -> str:
    near = nearest(word, CATALOGUE)
    return f" The nearest are {', '.join(near)}." if near else " See amiproof rules."


def print_rule(rule: Rule) -> None:
    """Print a rule with its sources, arms, codes, what AWS does, and its property."""
    codes = "any client error" if rule.codes is None else ", ".join(sorted(rule.codes))
    aws = f"{rule.aws.note}  {rule.aws.source}".strip()
    fields = [
        ("grade", f"{rule.grade.value}: {GRADES[rule.grade]}"),
        *(("source", f"{s}  {address(str(s))}".rstrip()) for s in rule.sources),
        ("keeps arm", rule.keeps),
        ("breaks arm", rule.breaks),
        ("codes", codes if rule.kind in _WITH_CODES and rule.breaks else ""),
        ("AWS", f"{rule.aws.status}: {aws}" if aws else rule.aws.status),
        ("note", rule.note),
        ("requires", ", ".join(requirements()[rule.id])),
        ("required by", ", ".join(required_by(rule.id))),
        ("property", node_id(rule.id) or ""),
        ("not tested", rule.uncovered),
    ]
    console = Console()
    title = Text.assemble((rule.id, "bold"), f": {rule.statement}")
    console.print(title, soft_wrap=True, highlight=False)
    for label, text in fields:
        if text:
            print_line(f"{label:11} {text}", console=console)
