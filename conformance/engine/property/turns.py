"""The order of a run's properties. It decides what passes the time that the target takes.

The first property sends the batch, which begins the scenarios. A scenario that works alone follows:
snapshots, images and stopped instances get ready meanwhile. On an account, properties that need
those follow the others. Properties that wait for another scenario come last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from conformance.engine.scenarios.scenario import NEEDED
from strategies.sequences import FIXED

T = TypeVar("T")


def in_turn(
    items: Sequence[T],
    rule_of: Callable[[T], str | None],
    slowness: Callable[[str], int] = lambda rule_id: 0,
) -> list[T]:
    """Properties in the order in which one process runs them.

    ``slowness`` says of a rule how long its requests wait for what an account has to make.
    """
    first, others = items[:1], items[1:]
    return [*first, *sorted(others, key=lambda item: _turn(rule_of(item), slowness))]


def _turn(rule_id: str | None, slowness: Callable[[str], int]) -> int:
    if rule_id in FIXED:
        return 6  # a sequence takes longest
    scenarios = NEEDED.get(rule_id or "", ())
    if any(not scenario.alone for scenario in scenarios):
        return 5
    if rule_id and (slow := slowness(rule_id)):
        return 1 + slow
    return 0 if scenarios else 1
