"""Reads a response with http.client, under a deadline and strictly.

http.client accepts headers that break off, and takes the text after a broken header line for the
body. Here both are errors.
"""

from __future__ import annotations

import http.client
import io
import math
import re
import socket
from email.errors import FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect
from email.policy import Compat32
from types import FunctionType
from typing import Any

from conformance.clock import SYSTEM, Clock


class _DeadlineReader(io.RawIOBase):
    """Reads from a socket until a deadline, however many reads there are."""

    def __init__(
        self, raw: io.RawIOBase, sock: socket.socket, clock: Clock, deadline: float
    ) -> None:
        self._raw = raw
        self._sock = sock
        self._clock, self._deadline = clock, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - self._clock.now()
        if left <= 0:
            raise TimeoutError("the response takes too long")
        self._sock.settimeout(left if left < math.inf else None)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        # The socket closes with its last reader: this reader must release it.
        if not self.closed:
            self._raw.close()
        super().close()


class _Lines(io.BufferedReader):
    """A buffered reader that raises when the connection ends inside the headers."""

    in_head = True
    started = False

    def readline(self, size: int | None = -1) -> bytes:
        line = super().readline(size)
        # http.client itself reports a connection that ends before the first line.
        if (
            self.in_head
            and not line.endswith(b"\n")
            and len(line) != size
            and (line or self.started)
        ):
            raise http.client.IncompleteRead(line)
        self.started = True
        return line


_BROKEN = (MissingHeaderBodySeparatorDefect, FirstHeaderLineIsContinuationDefect)
_PLAIN = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([!-~][ -~]*)?\r?\n")
"""A usual header: printable ASCII on one line."""
_MOST_PLAIN = 100
"""The most headers that http.client accepts."""


class _AsSent(Compat32):
    """Returns header values as sent. The email package alters only non-ASCII values."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        return value


_AS_SENT = _AsSent()


def _headers(file: _Lines) -> http.client.HTTPMessage:
    """The result of http.client.parse_headers, without the slow email parser for usual headers."""
    lines: list[bytes] = []
    found = http.client.HTTPMessage(policy=_AS_SENT)
    while len(lines) < _MOST_PLAIN:
        line = file.readline(65537)
        if line in (b"\r\n", b"\n"):
            return found
        lines.append(line)
        plain = _PLAIN.fullmatch(line)
        if plain is None:
            break
        found.set_raw(plain[1].decode("ascii"), (plain[2] or b"").decode("ascii"))
    return http.client.parse_headers(_Again(lines, file))


class _Again:
    """A file that returns lines that were read already before it reads on."""

    def __init__(self, lines: list[bytes], file: _Lines) -> None:
        self._lines = lines
        self._file = file

    def readline(self, size: int | None = -1) -> bytes:
        return self._lines.pop(0) if self._lines else self._file.readline(size)


_begin = FunctionType(
    http.client.HTTPResponse.begin.__code__, {**vars(http.client), "parse_headers": _headers}
)
"""http.client's reader of a status line and headers, with the parser above."""


class Response(http.client.HTTPResponse):
    """A response that is read under a deadline, status line and headers included."""

    def __init__(
        self, sock: socket.socket, *args: Any, clock: Clock = SYSTEM, **kwargs: Any
    ) -> None:
        super().__init__(sock, *args, **kwargs)
        timeout = sock.gettimeout()
        deadline = clock.now() + (math.inf if timeout is None else timeout)
        self.fp: _Lines = _Lines(_DeadlineReader(self.fp.detach(), sock, clock, deadline))

    def begin(self) -> None:
        lines = self.fp
        _begin(self)
        lines.in_head = False
        if any(isinstance(each, _BROKEN) for each in self.headers.defects):
            raise http.client.HTTPException("a broken header line")
