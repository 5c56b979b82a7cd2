"""Creates an image, deregisters it, and creates another of its name: the name is free again."""

from __future__ import annotations

from conformance.engine.client.api import Refused
from conformance.engine.core.record import RuleDeviation
from conformance.engine.observation.trial import Trial
from conformance.engine.property.context import Context
from conformance.engine.property.requirements import IN_USE
from conformance.engine.property.shrink import shrink
from conformance.engine.resources.instances import NotAvailable
from conformance.model import Arm
from conformance.model.expectation import Accept
from conformance.model.request import Draft, create_image
from reports.results import expected_of

RULE = "name.reuse_after_deregister"
_SHRINKS = 12
"""Smaller requests at most. Each creates two images."""
PLAIN = create_image(NoReboot="true")
Shown = tuple[Trial, Trial]
"""The request whose image was deregistered, and the one that its name was refused to."""


def freed(context: Context, draft: Draft) -> tuple[Draft, RuleDeviation] | None:
    """The smallest such request whose name is not free afterwards, or None.

    The plain request's name is free: the rule's own property reports it where it is not.
    """
    if (shown := _held(context, draft)) is None or _held(context, PLAIN) is not None:
        return None

    def shows(smaller: Draft) -> Shown | None:
        return _held(context, smaller)

    first, again = shrink(draft, shown, shows, min(context.effort.max_shrinks, _SHRINKS))
    observed, due = again.observed, expected_of(again.expectation)
    return first.draft, context.deviation(RULE, Arm.KEEPS, again, observed, due, before=(first,))


def _held(context: Context, draft: Draft) -> Shown | None:
    """The two requests, if the second is refused because the name is in use."""
    session = context.session
    try:
        with session.answers_alone():
            first = session.executor.execute(draft, session.binder.bind(draft))
            if not first.accepted or not isinstance(first.expectation, Accept):
                return None
            session.executor.deregister(first)
            again = session.patience.until(
                "name free again",
                lambda: session.executor.execute(draft, first.request),
                lambda trial: trial.code != IN_USE,
                acts=True,
            )
    except (Refused, NotAvailable):
        return None  # the rules of deregistration report that
    conforms = isinstance(again.expectation, Accept)
    return (first, again) if conforms and again.code == IN_USE else None
