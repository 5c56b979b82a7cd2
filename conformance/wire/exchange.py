"""A request and its outcome."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.model.answer import Answer, Indeterminate, Outcome, Throttled
from conformance.model.codes import SERVER, bare
from conformance.model.request import Request

UNREACHABLE = "could not connect"
"""How the reason of an Indeterminate outcome begins when the request was not sent."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, its outcome, and the HTTP response if there was one.

    It holds no signature and no credentials, so that it can be printed, stored and compared.
    """

    request: Request
    outcome: Outcome
    answer: Answer | None = None
    """None when no whole response came: the outcome is Indeterminate or Malformed then."""

    @property
    def unreachable(self) -> bool:
        """Whether no connection was made, so that the request certainly did nothing."""
        return isinstance(self.outcome, Indeterminate) and self.outcome.why.startswith(UNREACHABLE)

    @property
    def refused(self) -> bool:
        """Whether the target rejected the request, whatever form the body or the status has."""
        if self.answer is None or isinstance(self.outcome, Throttled):
            return False
        root = self.answer.root
        code = root.value("Errors/Error/Code") if root else None
        return 400 <= self.answer.status < 500 or bool(code and bare(code) not in SERVER)
