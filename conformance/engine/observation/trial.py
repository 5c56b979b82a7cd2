"""A trial: one CreateImage request, the world it met, its outcome and its effects."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.model.answer import Accepted, Answer, Outcome
from conformance.model.expectation import Expectation
from conformance.model.judge import Violation
from conformance.model.request import Draft, Request
from conformance.model.world import Effects, World


@dataclass(frozen=True, slots=True)
class Trial:
    """One sent request. A session keeps one for each draft, so that Hypothesis sees a function."""

    draft: Draft
    request: Request
    before: World
    expectation: Expectation
    """What the documents allow as an outcome in the world before."""
    outcome: Outcome
    answer: Answer | None
    effects: Effects | None = None
    """The observed effects; None if the request was not accepted or they were not observed."""
    violations: tuple[Violation, ...] = ()
    """The rules that the answer and the effects violate, after the waiting."""

    @property
    def accepted(self) -> bool:
        return isinstance(self.outcome, Accepted)

    @property
    def image_id(self) -> str | None:
        return self.outcome.image_id if isinstance(self.outcome, Accepted) else None
