"""Turns connection errors into outcomes.

The texts name the kind of error. The errors' own texts are never used: they quote the URL, which
may hold a signature and a session token.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

import requests
import urllib3.exceptions as u3

from conformance.model.answer import Indeterminate, Malformed
from conformance.wire.exchange import UNREACHABLE
from conformance.wire.transport import never_sent


@dataclass(frozen=True, slots=True)
class Dropped:
    """A connection that ended before the first byte of a response."""

    why: str


def failure(error: BaseException, status: int = 0) -> Dropped | Indeterminate | Malformed:
    """The outcome of a connection error. ``status`` is 0 if no headers were received.

    The reason of Indeterminate begins with UNREACHABLE if the request was certainly not sent.
    Malformed is a response that is no HTTP.
    """
    chain = list(_causes(error))

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(each, kinds) for each in chain)

    unsent = _never_sent(chain)
    if unsent is not None:
        return Indeterminate(f"{UNREACHABLE}: {unsent}")
    if has(TimeoutError, u3.ReadTimeoutError, requests.ReadTimeout):
        return Indeterminate("timeout in the middle of the answer" if status else "timeout")
    if has(u3.InvalidChunkLength):
        return Malformed("broken chunked encoding", status)
    if has(u3.DecodeError):  # urllib3 refuses a long list of encodings
        return Malformed("too many content encodings", status)
    if status or has(http.client.IncompleteRead):
        return Indeterminate("connection closed in the middle of the answer")
    if has(http.client.RemoteDisconnected):
        return Dropped("connection closed without an answer")
    if has(ConnectionResetError, BrokenPipeError, ConnectionAbortedError, ssl.SSLEOFError):
        return Dropped("connection reset")
    if has(http.client.HTTPException, u3.InvalidHeader, u3.HeaderParsingError, ValueError):
        return Malformed("not an HTTP answer")
    return Indeterminate(f"no answer: {type(chain[-1]).__name__}")


def _never_sent(chain: list[BaseException]) -> str | None:
    """Why no connection was made, or None if one was made."""
    if any(isinstance(each, requests.exceptions.InvalidURL) for each in chain):
        return "the endpoint is no URL"
    if not any(never_sent(each) for each in chain):
        return None
    for kinds, why in _NEVER_SENT:
        if any(isinstance(each, kinds) for each in chain):
            return why
    return "no connection"


_NEVER_SENT: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((ConnectionRefusedError,), "connection refused"),
    ((u3.NameResolutionError, socket.gaierror), "the host's name has no address"),
    ((ssl.SSLCertVerificationError,), "the certificate is not trusted"),
    ((TimeoutError,), "timeout"),
    ((ssl.SSLError, u3.SSLError), "TLS fails"),
    ((u3.ProxyError,), "the proxy does not connect"),
    ((ConnectionResetError,), "connection reset"),
)
"""Errors of making a connection, specific ones first: one error often wraps another."""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, its causes, and the errors among its arguments."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop(0)
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
