"""One request and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.model.answer import Answer, Indeterminate, Outcome
from conformance.model.request import Request

UNREACHABLE = "could not connect"
"""How the reason of an Indeterminate begins when the request never left."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, the outcome its answer stands for, and the answer where there was one.

    It holds nothing of the signature, so that it can be printed, stored and compared.
    """

    request: Request
    outcome: Outcome
    answer: Answer | None = None
    """None when no whole answer came: the outcome is then Indeterminate or Malformed."""

    @property
    def unreachable(self) -> bool:
        """Whether no connection was made, so that the request certainly did nothing."""
        return isinstance(self.outcome, Indeterminate) and self.outcome.why.startswith(UNREACHABLE)
