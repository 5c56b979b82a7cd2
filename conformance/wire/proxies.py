"""The proxies of the environment: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from requests.utils import get_environ_proxies


def environment_proxies(url: str) -> dict[str, str]:
    """The proxies for an address, by scheme. An address on this machine has none."""
    host = urlsplit(url).hostname or ""
    return {} if _is_loopback(host) else dict(get_environ_proxies(url))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
