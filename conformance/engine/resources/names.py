"""Unique image names. Their uniqueness does not depend on Hypothesis' choices.

A name varies in eight characters: four of the run's id, one of the process, three that count.
"""

from __future__ import annotations

import contextlib
import re
import string
from collections.abc import Container, Iterator
from random import Random

from conformance.clock import SYSTEM, Clock
from conformance.engine.core.share import ALL
from conformance.model.request import UniqueName

_DIGITS = string.digits + string.ascii_lowercase
_MOST = 8
"""How many characters at the end of a shape are replaced."""
_OF_RUN, _OF_COUNT = 4, 3
_APART = 20_000
"""Where the second count begins, after the start of the first."""


class Names:
    """Gives each name once. Names of different runs and processes do not collide."""

    def __init__(self, used: Container[str] = (), start: int | None = None) -> None:
        self._used = used
        self._next = first_number(new_run_id()) if start is None else start
        self._apart = self._next + _APART
        self._given: set[str] = set()
        self.share = ALL
        """Of the few names of a short shape, those that this process gives."""

    def fresh(self, wanted: UniqueName) -> str:
        """A name of the shape, with its last letters and digits replaced: eight at most.

        A shape without letters or digits is returned unchanged. A shape of digits stays one.
        """
        places = [i for i, c in enumerate(wanted.shape) if c in _ALPHANUMERIC][-_MOST:]
        if not places:
            return wanted.shape
        every = _base(wanted.shape) ** len(places)
        few = every < 36 ** (_OF_COUNT + 1)  # they do not have the character of the process
        name = wanted.shape
        for _ in range(min(every, 36**_OF_COUNT)):
            self._next += 1
            if few and not self.share.has(self._next % every):
                continue  # the model does not know whether another process uses it
            name = _filled(wanted.shape, places, self._next)
            if name not in self._used and name not in self._given:
                break
        self._given.add(name)
        return name

    @contextlib.contextmanager
    def apart(self) -> Iterator[None]:
        """Give names of a second count, so that the first goes on as without them."""
        self._next, self._apart = self._apart, self._next
        try:
            yield
        finally:
            self._next, self._apart = self._apart, self._next

    def forget(self, many: int) -> None:
        """Forget the names given so far once there are more than ``many``; counting goes on."""
        if len(self._given) > many:
            self._given.clear()


def new_run_id(clock: Clock = SYSTEM) -> str:
    """A run id: the time, and four letters and digits that the run's names contain."""
    token = "".join(clock.random.choice(_DIGITS) for _ in range(_OF_RUN))
    return f"{clock.utc():%Y%m%d-%H%M%S}-{token}"


def first_number(run_id: str, writer: str = "main", random: Random = SYSTEM.random) -> int:
    """Where a process of a run begins to count. Raises ValueError for a malformed run id.

    The start is random within the range of the process. A short shape has room for the counting
    characters alone, and two runs should differ in those too.
    """
    worker = re.fullmatch(r"gw(\d+)", writer)
    process = (int(worker[1]) + 1) % 36 if worker else 0
    count: int = 36**_OF_COUNT
    return (int(run_id[-_OF_RUN:], 36) * 36 + process) * count + random.randrange(count // 2)


_ALPHANUMERIC = frozenset(string.ascii_letters + string.digits)


def _base(shape: str) -> int:
    """How many characters a place may have: a shape of digits stays one."""
    return 10 if shape.isdecimal() else len(_DIGITS)


def _filled(shape: str, places: list[int], number: int) -> str:
    characters = list(shape)
    base = _base(shape)
    for place in reversed(places):
        number, digit = divmod(number, base)
        characters[place] = _DIGITS[digit]
    return "".join(characters)
