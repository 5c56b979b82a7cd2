"""``amiproof rules``: prints the catalogue, or one rule whole."""

from __future__ import annotations

from conformance.commands.drift import report
from conformance.commands.output import print_line
from conformance.engine.core.errors import UsageError
from conformance.model import CATALOGUE, Grade, Kind, Rule
from conformance.model.sources import DOCUMENTS
from conformance.suite.registry import node_id
from conformance.suite.requirements import required_by, requirements


def show(rule_id: str | None, *, uncovered: bool, drift: bool = False) -> int:
    """Print each rule on a line, or one rule whole, or botocore's changes (``drift``).

    Returns the exit status. Raises UsageError for an unknown rule id.
    """
    if drift:
        lines, status = report()
        for line in lines:
            print_line(line)
        return status
    if rule_id is None:
        for rule in CATALOGUE.values():
            if not uncovered:
                print_line(f"{rule.id:26} {rule.grade.value:12} {rule.statement}")
            elif rule.uncovered:
                print_line(f"{rule.id:26} {rule.uncovered}")
        return 0
    if rule_id not in CATALOGUE:
        near = [id for id in CATALOGUE if id.startswith(rule_id.partition(".")[0])]
        hint = f" Did you mean one of {', '.join(near)}?" if near else " See amiproof rules."
        raise UsageError(f"There is no rule {rule_id}.{hint}")
    _whole(CATALOGUE[rule_id])
    return 0


_GRADES = {
    Grade.DOCUMENTED: "a document states it",
    Grade.DETAIL: "a document describes or implies it",
    Grade.OBSERVED: "only observed on AWS; a violation is no deviation",
    Grade.UNSPECIFIED: "the documents leave it open; every outcome is allowed",
}


def _whole(rule: Rule) -> None:
    codes = "any client error" if rule.codes is None else ", ".join(sorted(rule.codes))
    aws = f"{rule.aws.note}  {rule.aws.source}".strip()
    fields = [
        ("grade", f"{rule.grade.value}: {_GRADES[rule.grade]}"),
        *(("source", f"{s}  {DOCUMENTS.get(s.document, '')}".rstrip()) for s in rule.sources),
        ("keeps arm", rule.keeps),
        ("breaks arm", rule.breaks),
        ("codes", codes if rule.kind in (Kind.REQUEST, Kind.SCENARIO) and rule.breaks else ""),
        ("AWS", f"{rule.aws.status}: {aws}" if aws else rule.aws.status),
        ("note", rule.note),
        ("requires", ", ".join(requirements()[rule.id])),
        ("required by", ", ".join(required_by(rule.id))),
        ("property", node_id(rule.id) or ""),
        ("not tested", rule.uncovered),
    ]
    print_line(f"{rule.id}: {rule.statement}")
    for label, text in fields:
        if text:
            print_line(f"  {label:11}  {text}")
