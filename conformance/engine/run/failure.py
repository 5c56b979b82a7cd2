"""The failure that pytest prints for a property: its deviations."""

from __future__ import annotations

import msgspec

from conformance.engine.core.record import Record
from conformance.model import CATALOGUE


def failure_text(record: Record) -> str:
    """The rule, its sources, and each deviation with its request."""
    rule = CATALOGUE[record.rule]
    lines = [f"{rule.id}: {rule.statement}", f"source: {'; '.join(map(str, rule.sources))}"]
    for own in record.own():
        deviation = own.deviation
        lines.append(f"expected: {msgspec.to_builtins(deviation.expected)}")
        lines.append(f"observed: {msgspec.to_builtins(deviation.observed)}")
        lines += [f"  {name}={value!r}" for name, value in deviation.request]
    return "\n".join(lines)
