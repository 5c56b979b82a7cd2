"""The records of a run, by rule, while they arrive."""

from __future__ import annotations

from typing import Any

from conformance.engine.core.record import Record
from conformance.engine.run.events import PropertyFinished, RoundFinished


class Records:
    """The record of each rule; later rounds of a rule are added to its first."""

    def __init__(self) -> None:
        self._by_rule: dict[str, Record] = {}

    def take(self, data: Any) -> PropertyFinished | RoundFinished:
        """Take in the record that a worker sent."""
        record = Record.from_json(data)
        known = self._by_rule.get(record.rule)
        if known is None:
            self._by_rule[record.rule] = record
            return PropertyFinished(record)
        return RoundFinished(record, tuple(known.absorb(record)))

    def all(self) -> list[Record]:
        """Every record so far."""
        return list(self._by_rule.values())

    def generates(self, rule: str) -> bool:
        """Whether the rule's property can generate more requests."""
        return rule in self._by_rule and self._by_rule[rule].generates

    @property
    def cut_short(self) -> bool:
        """Whether the run ended before a property did."""
        return any(record.cut_short for record in self._by_rule.values())

    def untestable(self) -> str:
        """Why the target cannot be tested, where no rule was decided; else empty."""
        if any(r.keeps or r.breaks or r.deviations for r in self._by_rule.values()):
            return ""
        return next((r.cut_short for r in self._by_rule.values() if r.cannot), "")
