"""The begin and the end of both terminal reports: the table by section, and the totals.

Text from the endpoint passes :func:`reports.words.visible` and becomes a ``Text``. So neither rich
nor the terminal interprets it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports import words
from reports.results import Results, RuleResult, Verdict, exit_status

_COLUMNS = (
    (Verdict.PASS, "pass", "green"),
    (Verdict.FAIL, "fail", "bold red"),
    (Verdict.KNOWN, "known", "yellow"),
    (Verdict.UNTESTED, "untested", "yellow"),
    (Verdict.NOT_APPLICABLE, "n.a.", "dim"),
)


def heading(results: Results, console: Console) -> None:
    """Print the target and the table of verdicts."""
    title = Text.assemble(("amiproof ", "bold"), words.visible(results.suite.amiproof), ": ")
    console.print(title.append(words.target(results)), highlight=False)
    console.print()
    console.print(_families(results.rules))


def ending(results: Results, console: Console, status: int | None) -> None:
    """Print the totals, the cost and the exit status; ``status`` overrides that of the results."""
    console.print()
    for sentence in (words.totals(results), words.cost(results)):
        console.print(Text(sentence), highlight=False)
    if not results.complete:
        console.print(Text(words.STOPPED_EARLY, "yellow"))
    for sentence in words.to_run_again(results):
        console.print(Text(sentence, "yellow"), highlight=False)
    code = exit_status(results) if status is None else status
    why = words.exit_reason(code, results)
    console.print(Text(f"Exit status {code}: {why}.", "bold red" if code else "bold green"))


def gate(results: Results, console: Console) -> None:
    """Print the required changes to the baseline, and the broken rules that do not fail the run."""
    if sentences := words.gate(results):
        console.print()
        console.print(Text("baseline and --fail-on", "bold"))
        for sentence in sentences:
            console.print(Text(f"  {words.visible(sentence)}"), soft_wrap=True, highlight=False)


def _families(rules: Iterable[RuleResult]) -> Table:
    """The verdicts by family, and the requests by arm."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_footer=True)
    counts: dict[str, Counter[str]] = {}
    total: Counter[str] = Counter()
    for rule in rules:
        more = Counter({rule.status.value: 1, "keeps": rule.keeps, "breaks": rule.breaks})
        counts.setdefault(rule.family, Counter()).update(more)
        total.update(more)
    table.add_column("section", footer="all")
    for verdict, title, style in _COLUMNS:
        table.add_column(title, str(total[verdict.value]), justify="right", style=style)
    for which in ("keeps", "breaks"):
        table.add_column(which, f"{total[which]:,}", justify="right", style="dim")
    for family, by in counts.items():
        cells = [str(by[v.value] or "·") for v, *_ in _COLUMNS]
        arms = [f"{by[which]:,}" for which in ("keeps", "breaks")]
        table.add_row(Text(words.visible(family)), *cells, *arms)
    return table
