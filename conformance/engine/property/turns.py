"""The order of a run's properties. It decides what passes the time that the target takes.

The first property sends the batch, which begins the scenarios. Properties that need none follow;
then those of scenarios that work alone, and properties that may share a request with them. The
properties of other scenarios come last, when most waits are over.

On an account a scenario that works alone comes first: snapshots, images and stopped instances get
ready meanwhile. Properties that need those, the scenario included, follow the others. Sequences
begin with the scenarios and take longest, so they come last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from conformance.engine.property.ahead import may_share
from conformance.engine.scenarios.scenario import NEEDED
from strategies.sequences import FIXED

T = TypeVar("T")


def in_turn(
    items: Sequence[T],
    rule_of: Callable[[T], str | None],
    slowness: Callable[[str], int] | None = None,
) -> list[T]:
    """Properties in the order in which one process runs them.

    ``slowness`` says of a rule how long its requests wait for what an account has to make; it is
    None on another target.
    """
    first, others = items[:1], items[1:]
    return [*first, *sorted(others, key=lambda item: _turn(rule_of(item), slowness))]


def _turn(rule_id: str | None, slowness: Callable[[str], int] | None) -> int:
    scenarios = NEEDED.get(rule_id or "", ())
    waits = any(not scenario.alone for scenario in scenarios)
    if slowness is None:
        if waits or rule_id in FIXED:
            return 4 if waits else 3
        return 1 if scenarios else 2 * may_share(rule_id or "")
    if rule_id in FIXED:
        return 6
    if waits:
        return 5
    if rule_id and (slow := slowness(rule_id)):
        return 1 + slow
    return 0 if scenarios else 1
