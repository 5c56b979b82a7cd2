"""The connection: requests' transport with one deadline for the whole response.

The read timeout of requests limits each read, so that an endpoint that sends one byte a second
blocks a run for ever. Here it limits the time from the end of the request to the end of the body.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import LocationValueError
from urllib3.util import Retry, Timeout

from conformance.clock import SYSTEM, Clock
from conformance.wire.decoding.reading import Response

Dial = Callable[[], Any]
"""Opens a connection to an endpoint in this process. It returns an object with the methods of a
socket that http.client uses, and ``ended``: whether the endpoint has closed the connection."""


class _Connection(HTTPConnection):
    """Sends a request in one packet; urllib3 sends headers and body apart."""

    response_class = Response
    _held: bytearray | None = None

    def request(self, *given: Any, **named: Any) -> None:
        self._held = bytearray()
        try:
            super().request(*given, **named)
            whole = bytes(self._held)
        finally:
            self._held = None
        self.send(whole)

    def send(self, data: Any) -> None:
        if self._held is None:
            super().send(data)
        else:
            self._held += data

    def connect(self) -> None:
        try:
            super().connect()
        except Exception as error:
            _mark(error)
            raise


class _Direct(_Connection):
    """A connection to an endpoint in this process."""

    dial: Dial

    def _new_conn(self) -> Any:
        return self.dial()

    @property
    def is_connected(self) -> bool:
        return not getattr(self.sock, "ended", True)


class _SecureConnection(HTTPSConnection):
    response_class = Response

    def connect(self) -> None:
        try:
            super().connect()
        except Exception as error:
            _mark(error)
            raise


def _mark(error: Exception) -> None:
    # A failed handshake and a connection lost later raise the same errors. Only here is it
    # certain that no byte of the request was sent.
    error.amiproof_never_sent = True  # type: ignore[attr-defined]


def never_sent(error: BaseException) -> bool:
    """Whether an error occurred while connecting, before any byte was sent."""
    return getattr(error, "amiproof_never_sent", False) is True


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _Pool, "https": _SecurePool}


class _Adapter(HTTPAdapter):
    """requests' adapter over connections with a deadline."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class Transport:
    """A persistent connection to one address. It never sends a request twice.

    requests creates the connection pool, with its certificates and proxies, once.
    """

    def __init__(
        self,
        url: str,
        verify: bool | str,
        proxies: Mapping[str, str],
        timeouts: tuple[float, float],
        clock: Clock = SYSTEM,
        dial: Dial | None = None,
    ) -> None:
        self._url = url
        self._verify = verify
        self._proxies = dict(proxies)
        self._clock, self._dial = clock, dial
        self._timeout = Timeout(connect=timeouts[0], read=timeouts[1])
        self._adapter = _Adapter(pool_connections=1, pool_maxsize=1, max_retries=0)
        self._retries = Retry(0, read=False)
        self._pool: Any = None
        self._target = ""
        """The request target: the path, or the whole URL for a proxy."""

    def send(
        self, method: str, query: str, headers: Mapping[str, str], body: bytes | None
    ) -> BaseHTTPResponse:
        """Send a request and read the status line and headers. Raises the libraries' errors."""
        if self._pool is None:
            self._connect()
        answer: BaseHTTPResponse = self._pool.urlopen(
            method,
            self._target + query,
            body,
            headers,
            self._retries,
            redirect=False,
            assert_same_host=False,
            timeout=self._timeout,
            preload_content=False,
            decode_content=False,
        )
        return answer

    def _connect(self) -> None:
        adapter: Any = self._adapter  # one of the steps has no types
        address = requests.PreparedRequest()
        address.url, address.headers = self._url, requests.structures.CaseInsensitiveDict()
        try:
            pool = adapter.get_connection_with_tls_context(
                address, self._verify, proxies=self._proxies
            )
        except LocationValueError as error:
            raise requests.exceptions.InvalidURL(error) from error
        adapter.cert_verify(pool, self._url, self._verify, None)
        self._target = adapter.request_url(address, self._proxies)
        pool.ConnectionCls = partial(self._connection, pool.ConnectionCls)
        self._pool = pool

    def _connection(self, kind: type[Any], *given: Any, **named: Any) -> Any:
        """A connection of the pool, whose responses are read under a deadline of the clock."""
        made = (_Direct if self._dial else kind)(*given, **named)
        made.dial = self._dial
        made.response_class = partial(Response, clock=self._clock)
        return made

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._pool = None
        self._adapter.close()


class _NoSignatures(logging.Filter):
    """Keeps URLs with a signature out of urllib3's log."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        return "X-Amz-" not in text and "Signature=" not in text


for _name in ("urllib3.connectionpool", "urllib3.connection"):
    logging.getLogger(_name).addFilter(_NoSignatures())
