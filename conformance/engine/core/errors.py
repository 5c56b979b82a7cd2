"""The errors that a user can cause or meet. Each message is a sentence that says what to do."""

from __future__ import annotations

from conformance.model.hindrance import Hindrance


class AmiproofError(Exception):
    """An error that a user can fix."""

    exit_status = 2


class UsageError(AmiproofError):
    """The command line or the configuration is wrong."""


class CutShort(BaseException):
    """The run has to end now: its budget is spent, or the endpoint has stopped responding.

    It is no Exception, so that no caller takes it for a rejection and Hypothesis does not shrink
    it.
    """

    def __init__(self, why: str, hindrance: Hindrance = Hindrance.NO_ANSWER) -> None:
        super().__init__(why)
        self.hindrance = hindrance


class NotRecorded(Exception):
    """The recording that is judged lacks a request of today's property."""


class CannotTest(AmiproofError):
    """The endpoint cannot be tested: it is unreachable, or lacks the action or an instance."""

    exit_status = 3
