"""Which rule an outcome speaks against, when the documents did not allow it.

A property varies one thing and is about one rule, its *own*. What comes back can break that rule,
or another one, or say nothing at all about it: a crash is no answer to the question whether a name
of two characters is refused, and it is blamed on the rule that a client's fault is answered by a
client error. That is what keeps one defect of an endpoint from failing forty rules.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from conformance.model.answer import (
    Accepted,
    Indeterminate,
    Malformed,
    Outcome,
    Rejected,
    Throttled,
    is_server_error,
)
from conformance.model.codes import ACCOUNT, LIMITS, SERVER, bare
from conformance.model.expectation import Either, Expectation, Reject

DROPPED = ("connection closed", "connection reset")
"""How the reason of an Indeterminate begins when the endpoint hung up instead of answering."""


@dataclass(frozen=True, slots=True)
class Decided:
    """The outcome is one that the documents allow."""


@dataclass(frozen=True, slots=True)
class Attributed:
    """The outcome breaks a rule."""

    rule: str


@dataclass(frozen=True, slots=True)
class Undecided:
    """The outcome says nothing about the property's own rule."""

    why: str


Judgement = Decided | Attributed | Undecided


def attribute(
    due: Expectation, outcome: Outcome, own: str, violated: Collection[str] = ()
) -> Judgement:
    """What an outcome says, where ``due`` was expected and the property is about rule ``own``.

    ``violated`` names the rules that the answer breaks by its form: a malformed answer is
    theirs and nobody else's.
    """
    if due.allows(outcome):
        return Decided()
    refusal_due = isinstance(due, Reject)
    match outcome:
        case Throttled():
            return Undecided("the endpoint throttled the request to the end")
        case Indeterminate(why):
            crashed = refusal_due and why.startswith(DROPPED)
            return Attributed("err.class.client") if crashed else Undecided(f"no answer: {why}")
        case Malformed() | Rejected() if is_server_error(outcome) and not _says_why(due, outcome):
            if refusal_due:
                return Attributed("err.class.client")
            return Undecided(f"answered by a server error, status {outcome.status}")
        case Malformed(why, status):
            if violated:
                return Undecided(f"the answer is not in the documented form ({why})")
            return Attributed("err.shape" if refusal_due or status >= 400 else own)
        case Rejected(code):
            if bare(code) in ACCOUNT | LIMITS:
                return Undecided(f"the account or a quota stands in the way: {code}")
            if isinstance(due, Either):
                return Undecided(f"answered by {code} with status {outcome.status}")
            return Attributed(own)
        case Accepted():
            return Attributed(own)


def _says_why(due: Expectation, outcome: Outcome) -> bool:
    """Whether a server error has a client's code: then it refuses, in the wrong class or not."""
    return isinstance(outcome, Rejected) and bare(outcome.code) not in SERVER
