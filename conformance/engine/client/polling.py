"""Waiting: bounded, with back-off, and learnt from the target.

A look is taken at once and repeated until it satisfies or the window is over, so a fast endpoint
is never slept on. How long a subject (a rule, a state) took is known the next time: the first pause
is nearly as long. What a target never gets right is not waited for again and again: each subject
has one window in all, and afterwards a single second look.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import Literal, TypeVar

from reports.results import Wait

T = TypeVar("T")

_FIRST, _LONGEST, _LEAST = 0.02, 2.0, 0.001
_NEARLY = 0.85
"""Of the shortest time that something was seen to take: looks before are for nothing."""


def _pauses(usual: float, looked: bool = False) -> Iterator[float]:
    """Seconds between looks: the usual time if it is known, unless it was ``looked`` after that
    already, and then longer and longer ones. What was set going takes its time."""
    if usual > _FIRST and not looked:
        yield usual
    pause = max(5 * _FIRST if looked else _FIRST, min(usual / 10, _LONGEST))
    while True:
        yield pause
        pause = min(pause * 2, _LONGEST)


class Patience:
    """How long this process has waited for what, and how long it will still wait."""

    def __init__(
        self,
        window: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.window = window
        self.clock = clock
        self._sleep = sleep
        self._spent: dict[str, float] = {}
        self._usual: dict[str, float] = {}
        """Seconds that a subject took when it took least."""
        self._waits: list[Wait] = []
        self.delays: list[float] = []
        """Seconds until a look satisfied, for each that did not do so at once."""

    def until(
        self,
        subject: str,
        look: Callable[[], T],
        satisfied: Callable[[T], bool],
        *,
        acts: bool = False,
        since: float | None = None,
    ) -> T:
        """The first look that satisfies, or the last one taken.

        One that satisfies late is taken once more, for what was right may be wrong again; not
        where looking ``acts``: what was done cannot be done twice.

        What was set going at a moment, ``since`` when it takes a while, is not looked at before it
        has had its usual time; and once it is reached it stays.
        """
        started, flapped = self.clock(), False
        usual = self._usual.get(subject, 0.0)
        if since is not None and (ahead := min(since + usual - started, self.window)) > 0:
            self._sleep(ahead)
        seen = look()
        if satisfied(seen):
            return seen
        budget = max(self.window - self._spent.get(subject, 0.0), _FIRST)
        pauses = _pauses(usual * _NEARLY, looked=since is not None)
        while (waited := self.clock() - started) < budget:
            self._sleep(max(min(next(pauses), budget - waited), _LEAST))
            seen = look()
            if satisfied(seen):
                took = self.clock() - (started if since is None else since)
                again = seen if acts or since is not None else look()
                if satisfied(again):
                    self.delays.append(took)
                    self._usual[subject] = min(took, self._usual.get(subject, took))
                    self._note(subject, "flapping" if flapped else "late", took)
                    return again
                seen, flapped = again, True
        took = self.clock() - started
        self._note(subject, "flapping" if flapped else "never", took)
        self._spent[subject] = self._spent.get(subject, 0.0) + took
        return seen

    def _note(self, subject: str, kind: Literal["late", "flapping", "never"], took: float) -> None:
        self._waits.append(Wait(subject, kind, round(took, 3)))

    def take_waits(self) -> list[Wait]:
        """What did not satisfy at once since this was last asked."""
        waits, self._waits = self._waits, []
        return waits

    def pause(self, attempt: int) -> None:
        """Sleep before another try of a throttled request: longer each time, with jitter."""
        self._sleep(min(_FIRST * 2**attempt, _LONGEST) * (0.5 + random.random()))

    def rest(self, seconds: float | None = None) -> None:
        """Let some time pass, a whole window when nothing else is said: never on a good path."""
        if seconds is None or seconds > 0:
            self._sleep(self.window if seconds is None else min(seconds, self.window))
