"""Which rule requires which: the rules that a target has to keep before one is decided.

A rule requires what its property names, what the requests of its arms have in common with those of
other rules (their features), and what makes its effects observable. A run masks a rule by a
required one that the target breaks, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from conformance.engine.property.spec import Needs, UnlessMasked
from conformance.model import CATALOGUE, Kind
from conformance.model.feature import required_features
from conformance.model.request import Draft
from conformance.suite.declare import NAMED, SENT, STEPS
from conformance.suite.registry import properties
from strategies import features


@cache
def requirements() -> Mapping[str, tuple[str, ...]]:
    """By rule id: the rules that it requires directly, in the order of the catalogue."""
    properties()  # importing them declares what they need
    found = {}
    for rule_id in CATALOGUE:
        needed = set(_required(rule_id)) - {rule_id}
        found[rule_id] = tuple(id for id in CATALOGUE if id in needed)
    return MappingProxyType(found)


def required_by(rule_id: str) -> tuple[str, ...]:
    """The rules that require this one directly."""
    return tuple(id for id, needed in requirements().items() if rule_id in needed)


def all_required(rule_id: str) -> set[str]:
    """Every rule that a rule requires, directly or through others."""
    found: set[str] = set()
    waiting = [rule_id]
    while waiting:
        for id in requirements()[waiting.pop()]:
            if id not in found:
                found.add(id)
                waiting.append(id)
    return found


@cache
def decided_by() -> Mapping[Draft, str]:
    """By request: the rule whose property sends it to keep the rule, a rule of requests first.

    The plain request of a feature is decided by the feature's rule.
    """
    properties()
    found = {feature.plain: feature.rule for feature in features.ALL}
    steps = {**STEPS, **{id: sent for id, sent in SENT.items() if id not in STEPS}}
    for rule_id in sorted(steps, key=lambda id: CATALOGUE[id].kind is not Kind.REQUEST):
        needs = sum((step.needs() for step in steps[rule_id]), start=Needs())
        for draft in needs.keeps:
            found.setdefault(draft, rule_id)
    return MappingProxyType(found)


@cache
def masks() -> Mapping[str, tuple[tuple[Draft, bool], ...]]:
    """By rule: requests of other rules that mask it, and whether those want them accepted.

    Steps of the rule's property name them (:class:`.UnlessMasked`).
    """
    properties()
    found = {}
    for rule_id, steps in STEPS.items():
        masked = [step for step in steps if isinstance(step, UnlessMasked)]
        found[rule_id] = tuple((step.draft, step.accepted) for step in masked)
    return MappingProxyType(found)


def _required(rule_id: str) -> Iterator[str]:
    rule = CATALOGUE[rule_id]
    yield from rule.requires
    if rule.masked_by:
        yield rule.masked_by
    if rule.on_effects is not None:
        yield "st.image.exists"
    yield from NAMED.get(rule_id, ())
    needs = sum((step.needs() for step in STEPS.get(rule_id, ())), start=Needs())
    yield from needs.rules
    # One request is enough to keep a rule, so only what all of them need is required.
    kept = [set(_features(draft, rule_id)) for draft in needs.keeps]
    if kept:
        yield from set.intersection(*kept)
    for draft in needs.breaks:
        yield from _features(draft, rule_id)


def _features(draft: Draft, rule_id: str) -> Iterator[str]:
    for known in (features.ALL, features.BREAKING):
        for feature in required_features(draft, rule_id, known):
            yield feature.rule
