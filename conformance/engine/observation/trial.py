"""A trial: one CreateImage request, the world it met, its outcome and its effects."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from conformance.engine.observation.summary import came_back, words_of
from conformance.model.answer import Accepted, Answer, Malformed, Outcome
from conformance.model.attribution import Judgement, attribute
from conformance.model.codes import bare
from conformance.model.expectation import Expectation
from conformance.model.judge import Violation
from conformance.model.request import Draft, Request
from conformance.model.world import Effects, World
from reports.results import Observed, observed_of


@dataclass(frozen=True, slots=True)
class Trial:
    """One sent request. A session keeps one for each draft, so that Hypothesis sees a function."""

    draft: Draft
    request: Request
    before: World
    expectation: Expectation
    """The outcomes that the documents allow in the world before."""
    outcome: Outcome
    answer: Answer | None
    effects: Effects | None = None
    """The observed effects; None if the request was not accepted or they were not observed."""
    violations: tuple[Violation, ...] = ()
    """The rules that the answer and the effects violate, after the waiting."""
    crashes: int = 0
    """How often in a row the request got a server error or no response from a target that
    answered other requests in between."""
    persists: bool = False
    """Whether it crashed often enough to say that it always does."""
    uses_before: int = 0
    """How many accepted requests for its instance the world before shows the effects of."""
    alone: bool = True
    """Whether its effects show no other accepted request for its instance."""
    booted: bool | None = None
    """Whether the console showed a boot of the instance at once; None if that is not known."""

    @property
    def summary(self) -> str:
        """The request and what came back, in a few words, for reasons."""
        return f"{words_of(self.draft)}: {came_back(self.outcome)}"

    @property
    def accepted(self) -> bool:
        return isinstance(self.outcome, Accepted)

    @property
    def code(self) -> str:
        """The error code without a prefix, or nothing."""
        return bare(getattr(self.outcome, "code", ""))

    @property
    def is_unreadable_success(self) -> bool:
        """Whether the answer is a success in no documented form; an error with status 200 is none.

        The target may have made an image.
        """
        outcome = self.outcome
        if not isinstance(outcome, Malformed) or not 200 <= outcome.status < 300:
            return False
        root = self.answer.root if self.answer else None
        return not (root and root.value("Errors/Error/Code"))

    @property
    def conforms(self) -> bool:
        """Whether the documents allow the outcome."""
        return self.expectation.allows(self.outcome)

    def attributed_to(self, own: str) -> Judgement:
        """The attribution of the outcome, for a property about the rule ``own``."""
        violated = {violation.rule for violation in self.violations}
        return attribute(self.expectation, self.outcome, own, violated, persists=self.persists)

    @property
    def observed(self) -> Observed:
        """The outcome as results.json holds it, with how often the request was sent."""
        observed = observed_of(self.outcome)
        return msgspec.structs.replace(observed, tries=self.crashes) if self.crashes else observed

    @property
    def image_id(self) -> str | None:
        return self.outcome.image_id if isinstance(self.outcome, Accepted) else None
