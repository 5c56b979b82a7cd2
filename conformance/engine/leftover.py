"""What a refused request left behind."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that is there though no accepted request made it."""

    kind: str
    """``an image`` or ``a snapshot``."""
    id: str
    name: str | None = None
