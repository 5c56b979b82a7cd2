"""Polling: bounded, with back-off, adapted to the target.

A condition is checked at once, then again until it holds or the window ends. The run never sleeps
for a target that is right at once. Each subject (a rule, a state) remembers how long it took: the
next first pause is nearly as long. Each subject has one window in all. After that its condition is
checked twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, TypeVar

from conformance.clock import SYSTEM, Clock
from conformance.engine.core.gauge import GAUGE
from reports.results import Wait

T = TypeVar("T")

_FIRST, _LONGEST, _LEAST = 0.02, 2.0, 0.001
_NEARLY = 0.85
"""The part of the shortest known time before which no check can succeed."""


def _pauses(usual: float, waited: bool = False) -> Iterator[float]:
    """Seconds between checks: the usual time first, then growing pauses.

    After a check that already waited for the usual time (``waited``), only growing pauses.
    """
    if usual > _FIRST and not waited:
        yield usual
    pause = max(5 * _FIRST if waited else _FIRST, min(usual / 10, _LONGEST))
    while True:
        yield pause
        pause = min(pause * 2, _LONGEST)


class Patience:
    """The polling of one process: what it waited for, and for how long it may still wait."""

    def __init__(self, window: float, clock: Clock = SYSTEM) -> None:
        self.window = window
        self.clock = clock
        self._spent: dict[str, float] = {}
        self._usual: dict[str, float] = {}
        """The shortest time that each subject took, in seconds."""
        self._waits: list[Wait] = []
        self.delays: list[float] = []
        """The time of each condition that did not hold at once, in seconds."""

    def until(
        self,
        subject: str,
        observe: Callable[[], T],
        satisfied: Callable[[T], bool],
        *,
        acts: bool = False,
        since: float | None = None,
    ) -> T:
        """Call ``observe`` until its result is ``satisfied``; returns the last result.

        A result that satisfies late is confirmed by one more call, since the target may flap. A
        ``observe`` that ``acts`` changes something and is not repeated.

        ``since`` is the time at which the run started the change that it waits for. The first
        call waits until the usual time after it; the result needs no confirmation.
        """
        with GAUGE.waiting(subject):
            return self._until(subject, observe, satisfied, acts, since)

    def _until(
        self,
        subject: str,
        observe: Callable[[], T],
        satisfied: Callable[[T], bool],
        acts: bool,
        since: float | None,
    ) -> T:
        started, flapped = self.clock.now(), False
        usual = self._usual.get(subject, 0.0)
        if since is not None and (ahead := min(since + usual - started, self.window)) > 0:
            self.clock.sleep(ahead)
        observed = observe()
        if satisfied(observed):
            return observed
        budget = max(self.window - self._spent.get(subject, 0.0), _FIRST)
        pauses = _pauses(usual * _NEARLY, waited=since is not None)
        while (waited := self.clock.now() - started) < budget:
            self.clock.sleep(max(min(next(pauses), budget - waited), _LEAST))
            observed = observe()
            if satisfied(observed):
                took = self.clock.now() - (started if since is None else since)
                again = observed if acts or since is not None else observe()
                if satisfied(again):
                    self.delays.append(took)
                    self._usual[subject] = min(took, self._usual.get(subject, took))
                    self._note(subject, "flapping" if flapped else "late", took)
                    return again
                observed, flapped = again, True
        took = self.clock.now() - started
        self._note(subject, "flapping" if flapped else "never", took)
        self._spent[subject] = self._spent.get(subject, 0.0) + took
        return observed

    def _note(self, subject: str, kind: Literal["late", "flapping", "never"], took: float) -> None:
        self._waits.append(Wait(subject, kind, round(took, 3)))

    def take_waits(self) -> list[Wait]:
        """The waits since the last call."""
        waits, self._waits = self._waits, []
        return waits

    def pause(self, attempt: int) -> None:
        """Sleep before a retry: longer for each attempt, with jitter. Attempts count from 0."""
        self.clock.sleep(min(_FIRST * 2**attempt, _LONGEST) * (0.5 + self.clock.random.random()))

    def rest(self, seconds: float | None = None) -> None:
        """Sleep, for a whole window by default, and never longer than one."""
        if seconds is None or seconds > 0:
            self.clock.sleep(self.window if seconds is None else min(seconds, self.window))
