"""Sends the plain request with the name of a refused one: it tells what the refused one did.

A refused request takes no name and leaves nothing that the next request could show.
"""

from __future__ import annotations

from conformance.engine.core.record import RuleDeviation
from conformance.engine.observation.trial import Trial
from conformance.engine.property.context import Context, arm_of
from conformance.engine.property.masks import Masks
from conformance.engine.property.requirements import IN_USE
from conformance.engine.property.shrink import shrink
from conformance.model import Arm
from conformance.model.attribution import ATOMIC, rule_of_orphan
from conformance.model.expectation import Accept, Reject
from conformance.model.judge import Violation
from conformance.model.request import Draft, create_image
from reports.results import expected_of

PLAIN = create_image(NoReboot="true")
Shown = tuple[Trial, Trial, Violation | None]
"""A refused request, the one after it, and the violation of the latter; None if it is refused."""


def corrected(context: Context, trial: Trial) -> tuple[Draft, RuleDeviation] | None:
    """The smallest such request after which the plain one deviates, or None."""
    if (shown := _shown(context, trial)) is None:
        return None
    wanted = shown[2].rule if shown[2] else ""

    def shows(draft: Draft) -> Shown | None:
        smaller = context.create_if_available(draft)
        found = _shown(context, smaller) if smaller is not None else None
        same = found is not None and (found[2].rule if found[2] else "") == wanted
        return found if same else None

    first, again, violation = shrink(trial.draft, shown, shows, context.effort.max_shrinks)
    if violation is not None:
        arm, observed = arm_of(violation, again), violation.observed
        found = context.deviation(violation.rule, arm, again, observed, before=(first,))
    else:
        rule = rule_of_orphan(first.request, first.outcome, first.expectation)
        rule = rule if rule.startswith("dryrun.") else ATOMIC
        due = expected_of(again.expectation)
        found = context.deviation(rule, Arm.BREAKS, again, again.observed, due, before=(first,))
    return first.draft, found


def _shown(context: Context, trial: Trial) -> Shown | None:
    """The plain request with the name of a refused one, if what comes of it is wrong."""
    refused = isinstance(trial.expectation, Reject) and trial.conforms and not trial.accepted
    plain = context.create_if_available(PLAIN) if refused and trial.request.name else None
    if plain is None or not plain.accepted:
        return None
    session = context.session
    draft = PLAIN.having({"Name": trial.request.name or ""})
    again = session.executor.execute(PLAIN, session.binder.bind(draft))
    if not isinstance(again.expectation, Accept):
        return None  # the name is wrong, or in use
    if not again.accepted:
        return (trial, again, None) if again.code == IN_USE != trial.code else None
    usual, masks = {each.rule for each in plain.violations}, Masks(context)
    for violation in again.violations:
        if violation.rule not in usual and masks.mask_of(violation.rule, again) is None:
            return trial, again, violation
    return None
