"""One rule of a run in full, on a terminal: the evidence, and what the rule masks."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports import words
from reports.causes import causes, mask_of
from reports.deviation import Deviation
from reports.results import Results, RuleResult, Verdict

SCRIPTS = ("curl", "aws", "boto3", "pytest")
"""The reproductions of a deviation, by their names in results.json."""
_SAID = {
    Verdict.PASS: "passes: requests of both arms were decided, and none contradicts the rule",
    Verdict.FAIL: "fails: the target breaks the rule",
    Verdict.KNOWN: "known: the target breaks the rule, and the baseline lists every deviation",
    Verdict.UNTESTED: "untested",
    Verdict.NOT_APPLICABLE: "not applicable",
}


def explain(results: Results, rule: RuleResult, console: Console, again: str = "") -> None:
    """Print what a run found about a rule. ``again``: options of a further ``amiproof explain``."""
    sheet = _Sheet(console)
    sheet.row("run", words.target(results))
    verdict = _SAID[rule.status]
    sheet.row("verdict", f"{verdict}: {words.visible(rule.reason)}" if rule.reason else verdict)
    kept = words.plural(rule.keeps, "request")
    sheet.row("decided by", f"{kept} to keep it, {rule.breaks:,} to break it")
    _masking(results, rule, sheet)
    sheet.print()
    for number, found in enumerate(rule.deviations, 1):
        _deviation(rule, found, number, console, again)


def _masking(results: Results, rule: RuleResult, sheet: _Sheet) -> None:
    cause = next(
        (each for each in causes(results) if rule.id in {one.id for one in each.broken}), None
    )
    if cause is not None and cause.first.id != rule.id:
        sheet.row("same defect", words.visible(cause.first.id))
    if cause is not None and cause.masked:
        sheet.row("masks", words.visible(", ".join(each.id for each in cause.masked)))
    if mask := mask_of(rule, {each.id: each for each in results.rules}):
        sheet.row("masked by", f"{words.visible(mask)} (amiproof explain {words.visible(mask)})")


def _deviation(
    rule: RuleResult, found: Deviation, number: int, console: Console, again: str
) -> None:
    of = f" {number} of {len(rule.deviations)}" if len(rule.deviations) > 1 else ""
    console.print()
    console.print(Text(f"deviation{of}: {words.request_head(found)}", "bold"), highlight=False)
    sheet = _Sheet(console)
    parameters = words.request_lines(found.request)
    width = max((len(name) for name, _ in parameters), default=0)
    for place, (name, value) in enumerate(parameters):
        sheet.row("" if place else "sent", f"{name:<{min(width, 36)}} = {value}", "cyan")
    due = words.expected(found.expected)
    stated = due == words.visible(rule.statement)
    sheet.row("expected", "as the rule says" if stated else due, "green")
    sheet.row("observed", words.observed(found.observed), "red")
    sheet.print()
    if found.reproduce.line:
        console.print(Text("send it again:"), highlight=False)
        curl = "\n".join(words.visible(line) for line in found.reproduce.line.split("\n"))
        console.print(Text(curl), soft_wrap=True, highlight=False)
    written = [name for name in SCRIPTS if getattr(found.reproduce, name)]
    if written:
        said = f"as a script: amiproof explain {words.visible(rule.id)}{again} --script "
        console.print(Text(said + "|".join(written)), soft_wrap=True, highlight=False)


class _Sheet:
    """Labels and texts in two columns."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._table = Table.grid(padding=(0, 1))
        self._table.add_column(width=11, style="dim")
        self._table.add_column(overflow="fold")

    def row(self, label: str, text: str, style: str = "") -> None:
        self._table.add_row(label, Text(text, style))

    def print(self) -> None:
        self._console.print(self._table, highlight=False)
