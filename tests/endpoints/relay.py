"""A relay on loopback: passes connections on, ends TLS, or is an HTTP proxy that tunnels."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit


class Relay:
    """Passes each connection on to one address, whatever address the client asks for."""

    def __init__(
        self,
        upstream: str,
        *,
        family: socket.AddressFamily = socket.AF_INET,
        tls: ssl.SSLContext | None = None,
        proxy: bool = False,
    ) -> None:
        parts = urlsplit(upstream)
        self._upstream = parts.hostname or "", parts.port or 0
        self._tls, self._proxy = tls, proxy
        self.asked: list[str] = []
        """The first line of each tunnel that a client asked for."""
        self._listener = socket.socket(family, socket.SOCK_STREAM)
        self._listener.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        self._listener.listen(64)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            if self._proxy:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(65536)
                self.asked.append(head.split(b"\r\n")[0].decode())
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            other = socket.create_connection(self._upstream)
            threading.Thread(target=_copy, args=(other, connection), daemon=True).start()
            _copy(connection, other)

    def close(self) -> None:
        self._listener.close()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for each in (source, sink):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def relay(upstream: str, **how: object) -> Iterator[Relay]:
    """A relay for as long as the block runs."""
    made = Relay(upstream, **how)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        made.close()
