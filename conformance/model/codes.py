"""Error codes that several rules share (Error codes for the Amazon EC2 API)."""

from __future__ import annotations

MISSING = frozenset({"MissingParameter", "MissingAction", "InvalidParameterCombination"})
"""A required parameter is missing: the texts of all three codes cover it."""

DRY_RUN_CODE = "DryRunOperation"
"""The answer to a dry run by a caller who has the permission."""

UNKNOWN = "UnknownParameter"
"""A parameter that the endpoint does not know."""

NO_SUCH_ACTION = frozenset({"InvalidAction", "UnknownAction", "NotImplemented"})
"""The endpoint does not have the action. Of an action beside CreateImage, no rule forbids that."""

SERVER = frozenset(
    {"InternalError", "InternalFailure", "ServerInternal", "ServiceUnavailable", "Unavailable"}
)
"""Server errors: the documents' server table, without throttling and capacity."""

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
"""Throttling: the codes of EC2 and of other services that SDKs retry."""

ACCOUNT = frozenset({"Blocked", "OptInRequired", "PendingVerification"})
"""The account is at fault, not the request: any action may answer with these."""

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
"""A quota or a rate limit: a valid request may be rejected with these, which decides no rule."""

QUOTAS = frozenset(
    {
        "VcpuLimitExceeded",
        "InstanceLimitExceeded",
        "InsufficientInstanceCapacity",
        "InsufficientCapacity",
        "InsufficientHostCapacity",
        "InsufficientFreeAddressesInSubnet",
        "MaxSpotInstanceCountExceeded",
        "VolumeLimitExceeded",
    }
)
"""Quotas and capacity that a launch meets."""

CREDENTIALS = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"})
"""The session of the credentials is over."""


def bare(code: str) -> str:
    """A code without the prefix ``Client.`` or ``Server.``."""
    return code.removeprefix("Client.").removeprefix("Server.")
