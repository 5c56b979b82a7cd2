"""Names that nobody has used: uniqueness comes from outside Hypothesis' choices.

The eight characters that a name varies in say whose it is: four of the run's id, one of the
process, three that count.
"""

from __future__ import annotations

import re
import secrets
import string
import time
from collections.abc import Container

from conformance.model.request import UniqueName

_DIGITS = string.digits + string.ascii_lowercase
_MOST = 8
"""How many characters at the end of a shape are replaced."""
_OF_RUN, _OF_COUNT = 4, 3


class Names:
    """Hands out names of a wanted shape, each once. Runs and processes do not collide."""

    def __init__(self, used: Container[str] = (), start: int | None = None) -> None:
        self._used = used
        self._next = first_number(new_run_id()) if start is None else start
        self._given: set[str] = set()

    def fresh(self, wanted: UniqueName) -> str:
        """A name of the shape: its last letters and digits, eight at most, are others.

        A shape without letters or digits is returned as it stands: there is nothing to vary.
        """
        places = [i for i, c in enumerate(wanted.shape) if c in _ALPHANUMERIC][-_MOST:]
        if not places:
            return wanted.shape
        for _ in range(36 ** min(len(places), 3)):
            self._next += 1
            name = _filled(wanted.shape, places, self._next)
            if name not in self._used and name not in self._given:
                break
        self._given.add(name)
        return name

    def forget(self, many: int) -> None:
        """Have no more than so many names remembered, besides those in use: counting goes on."""
        if len(self._given) > many:
            self._given.clear()


def new_run_id() -> str:
    """The moment, and four letters and digits that the names of the run have in them."""
    token = "".join(secrets.choice(_DIGITS) for _ in range(_OF_RUN))
    return time.strftime("%Y%m%d-%H%M%S-") + token


def first_number(run_id: str, writer: str = "main") -> int:
    """Where a process of a run begins to count. Raises ValueError for what is no run's id.

    At random within its range: of a short shape only the counting end is left, and two runs are
    to differ in that too.
    """
    worker = re.fullmatch(r"gw(\d+)", writer)
    process = (int(worker[1]) + 1) % 36 if worker else 0
    count: int = 36**_OF_COUNT
    return (int(run_id[-_OF_RUN:], 36) * 36 + process) * count + secrets.randbelow(count // 2)


_ALPHANUMERIC = frozenset(string.ascii_letters + string.digits)


def _filled(shape: str, places: list[int], number: int) -> str:
    characters = list(shape)
    for place in reversed(places):
        number, digit = divmod(number, len(_DIGITS))
        characters[place] = _DIGITS[digit]
    return "".join(characters)
