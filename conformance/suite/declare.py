"""Declares a property: as steps (:func:`prop`) or as a function."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from conformance.engine.property.ahead import SENDS, SLOWNESS
from conformance.engine.property.context import BUILDS_ON
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.runner import Property
from conformance.engine.property.spec import Needs, Requires, Sends, Step
from conformance.engine.scenarios.scenario import NEEDED, Scenario

FROM_STANDARD = "observed from --effort standard on: it takes images"

STEPS: dict[str, tuple[Step, ...]] = {}
"""The steps of each property that is data, by rule id."""


NAMED: dict[str, tuple[str, ...]] = {}
"""The rules that the requests of a property need which is a function, by rule id."""


SENT: dict[str, tuple[Sends, ...]] = {}
"""The requests of a property that need no story, if it is a function, by rule id."""


def requests_of(rule_id: str) -> tuple[tuple[Sends, ...], bool]:
    """The requests of a rule's property as data, and whether these are all of the property."""
    if rule_id not in STEPS:
        return SENT.get(rule_id, ()), False
    found: list[Sends] = []
    whole = True
    for step in STEPS[rule_id]:
        sent = step.sends()
        whole = whole and sent is not None
        found += sent or ()
    return tuple(found), whole


def exercises(
    *rule_ids: str,
    requires: tuple[str, ...] = (),
    needs: tuple[Scenario, ...] = (),
    sends: tuple[Sends, ...] = (),
    slowness: int = 0,
) -> pytest.MarkDecorator:
    """Mark a function as the property of rules. Each rule has a pytest node of its own.

    ``requires`` are the rules that its requests need; ``needs`` are its scenarios.
    ``sends`` are requests of its own that need no story, for readers of the data. ``slowness`` is
    that of its other requests, see :func:`conformance.engine.property.ahead.slowness`.
    """
    SENDS.update(dict.fromkeys(rule_ids, sends))
    SLOWNESS.update(dict.fromkeys(rule_ids, slowness))
    NAMED.update(dict.fromkeys(rule_ids, requires))
    NEEDED.update(dict.fromkeys(rule_ids, needs))
    SENT.update(dict.fromkeys(rule_ids, sends))
    return pytest.mark.parametrize("rule_id", rule_ids, ids=rule_ids)


def prop(rule_ids: str | tuple[str, ...], *steps: Step) -> Property:
    """The property of one rule, or of several, made of steps."""
    each = (rule_ids,) if isinstance(rule_ids, str) else rule_ids
    return props(dict.fromkeys(each, steps))


def props(steps: Mapping[str, tuple[Step, ...]]) -> Property:
    """The properties of several rules that differ in their steps."""
    STEPS.update(steps)
    needed = {
        rule_id: sum((step.needs() for step in each), start=Needs()).scenarios
        for rule_id, each in steps.items()
    }

    def check(exercise: Exercise) -> None:
        for step in steps[exercise.rule.id]:
            step.run(exercise)

    for rule_id, each in steps.items():
        built = [step for step in each if isinstance(step, Requires)]
        BUILDS_ON[rule_id] = tuple((step.draft, step.rule_id) for step in built)
    marked: Property = exercises(*steps)(check)
    SENDS.update({rule_id: requests_of(rule_id)[0] for rule_id in steps})
    NEEDED.update(needed)
    return marked
