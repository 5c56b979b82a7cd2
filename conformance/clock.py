"""The clock of a run: everything that sleeps, times out, ages or stamps takes it.

The system's clock serves real runs. A virtual one moves when a caller sleeps, so that a whole run
against an endpoint in the same process takes no more time than its computations.

The module is below the wire, which needs a clock, and above the model, which must not.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Protocol, TypeVar

T = TypeVar("T")

_START = 60.0
"""Seconds for all threads of simultaneous calls to start."""
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
"""The time at which a virtual clock starts, in seconds since 1970."""


class Clock(Protocol):
    """A clock, with the chance that jitter and run ids need. Times are in seconds."""

    @property
    def random(self) -> random.Random:
        """The random numbers of waits and run ids."""

    def now(self) -> float:
        """The time from an arbitrary start; it never goes back. Waits are measured with it."""

    def time(self) -> float:
        """The time since 1970."""

    def utc(self) -> datetime:
        """The date and time, in UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait."""

    def at_once(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """Make calls at the same moment; returns their results in order.

        Raises the exception of the first call that fails.
        """


class SystemClock:
    """The clock of the operating system."""

    random: random.Random = random.SystemRandom()

    def now(self) -> float:
        return time.monotonic()

    def time(self) -> float:
        return time.time()

    def utc(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def at_once(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        start = threading.Barrier(len(calls))

        def started(call: Callable[[], T]) -> T:
            start.wait(_START)
            return call()

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(started, calls))


class VirtualClock:
    """A clock that moves when a caller sleeps, the same way each time for one seed.

    One thread uses it. Simultaneous calls run one after the other, each from the same moment.
    """

    def __init__(self, seed: int = 0) -> None:
        self.random = random.Random(seed)
        self._now = 0.0

    def now(self) -> float:
        return self._now

    def time(self) -> float:
        return BEGINNING + self._now

    def utc(self) -> datetime:
        return datetime.fromtimestamp(self.time(), UTC)

    def sleep(self, seconds: float) -> None:
        self._now += max(seconds, 0.0)

    def at_once(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        began, ended, results = self._now, [self._now], []
        for call in calls:
            self._now = began
            results.append(call())
            ended.append(self._now)
        self._now = max(ended)
        return results


SYSTEM = SystemClock()
