"""Two clocks: one records its readings for a recording, one plays them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import TypeVar

from conformance.clock import Clock, SystemClock

T = TypeVar("T")


class RecordingClock:
    """A clock that records each reading."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._times: list[float] = []
        self.recorded = True
        """Whether playback repeats the readings that are made now."""
        self.random = clock.random
        self.time, self.utc = clock.time, clock.utc
        self.sleep = clock.sleep

    def now(self) -> float:
        moment = self.unrecorded()
        if self.recorded:
            self._times.append(moment)
        return moment

    def unrecorded(self) -> float:
        """The time, of a reading that playback does not repeat."""
        return round(self._clock.now(), 6)

    def take_times(self) -> list[float]:
        """The readings since the last call; none while no reading is recorded."""
        if not self.recorded:
            return []
        times, self._times = self._times, []
        return times

    def at_once(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        return self._clock.at_once(calls)


class PlaybackClock(SystemClock):
    """A clock that returns recorded readings, and sleeps for no time."""

    def __init__(self) -> None:
        self.random = Random(0)
        self._now = 0.0
        self._times: deque[float] = deque()

    def expect(self, times: Iterable[float], at: float | None = None) -> None:
        """Return these readings from now on. It is ``at`` until the first of them."""
        self._times = deque(times)
        self._now = self._now if at is None else at

    def now(self) -> float:
        if self._times:
            self._now = self._times.popleft()
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds

    def at_once(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        return [call() for call in calls]
