"""The order of a run's properties. It decides what passes the time that the target takes.

The first property sends the batch, which begins the scenarios. Properties that need none follow;
then those of scenarios that work alone, and properties that may share a request with them. The
properties of other scenarios follow, when most waits are over; sequences come last, so that none
waits for what a scenario has waited for. Among properties that wait for nothing those come first
that read what the batch shows; then those whose requests the target refuses, the fewest first: a
broken rule shows after few requests.

On an account a scenario that works alone comes first: snapshots, images and stopped instances get
ready meanwhile. Properties that need those, the scenario included, follow the others. Sequences
begin with the scenarios and take longest, so they come last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from conformance.engine.core.effort import Effort
from conformance.engine.property.ahead import SENDS, breaking, may_share
from conformance.engine.scenarios.scenario import NEEDED
from strategies.sequences import FIXED

T = TypeVar("T")

_STORY = 1_000
"""Stands for the number of requests of a story, which is known when it has run."""


def in_turn(
    items: Sequence[T],
    rule_of: Callable[[T], str | None],
    effort: Effort,
    slowness: Callable[[str], int] | None = None,
) -> list[T]:
    """Properties in the order in which one process runs them.

    ``slowness`` says of a rule how long its requests wait for what an account has to make; it is
    None on another target.
    """
    first, others = items[:1], items[1:]

    def place(item: T) -> tuple[int, int]:
        rule_id = rule_of(item) or ""
        return _turn(rule_id, slowness), _refusals(rule_id, effort)

    return [*first, *sorted(others, key=place)]


def _turn(rule_id: str, slowness: Callable[[str], int] | None) -> int:
    scenarios = NEEDED.get(rule_id, ())
    waits = any(not scenario.alone for scenario in scenarios)
    if slowness is None:
        if rule_id in FIXED:
            return 4
        if waits:
            return 3
        return 1 if scenarios else 2 * may_share(rule_id)
    if rule_id in FIXED:
        return 6
    if waits:
        return 5
    if slow := slowness(rule_id):
        return 1 + slow
    return 0 if scenarios else 1


def _refusals(rule_id: str, effort: Effort) -> int:
    """How many requests of a rule's property the target has to refuse, as far as data says."""
    return len(breaking([rule_id], effort, 0)) if SENDS.get(rule_id) else _STORY
