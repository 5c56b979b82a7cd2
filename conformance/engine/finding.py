"""How a finding is made of a trial."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from conformance.engine.record import Finding
from conformance.engine.trial import Trial
from conformance.model import CATALOGUE, Arm
from reports.results import (
    Deviation,
    Expected,
    Observed,
    expected_effect,
    form_of,
    observed_effect,
)


def finding_of(
    rule_id: str,
    arm: Arm,
    trial: Trial,
    seen: str | Observed,
    expected: str | Expected | None = None,
    before: Iterable[Trial] = (),
) -> Finding:
    """What a trial shows of a rule. ``before`` are the requests that have to come first."""
    statement = expected if isinstance(expected, str) else CATALOGUE[rule_id].statement
    deviation = Deviation(
        arm,
        trial.request.params,
        expected if isinstance(expected, Expected) else expected_effect(statement, rule_id),
        observed_effect(seen) if isinstance(seen, str) else seen,
        form=form_of(trial.request),
    )
    earlier = tuple(t.request.params for t in before)
    if earlier:
        deviation = msgspec.structs.replace(deviation, before=earlier)
    return Finding(rule_id, deviation)
