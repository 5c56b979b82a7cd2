"""Runs the suite without one property: which faults does that property alone find?"""

from __future__ import annotations

import msgspec

from conformance.engine.core.effort import EffortName
from conformance.model import CATALOGUE
from conformance.prove.attempt import attempt, effort_for
from conformance.suite.registry import properties
from fixtures.faults import FAULTS

_NAMED = 5
"""The most backing properties that a line names."""


class Ablation(msgspec.Struct, frozen=True, kw_only=True):
    """Whether other properties detect the faults of a rule."""

    rule: str
    survivor: str | None = None
    """A fault that no other property finds."""
    backed_by: tuple[str, ...] = ()
    """The other properties that find the faults."""

    def __str__(self) -> str:
        if self.survivor:
            return f"needed    {self.rule}: {self.survivor} survives"
        named = ", ".join(self.backed_by[:_NAMED]) or "nothing"
        more = f" and {len(self.backed_by) - _NAMED} more" if self.backed_by[_NAMED:] else ""
        return f"backed    {self.rule}: by {named}{more}"


def needs_a_fault() -> list[str]:
    """The rules that have both a property and a fault."""
    broken = {rule_id for fault in FAULTS.values() for rule_id in fault.rules}
    return [id for id in properties() if CATALOGUE[id].asserted and id in broken]


def ablate(rule_id: str, effort: EffortName, seed: int) -> Ablation:
    """Run the suite without a rule's property against the rule's faults, until one survives.

    Faults that break the rule alone come first.
    """
    faults = [fault for fault in FAULTS.values() if rule_id in fault.rules]
    backers: dict[str, None] = {}
    for fault in sorted(faults, key=lambda fault: len(fault.rules)):
        result = attempt(fault.id, fault.change, effort_for(fault, effort), seed, [rule_id])
        finders = [id for id, seen in result.sightings.items() if set(seen) & set(fault.rules)]
        if not finders:
            return Ablation(rule=rule_id, survivor=fault.id)
        backers.update(dict.fromkeys(finders))
    return Ablation(rule=rule_id, backed_by=tuple(backers))
