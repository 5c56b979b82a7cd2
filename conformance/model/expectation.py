"""Expectations: the set of outcomes that the documents allow for a request."""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.model.answer import Accepted, Outcome, Rejected, is_client_error
from conformance.model.codes import DRY_RUN_CODE, SERVER, THROTTLING, bare


@dataclass(frozen=True, slots=True)
class Accept:
    """The request keeps every rule and must be accepted."""

    rules: tuple[str, ...] = ()

    def allows(self, outcome: Outcome) -> bool:
        return isinstance(outcome, Accepted)


@dataclass(frozen=True, slots=True)
class Reject:
    """The request must be rejected with one of ``codes``; None allows any client error code."""

    codes: frozenset[str] | None
    rules: tuple[str, ...]
    dry: bool = field(default=False, compare=False)
    """Whether the request may be a dry run: without codes, DryRunOperation is allowed then."""

    def allows(self, outcome: Outcome) -> bool:
        """Whether the code is allowed; err.class.client covers the status."""
        if not isinstance(outcome, Rejected):
            return False
        code = bare(outcome.code)
        if self.codes is not None:
            return code in self.codes
        return code not in SERVER | THROTTLING and (self.dry or code != DRY_RUN_CODE)


@dataclass(frozen=True, slots=True)
class Either:
    """The documents do not decide: accepted, or rejected with any client error."""

    rules: tuple[str, ...]

    def allows(self, outcome: Outcome) -> bool:
        return isinstance(outcome, Accepted) or is_client_error(outcome)


Expectation = Accept | Reject | Either
