"""A trial: one CreateImage request with the world it met, what came back and what it did."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.model.answer import Accepted, Answer, Outcome
from conformance.model.expectation import Expectation
from conformance.model.judge import Violation
from conformance.model.request import Draft, Request
from conformance.model.world import Effects, World


@dataclass(frozen=True, slots=True)
class Trial:
    """Sent once: the same draft again gives the same trial, so Hypothesis sees a function."""

    draft: Draft
    request: Request
    before: World
    expectation: Expectation
    """What the documents allow in answer, in the world before."""
    outcome: Outcome
    answer: Answer | None
    effects: Effects | None = None
    """What there was to see afterwards; None where the request was not accepted."""
    violations: tuple[Violation, ...] = ()
    """What of the answer and of the effects contradicts a rule, after the waiting."""

    @property
    def accepted(self) -> bool:
        return isinstance(self.outcome, Accepted)

    @property
    def image_id(self) -> str | None:
        return self.outcome.image_id if isinstance(self.outcome, Accepted) else None
