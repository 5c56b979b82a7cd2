"""A scenario: a fixed history of several requests. A generator yields its steps."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from conformance.engine.execution.session import Session
from conformance.engine.scenarios.acts import Act, Until
from conformance.model.history import AnyStep, History
from conformance.model.request import Draft


@dataclass(frozen=True, slots=True)
class Known:
    """The history of another scenario."""

    scenario: Scenario


Wish = Act | Until | Known | AnyStep
"""What a scenario yields. It is sent the step that comes of it, or the history. A step of its own
is added to its history."""
T = TypeVar("T")
Part = Generator[Wish, Any, T]
"""A part of a story."""
Story = Generator[Wish, Any, str | None]
"""A scenario at work. What it returns says why it ended early, if it did."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario by its name."""

    name: str
    draft: Draft
    """Its first request; no other property may use it, unless the scenario works alone."""
    tell: Callable[[Session, Draft], Story]
    alone: bool = False
    """Whether other requests spoil it: it begins when its history is asked for, and nothing else is
    sent until it ends."""
    needs: tuple[Scenario, ...] = ()
    """Scenarios whose histories it needs."""
    apart: bool = False
    """Whether it has an instance of its own: it goes on beside one that works alone."""
    launches: bool = False
    """Whether it begins with an instance that no image is made of, and makes no image."""


NEEDED: dict[str, tuple[Scenario, ...]] = {}
"""The scenarios that the property of a rule needs, by rule id. The suite declares them."""


def needed_by(rules: Collection[str]) -> Iterator[Scenario]:
    """The scenarios that the properties of these rules need and that may begin at once."""
    found: dict[Scenario, None] = {}
    for rule_id in rules:
        for scenario in NEEDED.get(rule_id, ()):
            found |= dict.fromkeys(each for each in (*scenario.needs, scenario) if not each.alone)
    yield from found


def own_instances(rules: Collection[str]) -> int:
    """How many scenarios that these rules need begin with an instance that no image is made of."""
    named = {each for rule_id in rules for each in NEEDED.get(rule_id, ())}
    return sum(each.launches for each in named | {n for each in named for n in each.needs})


Histories = dict[str, History]
"""Histories by the names of their scenarios."""
