"""Servers on loopback that send given bytes and end with their test."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

LIFE = 10.0


@dataclass
class Server:
    """A server. ``requests`` has each request that it received."""

    url: str
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0


Handler = Callable[[socket.socket, Server], None]


def read_request(connection: socket.socket, server: Server) -> bytes:
    """Read one request; b"" at the end of the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(body) < length:
        body += connection.recv(65536)
    server.requests.append(head + b"\r\n\r\n" + body)
    return server.requests[-1]


def http(
    body: bytes, status: str = "200 OK", headers: str = "Content-Type: text/xml", length: int = -1
) -> bytes:
    """A response as bytes. ``length`` is a false Content-Length."""
    size = len(body) if length < 0 else length
    extra = f"{headers}\r\n" if headers else ""
    return f"HTTP/1.1 {status}\r\n{extra}Content-Length: {size}\r\n\r\n".encode() + body


@pytest.fixture
def serve() -> Iterator[Callable[[bytes | Handler], Server]]:
    """Start a server with the bytes of each response, or a function that gets the connection."""
    listeners: list[socket.socket] = []

    def start(what: bytes | Handler) -> Server:
        listener = socket.create_server(("127.0.0.1", 0))
        listener.settimeout(LIFE)
        listeners.append(listener)
        server = Server(f"http://127.0.0.1:{listener.getsockname()[1]}")

        def handle(connection: socket.socket) -> None:
            connection.settimeout(LIFE)
            with connection, suppress(OSError):
                if callable(what):
                    what(connection, server)
                else:
                    while read_request(connection, server):
                        connection.sendall(what)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    server.connections += 1
                    threading.Thread(target=handle, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return server

    yield start
    for listener in listeners:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@pytest.fixture
def answer_bytes() -> Callable[..., bytes]:
    return http


@pytest.fixture
def one_request() -> Callable[[socket.socket, Server], bytes]:
    return read_request
