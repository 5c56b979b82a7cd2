"""The connection: requests' transport, with a deadline for the whole of an answer.

The timeouts of requests bound each single read, so that an endpoint that sends one byte a second
holds a run for ever. Here the read timeout bounds everything from the end of the request to the
end of the body.
"""

from __future__ import annotations

import http.client
import io
import logging
import math
import socket
import time
from email.errors import FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class _DeadlineReader(io.RawIOBase):
    """Reads from a socket until a moment, whatever the number of reads."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: float) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        self._sock.settimeout(left if left < math.inf else None)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        # The socket is closed when its last reader is: this one has to let go of it.
        if not self.closed:
            self._raw.close()
        super().close()


_BROKEN = (MissingHeaderBodySeparatorDefect, FirstHeaderLineIsContinuationDefect)


class _Lines(io.BufferedReader):
    """A buffered reader that tells the end of the headers from the end of the connection."""

    in_head = True
    started = False

    def readline(self, size: int | None = -1) -> bytes:
        line = super().readline(size)
        # No first line at all is http.client's to name: it says that the peer hung up.
        if (
            self.in_head
            and not line.endswith(b"\n")
            and len(line) != size
            and (line or self.started)
        ):
            raise http.client.IncompleteRead(line)
        self.started = True
        return line


class _Response(http.client.HTTPResponse):
    """An answer being read, status line and headers included, under a deadline.

    http.client takes headers that break off for whole ones, and what stands behind a line that
    is no header for the body: here both are errors, as half an answer is none.
    """

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        timeout = sock.gettimeout()
        deadline = time.monotonic() + (math.inf if timeout is None else timeout)
        self.fp: _Lines = _Lines(_DeadlineReader(self.fp.detach(), sock, deadline))

    def begin(self) -> None:
        lines = self.fp
        super().begin()
        lines.in_head = False
        if any(isinstance(each, _BROKEN) for each in self.headers.defects):
            raise http.client.HTTPException("a line of the headers is none")


class _Connection(HTTPConnection):
    response_class = _Response

    def connect(self) -> None:
        try:
            super().connect()
        except Exception as error:
            _mark(error)
            raise


class _SecureConnection(HTTPSConnection):
    response_class = _Response

    def connect(self) -> None:
        try:
            super().connect()
        except Exception as error:
            _mark(error)
            raise


def _mark(error: Exception) -> None:
    # The same kinds of error come of a failed handshake and of a connection lost later. Only
    # here is it certain that no byte of the request was sent.
    error.amiproof_never_sent = True  # type: ignore[attr-defined]


def never_sent(error: BaseException) -> bool:
    """Whether an error came of making the connection, before anything was sent."""
    return getattr(error, "amiproof_never_sent", False) is True


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _Pool, "https": _SecurePool}


class DeadlineAdapter(HTTPAdapter):
    """requests' transport over connections with a deadline; it never sends twice."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class _NoSignatures(logging.Filter):
    """Keeps URLs with a signature in them out of urllib3's log, which prints them all."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        return "X-Amz-" not in text and "Signature=" not in text


for _name in ("urllib3.connectionpool", "urllib3.connection"):
    logging.getLogger(_name).addFilter(_NoSignatures())
