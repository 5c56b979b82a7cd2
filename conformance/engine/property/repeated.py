"""Sends a request a second time with the same name: the second tells what the first did to it.

An accepted request takes its name, so the second must be refused. A refused one does not, so the
second must be refused for the same reason.
"""

from __future__ import annotations

from conformance.engine.core.record import RuleDeviation
from conformance.engine.observation.trial import Trial
from conformance.engine.property.context import Context
from conformance.engine.property.shrink import shrink
from conformance.model import Arm
from conformance.model.attribution import ATOMIC, rule_of_orphan
from conformance.model.expectation import Accept, Reject
from conformance.model.request import Draft, Placeholder, create_image
from reports.results import expected_of

UNIQUE = "name.unique"
_IN_USE = "InvalidAMIName.Duplicate"
_PLAIN = create_image(Name=Placeholder.USED_NAME)


def repeated(context: Context, trial: Trial) -> tuple[Draft, RuleDeviation] | None:
    """The smallest such request that shows a deviation when it is sent twice, or None."""
    if (again := _wrong(context, trial)) is None:
        return None

    def shows(draft: Draft) -> tuple[Trial, Trial] | None:
        smaller = context.create_if_available(draft)
        second = _wrong(context, smaller) if smaller is not None else None
        return (smaller, second) if smaller is not None and second is not None else None

    first, again = shrink(trial.draft, (trial, again), shows, context.effort.max_shrinks)
    rule, due = UNIQUE, expected_of(again.expectation)
    if not first.accepted:
        rule = rule_of_orphan(first.request, first.outcome, first.expectation)
        rule = rule if rule.startswith("dryrun.") else ATOMIC
    found = context.deviation(rule, Arm.BREAKS, again, again.observed, due, before=(first,))
    return first.draft, found


def _wrong(context: Context, trial: Trial) -> Trial | None:
    """The second request, if its answer contradicts what the first must have done."""
    taken = trial.accepted and isinstance(trial.expectation, Accept)
    refused = isinstance(trial.expectation, Reject) and trial.conforms and not trial.accepted
    if not taken and not refused:
        return None
    if taken and context.create(_PLAIN).accepted:
        return None  # name.unique reports that
    again = context.session.executor.execute(trial.draft, trial.request)
    if taken:
        return again if again.accepted and isinstance(again.expectation, Reject) else None
    return again if again.code == _IN_USE != trial.code else None
