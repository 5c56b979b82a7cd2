"""Polling: bounded, with back-off, adapted to the target.

A condition is checked at once, then again until it holds or the window ends. The run never sleeps
for a target that is right at once. Each subject (a rule, a state) remembers how long it took: the
next first pause is nearly as long. Each subject has one window in all. After that its condition is
checked twice. Several subjects that one observation shows are waited for together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal, TypeVar

from conformance.clock import SYSTEM, Clock
from conformance.engine.core.gauge import GAUGE
from reports.results import Wait

T = TypeVar("T")

Kind = Literal["late", "flapping", "never"]
_FIRST, _LONGEST, _LEAST = 0.02, 2.0, 0.001
_NEARLY = 0.85
"""The part of the shortest known time before which no check can succeed."""
_SELDOM, _CHECKS = 5.0, 50
"""The longest pause of a target with a long window, which gets about so many checks in it."""
_SOON = 0.1
"""Seconds at most that a subject is given before its first look."""
_RARE = 0.5
"""Seconds before the second of few checks."""
_SHORT = 0.2
"""The part of the window that a target gets which was never late, but wrong for a whole window."""


def _pauses(
    usual: float, waited: bool = False, first: float = _FIRST, longest: float = _LONGEST
) -> Iterator[float]:
    """Seconds between checks: the usual time first, then growing pauses from ``first`` on.

    After a check that already waited for the usual time (``waited``), only growing pauses.
    """
    if usual > _FIRST and not waited:
        yield usual
    pause = max(5 * first if waited else first, min(usual / 10, _LONGEST))
    while True:
        yield pause
        pause = min(pause * 2, longest)


def _few_pauses() -> Iterator[float]:
    """Seconds between checks that cost a resource or a long list each: six in the first minute."""
    pause = _RARE
    while True:
        yield pause
        pause *= 3


class _JointWait:
    """What several subjects have shown while they are waited for together."""

    def __init__(self, wrong: dict[str, float]) -> None:
        self.wrong = wrong
        """The subjects that are wrong now, each with the time of its act."""
        self.acts = dict(wrong)
        """The same of each subject that was wrong at any time."""
        self.late: dict[str, float] = {}
        """The subjects that became right, each with the seconds that it took."""
        self.flapped: set[str] = set()

    def take(self, wrong: Mapping[str, float], now: float) -> None:
        """Take in the subjects that are wrong ``now``."""
        self.wrong = dict(wrong)
        self.acts = self.wrong | self.acts
        self.flapped |= self.late.keys() & wrong.keys()
        self.late = {
            each: self.late.get(each, now - act)
            for each, act in self.acts.items()
            if each not in wrong
        }


class Patience:
    """The polling of one process: what it waited for, and for how long it may still wait."""

    def __init__(self, window: float, clock: Clock = SYSTEM) -> None:
        self.window = window
        self.clock = clock
        self._longest = min(max(window / _CHECKS, _LONGEST), _SELDOM)
        """The longest pause between two checks, in seconds."""
        self._spent: dict[str, float] = {}
        self._usual: dict[str, float] = {}
        """The shortest time that each subject took, in seconds."""
        self.in_vain: frozenset[str] = frozenset()
        """The subjects that were waited for in vain together with others."""
        self._waits: list[Wait] = []
        self.delays: list[float] = []
        """The time of each condition that did not hold at once, in seconds."""
        self.errand: Callable[[], bool] | None = None
        """Does a piece of other work during a long wait; whether it did any."""
        self._on_errand = False
        self.meanwhile: Callable[[], None] = lambda: None
        """Called between the looks of a joint wait."""

    def until(
        self,
        subject: str,
        observe: Callable[[], T],
        satisfied: Callable[[T], bool],
        *,
        acts: bool = False,
        since: float | None = None,
        part: Callable[[T], bool] = lambda _: False,
        few: bool = False,
    ) -> T:
        """Call ``observe`` until its result is ``satisfied``; returns the last result.

        If the first result has a ``part`` of it, a target that was never late gets a short window.
        ``few`` says that each call costs much: fewer are made.

        A result that satisfies late is confirmed by one more call, since the target may flap. A
        ``observe`` that ``acts`` changes something and is not repeated.

        ``since`` is the time at which the run started the change that it waits for. The first
        call waits until the usual time after it; the result needs no confirmation.
        """
        with GAUGE.waiting(subject):
            return self._until(subject, observe, satisfied, acts, since, part, few)

    def _until(
        self,
        subject: str,
        observe: Callable[[], T],
        satisfied: Callable[[T], bool],
        acts: bool,
        since: float | None,
        part: Callable[[T], bool],
        few: bool,
    ) -> T:
        started, flapped = self.clock.now(), False
        usual = self.usual(subject) if since is not None else self._usual.get(subject, 0.0)
        sleep = self.clock.sleep if since is None else self.doze
        if since is not None and (ahead := min(since + usual - started, self.window)) > 0:
            sleep(ahead)
        observed = observe()
        if satisfied(observed):
            return observed
        short = not self.delays and part(observed)
        window = self.window * (_SHORT if short else 1)
        budget = max(window - self._spent.get(subject, 0.0), _FIRST)
        first = budget / 2 if short else _FIRST
        pauses = _pauses(
            usual * _NEARLY, waited=since is not None, first=first, longest=self._longest
        )
        pauses = _few_pauses() if few else pauses
        while (waited := self.clock.now() - started) < budget:
            sleep(max(min(next(pauses), budget - waited), _LEAST))
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

    def until_right(self, observe: Callable[[], T], wrong: Callable[[T], Mapping[str, float]]) -> T:
        """Call ``observe`` until nothing in its result is ``wrong``; returns the last result.

        ``wrong`` gives each subject that is not as it should be, with the time of the act that its
        window counts from. The wait ends where each wrong subject has used its window. What becomes
        right late is confirmed by another call.

        On a target where nothing has been late, a subject that used its window is not looked at
        again, and the window of another is short once one was waited for in vain.
        """
        began = self.clock.now()
        observed = observe()
        looks = self.clock.now() - began
        wait = _JointWait(dict(wrong(observed)))
        if not wait.wrong:
            return observed
        if not self.delays and wait.wrong.keys() <= self.in_vain:
            return observed
        with GAUGE.waiting(" ".join(sorted(wait.wrong))):
            observed = self._until_right(observe, wrong, wait, looks)
        for subject, took in wait.late.items():
            self.delays.append(took)
            self._usual[subject] = min(took, self._usual.get(subject, took))
            self._note(subject, "flapping" if subject in wait.flapped else "late", took)
        for subject, act in wait.wrong.items():
            if subject not in self.in_vain:
                flapped = subject in wait.flapped
                self._note(subject, "flapping" if flapped else "never", self.clock.now() - act)
        self.in_vain |= wait.wrong.keys()
        return observed

    def _until_right(
        self,
        observe: Callable[[], T],
        wrong: Callable[[T], Mapping[str, float]],
        wait: _JointWait,
        looks: float,
    ) -> T:
        """``looks`` is the seconds that one look takes: no pause is shorter."""
        usual = max(self._usual.get(subject, 0.0) for subject in wait.acts)
        ahead = max(wait.acts.values()) + usual * _NEARLY - self.clock.now()
        # Of a short window little is left: a look in the middle and one at the end are enough.
        short = self._left(wait.wrong) / 2 if self._is_short else 0.0
        pauses = _pauses(max(ahead, 0.0), first=max(_FIRST, looks, short), longest=self._longest)
        least = _FIRST
        while least == _FIRST or (wait.wrong and self._left(wait.wrong) > 0):
            self.meanwhile()
            self.clock.sleep(max(min(next(pauses), self._left(wait.wrong)), least))
            least, observed = _LEAST, observe()
            wait.take(wrong(observed), self.clock.now())
            if not wait.wrong:
                observed = observe()
                wait.take(wrong(observed), self.clock.now())
        return observed

    @property
    def _is_short(self) -> bool:
        """Whether nothing was late, and something was waited for in vain: few waits will help."""
        return bool(self.in_vain) and not self.delays

    def _left(self, wrong: Mapping[str, float]) -> float:
        """The seconds until the last of these subjects has used its window."""
        window = self.window * (_SHORT if self._is_short else 1)
        ends = (act + (0.0 if each in self.in_vain else window) for each, act in wrong.items())
        return max(ends) - self.clock.now()

    def usual(self, subject: str) -> float:
        """The shortest time that a subject took so far, in seconds.

        Where others took time, a subject of which nothing is known is given some, too.
        """
        if subject in self._usual:
            return self._usual[subject]
        return min([_SOON, *self._usual.values()]) if self._usual else 0.0

    def left(self, subject: str) -> float:
        """Seconds of a subject's window that no wait has spent; enough for a look at least."""
        return max(self.window - self._spent.get(subject, 0.0), _FIRST)

    def pauses(self, subject: str, *, few: bool = False) -> Iterator[float]:
        """Growing pauses between looks at a subject that did not hold when it was expected.

        ``few`` as in :meth:`until`.
        """
        if few:
            return _few_pauses()
        return _pauses(self.usual(subject) * _NEARLY, waited=True, longest=self._longest)

    def took(self, subject: str, kind: Kind, seconds: float) -> None:
        """Note a wait that is over: it took this long, or its condition never held."""
        self._note(subject, kind, seconds)
        if kind == "never":
            self._spent[subject] = self._spent.get(subject, 0.0) + seconds
        else:
            self.delays.append(seconds)
            self._usual[subject] = min(seconds, self._usual.get(subject, seconds))

    def _note(self, subject: str, kind: Kind, took: float) -> None:
        self._waits.append(Wait(subject, kind, round(took, 3)))

    def take_waits(self) -> list[Wait]:
        """The waits since the last call."""
        waits, self._waits = self._waits, []
        return waits

    def pause(self, attempt: int) -> None:
        """Sleep before a retry: longer for each attempt, with jitter. Attempts count from 0."""
        self.clock.sleep(min(_FIRST * 2**attempt, _LONGEST) * (0.5 + self.clock.random.random()))

    def doze(self, seconds: float) -> None:
        """Sleep through a wait that other requests do not disturb; errands pass the time."""
        end = self.clock.now() + seconds
        if self.errand is not None and not self._on_errand:
            self._on_errand = True
            try:
                while self.clock.now() < end and self.errand():
                    pass
            finally:
                self._on_errand = False
        self.clock.sleep(max(end - self.clock.now(), 0.0))

    def rest(self, seconds: float | None = None) -> None:
        """Sleep, for a whole window by default, and never longer than one."""
        if seconds is None or seconds > 0:
            self.clock.sleep(self.window if seconds is None else min(seconds, self.window))
