"""Error codes that several rules share (Error codes for the Amazon EC2 API)."""

from __future__ import annotations

MISSING = frozenset({"MissingParameter", "MissingAction", "InvalidParameterCombination"})
"""A required parameter is missing: the texts of all three codes cover it (A12)."""

SERVER = frozenset(
    {"InternalError", "InternalFailure", "ServerInternal", "ServiceUnavailable", "Unavailable"}
)
"""The endpoint's own failures: the server table, without throttling and capacity."""

THROTTLING = frozenset(
    {
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "SlowDown",
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
    }
)
"""Too many requests, in the words of EC2 and of the services that SDKs retry."""

ACCOUNT = frozenset({"Blocked", "OptInRequired", "PendingVerification"})
"""Something about the account, not about the request: any action may answer so."""

LIMITS = frozenset(
    {
        "ResourceLimitExceeded",
        "SnapshotLimitExceeded",
        "ConcurrentSnapshotLimitExceeded",
        "PendingSnapshotLimitExceeded",
        "SnapshotCreationPerVolumeRateExceeded",
        "ConcurrentCreateImageNoRebootLimitExceeded",
    }
)
"""A quota or a rate: a good request may be refused so, and that decides no rule."""


def bare(code: str) -> str:
    """A code without the ``Client.`` or ``Server.`` that prose puts before it."""
    return code.removeprefix("Client.").removeprefix("Server.")
