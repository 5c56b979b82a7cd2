"""The full terminal report (``--verbose``): each broken rule with every deviation, and all reasons.

:mod:`reports.terminal` is the short one.
"""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from reports import tables, words
from reports.deviation import Deviation
from reports.results import Results, RuleResult, Verdict


def summary(results: Results, console: Console, *, status: int | None = None) -> None:
    """Print a run's results. ``status`` overrides the exit status that follows from them."""
    tables.heading(results, console)
    for rule in results.of(Verdict.FAIL):
        _broken(rule, console)
    _known(results.of(Verdict.KNOWN), console)
    tables.gate(results, console)
    _reasons("untested", results.of(Verdict.UNTESTED), console)
    _reasons("not applicable", results.of(Verdict.NOT_APPLICABLE), console)
    tables.ending(results, console, status)


def _broken(rule: RuleResult, console: Console) -> None:
    """One broken rule: its statement, its source and each deviation."""
    console.print()
    title = Text.assemble((" FAIL ", "bold white on red"), " ", (words.visible(rule.id), "bold"))
    console.print(title, highlight=False)
    table = _sheet()
    _row(table, "rule", words.visible(rule.statement), "bold")
    _row(table, "source", f"{words.visible(rule.source)} ({rule.grade})")
    if aws := words.aws(rule):
        _row(table, "AWS", aws)
        if rule.aws.source:
            _row(table, "", words.visible(rule.aws.source), "dim")
    console.print(table)
    for number, found in enumerate(rule.deviations, 1):
        which = f"deviation {number} of {len(rule.deviations)}: " if rule.deviations[1:] else ""
        _deviation(found, words.visible(rule.statement), which, console)


def _deviation(found: Deviation, statement: str, which: str, console: Console) -> None:
    table = _sheet()
    _row(table, "request", f"{which}{words.request_head(found)}")
    parameters = words.request_lines(found.request)
    width = max((len(name) for name, _ in parameters), default=0)
    for name, value in parameters:
        _row(table, "", f"{name:<{min(width, 28)}} = {value}", "cyan")
    due = words.expected(found.expected)
    _row(table, "expected", "as the rule says" if due == statement else due, "green")
    _row(table, "observed", words.observed(found.observed), "red")
    console.print(table)
    # Without indent and wrapping, the line can be copied.
    if found.reproduce.line:
        curl = "\n".join(words.visible(line) for line in found.reproduce.line.split("\n"))
        console.print(Text(curl, "dim"), soft_wrap=True, highlight=False)


def _sheet() -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(width=9, style="dim", justify="right")
    table.add_column(overflow="fold")
    return table


def _row(table: Table, label: str, text: str, style: str = "") -> None:
    table.add_row(label, Text(text, style))


def _known(rules: tuple[RuleResult, ...], console: Console) -> None:
    if not rules:
        return
    console.print()
    console.print(Text(f"{words.plural(len(rules), 'rule')} with known deviations only", "bold"))
    for rule in rules:
        seen = "; ".join(words.observed(found.observed) for found in rule.deviations)
        console.print(Text(f"  {words.visible(rule.id)}: {seen}"), highlight=False)


def _reasons(what: str, rules: tuple[RuleResult, ...], console: Console) -> None:
    """The rules of one verdict, grouped by reason."""
    if not rules:
        return
    groups: dict[str, list[str]] = {}
    for rule in rules:
        groups.setdefault(rule.reason or "no reason recorded", []).append(rule.id)
    console.print()
    console.print(Text(f"{words.plural(len(rules), 'rule')} {what}", "bold"))
    for reason, ids in groups.items():
        console.print(
            Padding(Text(words.visible(reason), overflow="fold"), (0, 0, 0, 2), expand=False)
        )
        listed = Text(words.visible(", ".join(ids)), "dim", overflow="fold")
        console.print(Padding(listed, (0, 0, 0, 4), expand=False))
