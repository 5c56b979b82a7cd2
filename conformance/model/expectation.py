"""What the documents allow in answer to a request: a set, never a guess."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.model.answer import Accepted, Outcome, Rejected, is_client_error
from conformance.model.codes import SERVER, THROTTLING, bare


@dataclass(frozen=True, slots=True)
class Accept:
    """The request keeps every rule: it has to be accepted."""

    rules: tuple[str, ...] = ()

    def allows(self, outcome: Outcome) -> bool:
        return isinstance(outcome, Accepted)


@dataclass(frozen=True, slots=True)
class Reject:
    """The request has to be refused, with one of these codes, or with any where codes is None."""

    codes: frozenset[str] | None
    rules: tuple[str, ...]

    def allows(self, outcome: Outcome) -> bool:
        """By code alone: whether the status is of the right class is err.class.client's."""
        if not isinstance(outcome, Rejected):
            return False
        code = bare(outcome.code)
        return code not in SERVER | THROTTLING if self.codes is None else code in self.codes


@dataclass(frozen=True, slots=True)
class Either:
    """The documents are silent: accepted, or refused with any client error."""

    rules: tuple[str, ...]

    def allows(self, outcome: Outcome) -> bool:
        return isinstance(outcome, Accepted) or is_client_error(outcome)


Expectation = Accept | Reject | Either
