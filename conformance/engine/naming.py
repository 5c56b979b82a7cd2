"""Names that nobody has used: uniqueness comes from outside Hypothesis' choices."""

from __future__ import annotations

import secrets
import string
from collections.abc import Container

from conformance.model.request import FreshName

_DIGITS = string.digits + string.ascii_lowercase
_MOST = 8
"""How many characters at the end of a shape are replaced."""


class Names:
    """Hands out names of a wanted shape, each once. Starts at random: runs do not collide."""

    def __init__(self, used: Container[str] = (), start: int | None = None) -> None:
        self._used = used
        self._next = secrets.randbelow(36**_MOST) if start is None else start
        self._given: set[str] = set()

    def fresh(self, wanted: FreshName) -> str:
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


_ALPHANUMERIC = frozenset(string.ascii_letters + string.digits)


def _filled(shape: str, places: list[int], number: int) -> str:
    characters = list(shape)
    for place in reversed(places):
        number, digit = divmod(number, len(_DIGITS))
        characters[place] = _DIGITS[digit]
    return "".join(characters)
