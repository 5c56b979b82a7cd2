"""What a property is for: its rule's faults, put to the suite without it."""

from __future__ import annotations

import msgspec

from conformance.engine.core.effort import EffortName
from conformance.model import CATALOGUE
from conformance.prove.attempt import attempt
from conformance.suite.registry import properties
from fixtures.faults import FAULTS

_NAMED = 5
"""So many backers are named in a line."""


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a rule's faults without the rule's property."""

    rule: str
    survivor: str | None = None
    """A fault that nothing else finds."""
    backed_by: tuple[str, ...] = ()
    """Where each is found all the same: the properties that do."""

    def __str__(self) -> str:
        if self.survivor:
            return f"needed    {self.rule}: {self.survivor} survives"
        named = ", ".join(self.backed_by[:_NAMED]) or "nothing"
        more = f" and {len(self.backed_by) - _NAMED} more" if self.backed_by[_NAMED:] else ""
        return f"backed    {self.rule}: by {named}{more}"


def needs_a_fault() -> list[str]:
    """The rules that a property is about and a fault breaks."""
    broken = {rule_id for fault in FAULTS.values() for rule_id in fault.rules}
    return [id for id in properties() if CATALOGUE[id].asserted and id in broken]


def left_out(rule_id: str, effort: EffortName, seed: int) -> LeftOut:
    """Put a rule's faults, those that break it alone first, to the suite without its property;
    until one survives."""
    faults = [fault for fault in FAULTS.values() if rule_id in fault.rules]
    backers: dict[str, None] = {}
    for fault in sorted(faults, key=lambda fault: len(fault.rules)):
        said = attempt(fault.id, fault.change, effort, seed, [rule_id])
        finders = [id for id, seen in said.sightings.items() if set(seen) & set(fault.rules)]
        if not finders:
            return LeftOut(rule=rule_id, survivor=fault.id)
        backers.update(dict.fromkeys(finders))
    return LeftOut(rule=rule_id, backed_by=tuple(backers))
