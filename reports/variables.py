"""Variables of a reproduction: values that a script finds or makes when it runs.

A request of a reproduction has them as marked text inside its parameter values. Each renderer
replaces the marks by its language's syntax.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

_OPEN, _CLOSE = "\U0010fffe", "\U0010ffff"


class Var(StrEnum):
    """A variable; its value is its name in Python and in the shell."""

    INSTANCE = "instance_id"
    """The running instance that the environment names in INSTANCE_ID."""
    SOURCE = "source_id"
    """An instance that the script launches."""
    SIMILAR = "similar_id"
    """An id that differs from the instance's in its last digit."""
    ROOT_DEVICE = "root_device"
    SNAPSHOT = "snapshot_id"
    UNIQUE = "unique"
    """Random hexadecimal digits: the end of a unique name."""
    ANOTHER = "another"
    """Other random digits, for a second unique name."""
    IMAGE = "image_id"
    """The image of the last accepted request."""
    FIRST_IMAGE = "first_image_id"

    @property
    def mark(self) -> str:
        return f"{_OPEN}{self.value}{_CLOSE}"


_MARK = re.compile(f"{_OPEN}({'|'.join(Var)}){_CLOSE}")


def parts(text: str) -> Iterator[str | Var]:
    """The literal parts and the variables of a text, in order, without empty parts."""
    for number, part in enumerate(_MARK.split(text)):
        if part:
            yield Var(part) if number % 2 else part


def used(text: str) -> set[Var]:
    """The variables of a text."""
    return {Var(name) for name in _MARK.findall(text)}
