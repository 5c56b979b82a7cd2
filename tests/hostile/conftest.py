"""Hostile endpoints: the reference endpoint with some of its responses replaced.

A replacement is bytes, or a function that writes to the socket. Each server ends with its test.
"""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from fixtures.reference import ADMINISTRATOR, Endpoint
from fixtures.reference.message import Answer, Request
from fixtures.reference.params import parse_form
from reports.results import Results, load
from tests.conftest import environment
from tests.warm import Warm

Sender = Callable[[socket.socket], None]
Twist = Callable[["Call"], "bytes | Sender | None"]


@dataclass
class Call:
    """A request, and the reference's response to it."""

    action: str
    params: dict[str, str]
    number: int
    """The number of the request among those of its action, from 1."""
    answer: Answer

    @property
    def accepted(self) -> bool:
        return self.answer.status == 200


@dataclass
class Done:
    """How a run ended."""

    status: int
    said: str
    seconds: float
    mebibytes: float
    folder: Path

    @property
    def results(self) -> Results:
        return load(self.folder / "amiproof-report" / "results.json")


class Hostile:
    """A server on loopback: the reference, except for the responses that ``twist`` returns."""

    def __init__(self, twist: Twist, endpoint: Endpoint | None = None) -> None:
        self.endpoint = endpoint or Endpoint()
        self.counts: Counter[str] = Counter()
        self.twist = twist
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open.add(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError, ValueError):
            file = connection.makefile("rb")
            while line := file.readline():
                method, target, _ = line.decode("latin-1").split(" ", 2)
                headers: dict[str, list[str]] = {}
                while (header := file.readline().decode("latin-1").strip()) != "":
                    name, _, value = header.partition(":")
                    headers.setdefault(name.lower(), []).append(value.strip())
                body = file.read(int(headers.get("content-length", ["0"])[0]))
                path, _, query = target.partition("?")
                request = Request(method, path, query.encode("latin-1"), headers, body)
                send = self._decide(request)
                if callable(send):
                    send(connection)
                    return
                connection.sendall(send)
        self._open.discard(connection)

    def _decide(self, request: Request) -> bytes | Sender:
        params = dict(parse_form(request.query) + parse_form(request.body))
        action = params.get("Action", "")
        with self._lock:
            self.counts[action] += 1
            call = Call(action, params, self.counts[action], self.endpoint.answer(request))
            twisted = self.twist(call)
        return plain(call.answer) if twisted is None else twisted

    def close(self) -> None:
        """Stop listening and close all connections."""
        for one in [self._listener, *self._open]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def plain(answer: Answer) -> bytes:
    """A response of the reference, as bytes."""
    return http(answer.body, answer.status, dict(answer.headers).get("content-type", "text/xml"))


def http(body: bytes, status: int = 200, kind: str = "text/xml", *more: str) -> bytes:
    """An HTTP response as bytes."""
    lines = [f"HTTP/1.1 {status} Said", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *more, "", ""]).encode() + body


@pytest.fixture
def hostile() -> Iterator[Callable[..., Hostile]]:
    """Start a hostile endpoint."""
    started: list[Hostile] = []

    def start(twist: Twist, endpoint: Endpoint | None = None) -> Hostile:
        started.append(Hostile(twist, endpoint))
        return started[-1]

    yield start
    for server in started:
        server.close()


@pytest.fixture
def run(tmp_path: Path, warm: Warm) -> Callable[..., Done]:
    """Run amiproof in a process of its own; measures its memory and time."""

    def start(url: str, *arguments: str, window: float = 0.5, timeout: float = 1.0) -> Done:
        (tmp_path / "amiproof.toml").write_text(
            f'[target.hostile]\nendpoint = "{url}"\nwindow = {window}\ntimeout = {timeout}\n'
        )
        began = time.monotonic()
        ended = warm.run(
            ("run", "hostile", *arguments), tmp_path, settings(tmp_path), timeout=240, mixed=True
        )
        seconds = time.monotonic() - began
        return Done(ended.returncode, ended.stdout, seconds, ended.mebibytes, tmp_path)

    return start


def settings(folder: Path) -> dict[str, str]:
    """An environment with credentials that the reference accepts."""
    return {
        **environment(folder / "state"),
        "AWS_ACCESS_KEY_ID": ADMINISTRATOR.access_key,
        "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR.secret_key,
    }
