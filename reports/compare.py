"""Compares two runs: which deviations are new, fixed or changed.

Deviations are matched by identity: rule, arm, class of outcome, code. Message texts and resource
ids do not matter.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from reports import words
from reports.deviation import Identity
from reports.results import Observation, Results, RuleResult


class Difference(Struct, frozen=True):
    """A difference between two runs."""

    kind: str
    """``new``, ``fixed`` or ``changed`` (a deviation), ``verdict`` or ``observation``."""
    rule: str
    first: str
    second: str


def differences(first: Results, second: Results) -> list[Difference]:
    """All differences, in the order of the results; observations last."""
    before = {rule.id: rule for rule in first.rules}
    after = {rule.id: rule for rule in second.rules}
    found: list[Difference] = []
    for id in dict.fromkeys([*before, *after]):
        rule, other = before.get(id), after.get(id)
        if rule is not None and other is not None:
            found += _of_rule(rule, other)
        elif other is not None:  # the first run did not select it
            found += (Difference("new", id, "", _short(i)) for i in sorted(other.identities()))
    return [*found, *_of_observations(first, second)]


def _of_rule(first: RuleResult, second: RuleResult) -> Iterator[Difference]:
    before, after = set(first.identities()), set(second.identities())
    gone, come = sorted(before - after), sorted(after - before)
    for old in list(gone):
        new = next((each for each in come if each.arm == old.arm), None)
        if new is not None:
            gone.remove(old)
            come.remove(new)
            yield Difference("changed", first.id, _short(old), _short(new))
    for new in come:
        yield Difference("new", first.id, first.status.value, _short(new))
    for old in gone:
        yield Difference("fixed", first.id, _short(old), second.status.value)
    if before == after and first.status is not second.status:
        yield Difference("verdict", first.id, first.status.value, second.status.value)


def _short(identity: Identity) -> str:
    return words.visible(" ".join(filter(None, identity[1:])))


def _of_observations(first: Results, second: Results) -> Iterator[Difference]:
    """Unspecified cases that both runs sent and that differ in the outcome."""
    before, after = (_outcomes(run.observations) for run in (first, second))
    for id in before:
        if id in after and before[id] != after[id]:
            shown = (words.visible("; ".join(sorted(each[id]))) for each in (before, after))
            yield Difference("observation", id, *shown)


def _outcomes(observations: tuple[Observation, ...]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for seen in observations:
        back = seen.came_back
        effect = back.seen if back.outcome == "effect" else None
        outcome = " ".join(filter(None, (back.outcome_class, back.code, effect)))
        found.setdefault(seen.id, set()).add(outcome)
    return found
