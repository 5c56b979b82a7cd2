"""Tests combinations: an endpoint accepts in one request what it accepts separately."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.engine.core.record import RuleDeviation
from conformance.engine.observation.trial import Trial
from conformance.engine.property.context import Context
from conformance.engine.property.isolate import refused_with_same_code, shrunk
from conformance.engine.property.shrink import components, shrink
from conformance.model import Arm
from conformance.model.expectation import Accept
from conformance.model.request import Draft, create_image
from reports.results import expected_of


def evaluate_combination(context: Context, draft: Draft) -> list[RuleDeviation]:
    """The deviations that a combination shows and none of its components does."""
    trial = context.create_if_available(draft)
    if trial is None or not isinstance(trial.expectation, Accept):
        return []
    minimal = {c.rule for c in context.create(create_image()).violations}
    new = [c for c in trial.violations if c.rule not in minimal]
    refused = context.is_refused(trial)
    if not new and not refused:
        if trial.accepted:
            context.count(Arm.KEEPS, draft)
        return []
    for part in _parts(context, draft):
        each = context.create_if_available(part)
        if not _works(each, minimal):
            failed = each.summary if each else "the target lacks what it asks for"
            context.untested(f"inconclusive: a part of the combined request fails alone; {failed}")
            return []
    if refused:
        shows = refused_with_same_code(context, trial)
        trial = shrink(draft, trial, shows, context.effort.max_shrinks)
        observed, due = trial.observed, expected_of(trial.expectation)
        return [context.deviation(context.rule.id, Arm.KEEPS, trial, observed, due)]
    return [shrunk(context, violation, trial) for violation in new]


def _parts(context: Context, draft: Draft) -> Iterable[Draft]:
    """The components that may fail by themselves, the ones that were left out first.

    Those that the target accepts together in the composed request need not be sent alone.
    """
    composed = context.session.compositions.of(draft)
    if composed == draft:
        return components(draft)
    kept = set(components(composed))
    return (each for each in components(draft) if each not in kept)


def _works(trial: Trial | None, minimal: set[str]) -> bool:
    """Whether a component is accepted and violates nothing that the minimal request does not."""
    return trial is not None and trial.accepted and {c.rule for c in trial.violations} <= minimal
