"""What contradicts the documents in a trial, whichever property sent the request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from conformance.engine.observation.trial import Trial
from conformance.engine.property.context import Context
from conformance.engine.property.evaluate import lacks_its_device
from conformance.model.attribution import Attributed
from conformance.model.expectation import Expectation
from conformance.model.request import Draft


@dataclass(frozen=True, slots=True)
class Problem:
    """What contradicts the documents in a trial: an outcome, or a violation of a rule."""

    due: type[Expectation]
    came: str
    """The code of the refusal, or how else the outcome was; empty if the outcome is allowed."""
    violated: str = ""
    """The rule that the answer or the effects violate."""


def problems_of(trial: Trial) -> Iterator[Problem]:
    """What contradicts the documents in a trial."""
    due = type(trial.expectation)
    if isinstance(trial.attributed_to("own"), Attributed):
        observed = trial.observed
        yield Problem(due, observed.code or str(observed.outcome))
    for violation in () if trial.accepted and lacks_its_device(trial) else trial.violations:
        yield Problem(due, "", violation.rule)


def shows(context: Context, problem: Problem) -> Callable[[Draft], Trial | None]:
    """A function that sends a smaller draft. It returns the trial if it has the same problem."""

    def smaller(draft: Draft) -> Trial | None:
        trial = context.create_if_available(draft)
        return trial if trial is not None and problem in problems_of(trial) else None

    return smaller
