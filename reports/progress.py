"""Progress of a run: one live block on a terminal, a line now and then in a log.

No verdict is final before the run ends, since another rule's property may break a rule. So the
progress names deviations, and never says that a rule passes.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from types import TracebackType
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from conformance.model import CATALOGUE
from reports import words
from reports.deviation import Deviation
from reports.results import Verdict
from reports.words import plural, visible

Found = Sequence[tuple[str, Deviation]]
"""Deviations, each with the rule that it breaks."""
_STYLES = {Verdict.FAIL: "bold red", Verdict.UNTESTED: "yellow"}
_LATEST = 6
"""Deviations that the live block shows."""
_INTERVAL = 60.0
"""Seconds between two lines in a log."""
_ENOUGH = 0.1
"""The part of the rules after which the block estimates the time left."""
_SLOW = 1.0
"""Seconds after which the block says what the run waits for."""


class Activity(Protocol):
    """What the run does between two rules."""

    @property
    def requests(self) -> int:
        """Requests so far."""

    @property
    def images(self) -> int:
        """Images so far."""

    @property
    def waits(self) -> Sequence[tuple[str, float]]:
        """What the run waits for, and for how many seconds."""


class Progress:
    """Shows how far a run is; a context manager. The live block vanishes on exit."""

    def __init__(
        self,
        console: Console,
        rules: Collection[str],
        activity: Callable[[], Activity],
        *,
        verbose: bool = False,
        until: float = 0.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``until``: when the run stops generating requests, in seconds since 1970."""
        self._console, self._activity, self._clock = console, activity, clock
        self._verbose, self._until = verbose, until
        self._total, self._done = len(rules), 0
        lenient = sum(id in CATALOGUE and not CATALOGUE[id].asserted for id in rules)
        self._cannot_fail = f"; {lenient} of them can't fail" if lenient else ""
        self._phase = "testing"
        self._at: dict[str, float] = {}
        """The rules at work, and when each began."""
        self._broken: dict[str, int] = {}
        """Deviations by rule."""
        self._latest: deque[Text] = deque(maxlen=_LATEST)
        self._rounds: dict[str, int] = {}
        self._started = self._reported = clock()
        self._live = Live(
            console=console, get_renderable=self._block, refresh_per_second=5, transient=True
        )

    def __enter__(self) -> Progress:
        if self._console.is_terminal:
            self._live.start()
        else:
            self._say(f"testing {plural(self._total, 'rule')}{self._cannot_fail}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def rule_starts(self, id: str) -> None:
        """A process of the run begins with a rule."""
        self._at[id] = self._clock()

    def rule_done(self, id: str, status: Verdict, requests: int, found: Found) -> None:
        """Counts a finished rule; ``status`` is what its own requests say."""
        self._done += 1
        self._at.pop(id, None)
        self._add(found)
        if self._verbose:
            width = len(str(self._total))
            verdict = "done" if status is Verdict.PASS else status.value
            line = f"[{self._done:>{width}}/{self._total}] {verdict:<14} {visible(id)}"
            more = [plural(requests, "request")]
            more += [plural(len(found), "deviation")] * bool(found)
            self._say(f"{line} ({', '.join(more)})", _STYLES.get(status, ""))
        self._log()

    def round_done(self, id: str, round: int, found: Found) -> None:
        """Counts a round of generated requests of a rule; ``found`` are its new deviations."""
        self._phase = "generating requests"
        self._at.pop(id, None)
        self._rounds[id] = max(round, self._rounds.get(id, 0))
        self._add(found)
        for rule, each in found:
            self._say(f"new deviation: {visible(str(each.identity(rule)))}", "bold red")
        self._log()

    def cleans_up(self) -> None:
        """The run removes what it made."""
        self._phase = "removing what the run made"
        self._at.clear()

    def _add(self, found: Found) -> None:
        for rule, each in found:
            self._broken[rule] = self._broken.get(rule, 0) + 1
            seen = ": ".join(
                filter(None, [words.request_brief(rule, each), words.outcome(each.observed)])
            )
            self._latest.append(Text.assemble((visible(rule), "red"), f"  {seen}"))

    def _say(self, line: str, style: str = "") -> None:
        self._console.print(Text(line, style), soft_wrap=True, highlight=False)

    def _log(self) -> None:
        if self._console.is_terminal or self._clock() < self._reported + _INTERVAL:
            return
        self._reported = self._clock()
        self._say(f"{self._how_far()}, {self._counts()}")

    def _how_far(self) -> str:
        if self._rounds:
            least = plural(min(self._rounds.values()), "round")
            return f"generating requests: {least} for {plural(len(self._rounds), 'rule')}"
        return f"{self._done} of {plural(self._total, 'rule')}"

    def _counts(self) -> str:
        activity = self._activity()
        deviations = sum(self._broken.values())
        said = [plural(activity.requests, "request"), plural(activity.images, "image")]
        said.append(plural(deviations, "deviation"))
        if deviations:
            said[-1] += f" from {plural(len(self._broken), 'rule')}"
        return ", ".join([*said, *filter(None, [self._left()])])

    def _left(self) -> str:
        """The time that is left, as far as it can be estimated."""
        now = self._clock()
        if self._done < self._total:
            if self._done < max(self._total * _ENOUGH, 1):
                return ""
            seconds = (now - self._started) * (self._total - self._done) / self._done
        elif self._rounds and self._until > now:
            seconds = self._until - now
        else:
            return ""
        return f"about {_duration(seconds)} left"

    def _block(self) -> RenderableType:
        head = Table.grid(padding=(0, 2, 0, 0))
        bar = ProgressBar(total=max(self._total, 1), completed=self._done, width=24)
        head.add_row(Text(self._phase, "bold"), bar, Text(self._how_far()))
        lines: list[RenderableType] = [head, _one_line(Text(self._counts()))]
        if waits := self._waits():
            lines.append(_one_line(Text(waits, "dim")))
        return Group(*lines, *(_one_line(each.copy()) for each in self._latest))

    def _waits(self) -> str:
        """The rule at work, and what the run waits for."""
        now = self._clock()
        said = [
            f"{visible(id)} for {_duration(now - since)}" if now - since > _SLOW else visible(id)
            for id, since in self._at.items()
        ]
        waits = [
            f"waiting for {visible(subject)} ({_duration(seconds)})"
            for subject, seconds in self._activity().waits
            if seconds > _SLOW
        ]
        return "; ".join(filter(None, [f"now: {', '.join(said)}" if said else "", *waits]))


def _one_line(text: Text) -> Text:
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
