"""The target of a run: an endpoint, a region, credentials and time limits."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from conformance.engine.core.errors import UsageError


class Keys(msgspec.Struct, frozen=True):
    """Built-in credentials of an endpoint on loopback. No other endpoint accepts them."""

    access_key: str
    secret_key: str


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint and its settings. Durations are in seconds."""

    name: str
    """As given on the command line: ``moto``, ``reference``, ``aws``, an address, or a
    configured name."""
    endpoint: str
    region: str = "us-east-1"
    profile: str | None = None
    denied_profile: str | None = None
    no_tags_profile: str | None = None
    keys: Keys | None = None
    """Built-in credentials, in place of the AWS credential chain."""
    denied_keys: Keys | None = None
    no_tags_keys: Keys | None = None
    image_id: str | None = None
    """The image to launch source instances of; found by DescribeImages when None."""
    instance_id: str | None = None
    """A running instance to use as the source; never stopped, terminated or changed."""
    instance_type: str = "t3.micro"
    subnet_id: str | None = None
    window: float = 5.0
    """How long to wait for a state to be reached or a failed check to pass."""
    timeout: float = 30.0
    """How long one response may take."""
    real: bool = False
    """Whether it is an AWS account."""
    accounts: tuple[str, ...] = ()
    """Ids of the AWS accounts that may be tested."""
    account: str = ""
    """The id of the AWS account, once it is known."""
    capabilities: dict[str, bool] = {}

    def has(self, capability: str) -> bool:
        """Whether the configuration leaves a capability to be tried."""
        return self.capabilities.get(capability, True)


def is_loopback(endpoint: str) -> bool:
    """Whether a URL is on this machine."""
    host = urlsplit(endpoint).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")


def checked_endpoint(endpoint: str) -> str:
    """The URL without a slash at its end. Raises UsageError if it is no URL."""
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"{endpoint!r} is no target: give moto, reference, aws, a configured name or a URL such"
            " as http://127.0.0.1:5000."
        )
    return endpoint.rstrip("/")
