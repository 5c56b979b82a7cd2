"""What a user can run into. Each is one sentence that says what to do, and an exit status."""

from __future__ import annotations


class AmiproofError(Exception):
    """Something that a user can mend."""

    exit_status = 2


class UsageError(AmiproofError):
    """The command line or the configuration asks for what cannot be done."""


class CutShort(BaseException):
    """The run has to end here: its budget is spent, or the endpoint has stopped to answer.

    No Exception, so that nothing on the way takes it for a refusal or a deviation: Hypothesis
    would shrink it.
    """


class NotRecorded(Exception):
    """A recording is judged, and has not got what a rule of today wants to send."""


class CannotTest(AmiproofError):
    """The endpoint cannot be tested: unreachable, no such action, no source instance."""

    exit_status = 3
