"""The catalogue as a person reads it."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from conformance.commands.drift import report
from conformance.engine.core.errors import UsageError
from conformance.model import CATALOGUE, Rule
from conformance.model.sources import DOCUMENTS
from conformance.suite.registry import node_id


def show(rule_id: str | None, *, uncovered: bool, drift: bool = False) -> int:
    """Print every rule on a line, or one whole; the exit status.

    Raises UsageError for an id that is no rule's.
    """
    console = Console()
    if drift:
        lines, status = report()
        for line in lines:
            _print(console, line)
        return status
    if rule_id is None:
        for rule in CATALOGUE.values():
            if not uncovered:
                _print(console, f"{rule.id:26} {rule.grade.value:12} {rule.statement}")
            elif rule.uncovered:
                _print(console, f"{rule.id:26} {rule.uncovered}")
        return 0
    if rule_id not in CATALOGUE:
        near = [id for id in CATALOGUE if id.startswith(rule_id.partition(".")[0])]
        hint = f" did you mean one of {', '.join(near)}?" if near else " see amiproof rules."
        raise UsageError(f"{rule_id} is no rule:{hint}")
    _whole(console, CATALOGUE[rule_id])
    return 0


def _whole(console: Console, rule: Rule) -> None:
    codes = "any client error" if rule.codes is None else ", ".join(sorted(rule.codes))
    lines = [
        f"{rule.id} ({rule.grade.value})",
        f"  {rule.statement}",
        *(f"  source  {source}  {DOCUMENTS.get(source.document, '')}" for source in rule.sources),
        f"  codes   {codes}",
        f"  keeps   {rule.keeps or '-'}",
        f"  breaks  {rule.breaks or '-'}",
        f"  AWS     {rule.aws.status} {rule.aws.note} {rule.aws.source}".rstrip(),
    ]
    if (place := node_id(rule.id)) is not None:
        lines.append(f"  property {place}")
    if rule.note:
        lines.append(f"  note    {rule.note}")
    if rule.uncovered:
        lines.append(f"  not exercised: {rule.uncovered}")
    for line in lines:
        _print(console, line)


def _print(console: Console, line: str) -> None:
    console.print(Text(line), soft_wrap=True)
