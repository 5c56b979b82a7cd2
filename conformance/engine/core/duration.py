"""Durations as a user writes them: ``90s``, ``30m``, ``1h30m``."""

from __future__ import annotations

import re

from conformance.engine.core.errors import UsageError

_SECONDS = {"s": 1, "m": 60, "h": 3600}


def read_duration(text: str) -> float:
    """The seconds of a duration; 0 for an empty text. Raises UsageError."""
    if not text:
        return 0.0
    parts = re.findall(r"([0-9]+(?:\.[0-9]+)?)([smh])", text)
    if not parts or "".join(map("".join, parts)) != text:
        raise UsageError(f"{text!r} is no duration: give one such as 90s, 30m or 2h.")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)
