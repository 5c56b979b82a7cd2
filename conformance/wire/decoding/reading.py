"""An answer being read: under a deadline, and with headers that are whole or none.

http.client does the reading. It takes headers that break off for whole ones, and what stands
behind a line that is no header for the body: here both are errors, as half an answer is none.
"""

from __future__ import annotations

import http.client
import io
import math
import re
import socket
import time
from email.errors import FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect
from email.policy import Compat32
from types import FunctionType
from typing import Any


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


_BROKEN = (MissingHeaderBodySeparatorDefect, FirstHeaderLineIsContinuationDefect)
_PLAIN = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([!-~][ -~]*)?\r?\n")
"""A header as nearly all are: printable ASCII, on one line."""
_MOST_PLAIN = 100
"""So many at most: http.client refuses more, in its own words."""


class _AsSent(Compat32):
    """Values as they were sent; what email does to them is for other characters than ASCII."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        return value


_AS_SENT = _AsSent()


def _headers(file: _Lines) -> http.client.HTTPMessage:
    """What http.client.parse_headers gives, without the parser of mail where all is plain."""
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
    """Lines that were read already, and then the file."""

    def __init__(self, lines: list[bytes], file: _Lines) -> None:
        self._lines = lines
        self._file = file

    def readline(self, size: int | None = -1) -> bytes:
        return self._lines.pop(0) if self._lines else self._file.readline(size)


_begin = FunctionType(
    http.client.HTTPResponse.begin.__code__, {**vars(http.client), "parse_headers": _headers}
)
"""http.client's reading of a status line and headers, with the headers read as above."""


class Response(http.client.HTTPResponse):
    """An answer being read, status line and headers included, under a deadline."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        timeout = sock.gettimeout()
        deadline = time.monotonic() + (math.inf if timeout is None else timeout)
        self.fp: _Lines = _Lines(_DeadlineReader(self.fp.detach(), sock, deadline))

    def begin(self) -> None:
        lines = self.fp
        _begin(self)
        lines.in_head = False
        if any(isinstance(each, _BROKEN) for each in self.headers.defects):
            raise http.client.HTTPException("a line of the headers is none")
