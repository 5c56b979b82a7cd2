"""Hindrances: causes for which a rule stays untested although another run may decide it."""

from __future__ import annotations

from enum import StrEnum

from conformance.model.answer import Indeterminate, Limited, Malformed, Outcome, Rejected, Throttled
from conformance.model.codes import ACCOUNT, CREDENTIALS, LIMITS, QUOTAS, bare


class Hindrance(StrEnum):
    """What kept a run from a verdict: it speaks of the run, not of the target."""

    LIMIT = "a limit of the account"
    THROTTLING = "throttling"
    NO_ANSWER = "answers that did not come"
    TIME = "a wait that ended too soon"
    BUDGET = "the budget"
    INTERRUPTION = "an interruption"
    CREDENTIALS = "credentials that were not accepted"
    RECORDING = "requests that the recording lacks"


def hindrance_of(outcome: Outcome) -> Hindrance | None:
    """The hindrance that an outcome gives, or None if another run gets the same outcome."""
    match outcome:
        case Limited():
            return Hindrance.LIMIT
        case Throttled():
            return Hindrance.THROTTLING
        case Indeterminate():
            return Hindrance.NO_ANSWER
        case Rejected(code) if bare(code) in LIMITS | QUOTAS | ACCOUNT:
            return Hindrance.LIMIT
        case Rejected(code) if bare(code) in CREDENTIALS:
            return Hindrance.CREDENTIALS
        case Rejected(_, 503) | Malformed(_, 503):
            return Hindrance.NO_ANSWER
    return None
