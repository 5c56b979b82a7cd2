"""The order of a run's properties. It decides what passes the time that the target takes.

The first property sends the batch, which begins the scenarios. A scenario that works alone follows:
snapshots, images and stopped instances get ready meanwhile. Properties that wait for another
scenario come last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from conformance.engine.scenarios.scenario import NEEDED
from strategies.sequences import FIXED

T = TypeVar("T")


def in_turn(items: Sequence[T], rule_of: Callable[[T], str | None]) -> list[T]:
    """Properties in the order in which one process runs them."""
    first, others = items[:1], items[1:]
    return [*first, *sorted(others, key=lambda item: _turn(rule_of(item)))]


def _turn(rule_id: str | None) -> int:
    if rule_id in FIXED:
        return 3  # a sequence takes longest
    scenarios = NEEDED.get(rule_id or "", ())
    if any(not scenario.alone for scenario in scenarios):
        return 2
    return 0 if scenarios else 1
