"""The share of one worker: its part of what the workers of a run deal among themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Share:
    """One of several equal parts. A worker that works alone has all."""

    number: int = 1
    """From one."""
    of: int = 1

    def dealt(self, items: Sequence[T]) -> Sequence[T]:
        """The items of the share: every so many."""
        return items[self.number - 1 :: self.of]

    def has(self, number: int) -> bool:
        """Whether a number is of the share."""
        return number % self.of == self.number - 1


ALL = Share()
"""The share of a worker that works alone."""
