"""Attribution: which rule an outcome violates when the documents do not allow it.

A property varies one thing and tests one rule, its *own*. An outcome can violate that rule,
violate another, or decide nothing. For example, a server error for a name of two characters
violates err.class.client, not name.length.min. So one defect of an endpoint does not fail forty
rules.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from conformance.model.answer import (
    Accepted,
    Indeterminate,
    Limited,
    Malformed,
    Outcome,
    Rejected,
    Throttled,
    is_server_error,
)
from conformance.model.catalogue import CATALOGUE
from conformance.model.codes import ACCOUNT, LIMITS, SERVER, bare
from conformance.model.expectation import Accept, Either, Expectation, Reject
from conformance.model.hindrance import Hindrance, hindrance_of
from conformance.model.request import Request

DROPPED = ("connection closed", "connection reset")
"""How the reason of an Indeterminate begins if the endpoint dropped the connection."""
_NO_QUERY = {"wire.post.ctype"}
"""Asserted rules whose unspecified requests are no query requests."""
ATOMIC = "err.atomic"
ATOMIC_TAGS = "tag.atomic"
DRY_RUN = "dryrun.no_effect"
SERVER_CLASS = "err.class.server"
"""The rule that a server error's code breaks whose status is not one of a server error."""
LEAVE_NOTHING = (ATOMIC, ATOMIC_TAGS, DRY_RUN)
"""The rules that forbid a rejected request to leave an orphan behind."""


@dataclass(frozen=True, slots=True)
class Decided:
    """The documents allow the outcome."""


@dataclass(frozen=True, slots=True)
class Attributed:
    """The outcome violates a rule."""

    rule: str


@dataclass(frozen=True, slots=True)
class Undecided:
    """The outcome decides nothing about the property's own rule."""

    why: str
    hindrance: Hindrance | None = None
    """Why another run may decide the rule, or None if that is not so."""


Judgement = Decided | Attributed | Undecided


def attribute(
    due: Expectation,
    outcome: Outcome,
    own: str,
    violated: Collection[str] = (),
    *,
    persists: bool = False,
) -> Judgement:
    """Attribute an outcome, given the expectation ``due`` and the property's rule ``own``.

    ``violated`` names the rules that the response violates by its form. If there are any, a
    malformed response is attributed to them alone. A crash that ``persists`` on a conforming
    request breaks the rule whose feature the request adds; a sporadic one decides nothing.
    """
    if due.allows(outcome):
        return Decided()
    rejection_due = isinstance(due, Reject)
    match outcome:
        case Throttled():
            why = "the endpoint throttled the request and each retry"
            return Undecided(why, Hindrance.THROTTLING)
        case Limited(code):
            why = f"an account state or a quota prevented a verdict: {code}"
            return Undecided(why, Hindrance.LIMIT)
        case Indeterminate(why):
            if rejection_due and (persists or why.startswith(DROPPED)):
                return Attributed("err.class.client")
            if persists and isinstance(due, Accept):
                return Attributed(own)
            return Undecided(f"no response: {why}", None if persists else Hindrance.NO_ANSWER)
        case Malformed() | Rejected() if is_server_error(outcome) and not _has_client_code(outcome):
            if rejection_due:
                return Attributed("err.class.client")
            if persists and isinstance(due, Accept):
                return Attributed(own)
            hindrance = hindrance_of(outcome) if isinstance(due, Accept) and not persists else None
            return Undecided(
                f"the response is a server error with status {outcome.status}", hindrance
            )
        case Malformed(why, status):
            if violated:
                see = min(violated)
                return Undecided(f"the response is not in the documented form ({why}), see {see}")
            if status >= 400 and _is_unspecified(due):
                return Undecided(f"the response is not in the documented form ({why})")
            return Attributed("err.shape" if rejection_due or status >= 400 else own)
        case Rejected(code):
            if bare(code) in ACCOUNT | LIMITS:
                why = f"an account state or a quota prevented a verdict: {code}"
                return Undecided(why, Hindrance.LIMIT)
            if isinstance(due, Either):
                return Undecided(f"the response is {code} with status {outcome.status}")
            if rejection_due and bare(code) in SERVER and SERVER_CLASS in violated:
                return Undecided(f"not decided: see {SERVER_CLASS}")
            return Attributed(own)
        case Accepted():
            return Attributed(own)


def _is_unspecified(due: Expectation) -> bool:
    """Whether no rule that is asserted speaks of the request: then no form of error is due."""
    asserted = (id for id in due.rules if CATALOGUE[id].asserted)
    return isinstance(due, Either) and set(asserted) <= _NO_QUERY


def _has_client_code(outcome: Outcome) -> bool:
    """Whether a server error has a client error code: then it counts as a rejection."""
    return isinstance(outcome, Rejected) and bare(outcome.code) not in SERVER


def rule_of_orphan(request: Request, outcome: Outcome, due: Expectation) -> str:
    """The rule that an orphan violates: by the reason for which its request was rejected."""
    if isinstance(outcome, Rejected) and request.dry_run == "true":
        return DRY_RUN
    rules = due.rules
    tags_alone = rules and all(rule.startswith(("tag.", "auth.tags")) for rule in rules)
    return ATOMIC_TAGS if tags_alone else ATOMIC
