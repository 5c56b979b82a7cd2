"""Progress of a run: a live table on a terminal, one line per rule in a log."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from reports.results import Verdict
from reports.words import plural, visible

_STYLES = {Verdict.FAIL: "bold red", Verdict.KNOWN: "yellow", Verdict.UNTESTED: "yellow"}


_INTERVAL = 60.0
"""Seconds between two lines about rounds of generated requests in a log."""


@dataclass
class _Family:
    total: int
    done: int = 0
    requests: int = 0
    deviations: int = 0


class Progress:
    """Shows the progress by family of rules; a context manager. The live table vanishes on exit."""

    def __init__(self, console: Console, total_by_family: dict[str, int]) -> None:
        self._console = console
        self._families = {name: _Family(total) for name, total in total_by_family.items()}
        self._rounds: dict[str, int] = {}
        self._reported = time.monotonic()
        self._live = Live(
            console=console, get_renderable=self._table, refresh_per_second=5, transient=True
        )

    def __enter__(self) -> Progress:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def rule_done(self, id: str, status: Verdict | str, requests: int, deviations: int) -> None:
        """Counts a finished rule, with its requests and deviations."""
        family = self._families.setdefault(id.partition(".")[0], _Family(0))
        family.done += 1
        family.total = max(family.total, family.done)
        family.requests += requests
        family.deviations += deviations
        verdict = Verdict(status)
        if self._console.is_terminal:
            if verdict is Verdict.FAIL:
                self._console.print(Text(f"fail {visible(id)}", "red"), highlight=False)
            return
        done, total = self._sum("done"), self._sum("total")
        line = f"[{done:>{len(str(total))}}/{total}] {verdict.value:<14} {visible(id)}"
        more = [plural(requests, "request")]
        more += [plural(deviations, "deviation")] * bool(deviations)
        self._console.print(
            Text(f"{line} ({', '.join(more)})", _STYLES.get(verdict, "")),
            soft_wrap=True,
            highlight=False,
        )

    def round_done(self, id: str, round: int, requests: int, found: Sequence[str]) -> None:
        """Counts a round of generated requests of a rule; ``found`` are its new deviations."""
        family = self._families.setdefault(id.partition(".")[0], _Family(0))
        family.requests += requests
        family.deviations += len(found)
        self._rounds[id] = max(round, self._rounds.get(id, 0))
        for each in found:
            words = Text(f"new deviation: {visible(each)}", "bold red")
            self._console.print(words, soft_wrap=True, highlight=False)
        if not self._console.is_terminal and time.monotonic() >= self._reported + _INTERVAL:
            self._reported = time.monotonic()
            self._console.print(Text(self._more()), soft_wrap=True, highlight=False)

    def _more(self) -> str:
        """The number of rounds so far, as a phrase."""
        least = plural(min(self._rounds.values()), "round")
        requests = plural(self._sum("requests"), "request")
        rules = plural(len(self._rounds), "rule")
        return f"generating requests: {least} for {rules}, {requests} in all"

    def _sum(self, what: str) -> int:
        return sum(getattr(family, what) for family in self._families.values())

    def _table(self) -> Table:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_footer=True)
        if self._rounds:
            table.caption = self._more()
        done, total, found = self._sum("done"), self._sum("total"), self._sum("deviations")
        table.add_column("family", footer="all")
        table.add_column("", footer=ProgressBar(total=max(total, 1), completed=done, width=24))
        for title, footer in (
            ("rules", f"{done}/{total}"),
            ("requests", f"{self._sum('requests'):,}"),
            ("deviations", Text(str(found), "bold red" if found else "")),
        ):
            table.add_column(title, footer, justify="right")
        for name, family in self._families.items():
            bar = ProgressBar(total=max(family.total, 1), completed=family.done, width=24)
            count = Text(str(family.deviations or "·"), "bold red" if family.deviations else "dim")
            rules = f"{family.done}/{family.total}"
            table.add_row(Text(visible(name)), bar, rules, f"{family.requests:,}", count)
        return table
