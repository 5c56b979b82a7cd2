"""What a user can run into. Each is one sentence that says what to do, and an exit status."""

from __future__ import annotations


class AmiproofError(Exception):
    """Something that a user can mend."""

    exit_status = 2


class UsageError(AmiproofError):
    """The command line or the configuration asks for what cannot be done."""


class CannotTest(AmiproofError):
    """The endpoint cannot be tested: unreachable, no such action, no source instance."""

    exit_status = 3
