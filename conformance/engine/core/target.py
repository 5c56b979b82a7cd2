"""The target of a run: an endpoint, a region, credentials and time limits."""

from __future__ import annotations

import contextlib
import ipaddress
import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from conformance.engine.core.effort import EffortName, default_effort
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
    instance_type: str = ""
    """The type of source instances; the cheapest that the target has if empty."""
    subnet_id: str | None = None
    sources: int = 4
    """The most source instances over which images are planned where the target limits each."""
    limits: Literal["", "aws"] = ""
    """Whose documented limits the run keeps to from the start; others it learns."""
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

    @property
    def default_effort(self) -> EffortName:
        """The effort of a run against the target whose options name none."""
        return default_effort(free=is_loopback(self.endpoint) and not self.limits)

    def has(self, capability: str) -> bool:
        """Whether the configuration leaves a capability to be tried."""
        return self.capabilities.get(capability, True)


def is_loopback(endpoint: str) -> bool:
    """Whether a URL is on this machine."""
    host = urlsplit(endpoint).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")


_ADDRESS = re.compile(
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?\.?)"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<path>/\S*)?"
)


def with_scheme(address: str) -> str:
    """The URL of an address that has no scheme; any other text as it is.

    A port other than 443 and an address on this machine speak HTTP, everything else HTTPS.
    """
    if "://" in address:
        return address
    with contextlib.suppress(ValueError):
        address = f"[{ipaddress.IPv6Address(address)}]"
    found = _ADDRESS.fullmatch(address)
    if found is None or Path(address).exists():
        return address
    host, port = found["host"], found["port"]
    if not port and "." not in host and host != "localhost" and not host.startswith("["):
        return address
    plain = is_loopback(f"http://{host}") or (port is not None and port != "443")
    return f"{'http' if plain else 'https'}://{address}"


def checked_endpoint(endpoint: str) -> str:
    """The URL without a slash at its end. Raises UsageError if it is no URL."""
    url = with_scheme(endpoint)
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port above 65535, brackets that do not match
        fits = False
    if not fits:
        raise UsageError(
            f"{endpoint!r} is no target: give moto, reference, aws, a configured name or an address"
            " such as http://127.0.0.1:5000."
        )
    return url.rstrip("/")
