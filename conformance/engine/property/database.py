"""The example database of Hypothesis: a folder, or a redis server that machines share.

It holds requests that failed. A run sends them first and generates the others all the same, so
verdicts do not depend on the database.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase

from conformance.engine.core.errors import UsageError

if TYPE_CHECKING:
    from redis import Redis

_SERVERS = ("redis", "rediss", "unix")
_PATIENCE = 5.0
"""Seconds to wait for a server's answer."""


class Address(msgspec.Struct, frozen=True):
    """The address of a database. It is printed without user name and password."""

    url: str

    def __str__(self) -> str:
        scheme, there, _ = self.url.partition("://")
        if not there:
            return self.url
        try:
            parts = urlsplit(self.url)
            where = parts.hostname or ""
            port = f":{parts.port}" if parts.port else ""
        except ValueError:
            return f"{scheme}://..."
        return f"{scheme}://{where}{port}{parts.path}"

    def __repr__(self) -> str:
        return f"Address({self})"


class Examples:
    """The database of all rules. Each arm of a rule has a part of its own."""

    def __init__(self, address: Address) -> None:
        """Raises UsageError if the address is not that of a database."""
        self.address = address
        self._server = _server(address) if "://" in address.url else None
        self._lost: list[str] = []

    def of(self, part: str) -> ExampleDatabase:
        """The part of one arm, the same in every process and on every machine."""
        if self._server is None:
            folder = re.sub(r"[^\w.]+", "-", part)
            return DirectoryBasedExampleDatabase(Path(self.address.url) / folder)
        from hypothesis.extra.redis import RedisExampleDatabase

        prefix = f"amiproof:{part}:".encode()
        return _Optional(RedisExampleDatabase(self._server, key_prefix=prefix), self._lost)

    def close(self) -> None:
        """Close the connections."""
        if self._server is not None:
            self._server.close()


def check(address: Address) -> None:
    """Check that the database answers. Raises UsageError."""
    server = _server(address) if "://" in address.url else None
    if server is None:
        try:
            Path(address.url).mkdir(parents=True, exist_ok=True)
        except OSError as why:
            raise UsageError(
                f"--database {address.url!r} is not a writable folder: {why.strerror}."
            ) from None
        return
    import redis

    try:
        server.ping()
    except redis.AuthenticationError:
        raise UsageError(f"--database {address} refuses the name and password.") from None
    except (redis.ConnectionError, redis.TimeoutError, OSError):
        raise UsageError(f"--database {address} does not answer.") from None
    except redis.RedisError:
        raise UsageError(f"--database {address} cannot be used.") from None
    finally:
        server.close()


def _server(address: Address) -> Redis:
    """A client of the server. Its errors can quote the address, so they are never printed."""
    if address.url.partition("://")[0] not in _SERVERS:
        raise UsageError(
            f"--database {address} is not a database: give redis://HOST:PORT/NUMBER or a folder."
        )
    try:
        import redis
    except ImportError:
        raise UsageError(
            f"--database {address} needs redis: pip install 'amiproof[redis]'."
        ) from None
    try:
        server: Redis = redis.Redis.from_url(
            address.url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE
        )
    except ValueError:
        raise UsageError(
            f"--database {address} is not an address: give redis://HOST:PORT/NUMBER."
        ) from None
    return server


class _Optional(ExampleDatabase):
    """A database on a server. After the first error the run goes on without it."""

    def __init__(self, server: ExampleDatabase, lost: list[str]) -> None:
        super().__init__()
        from redis import RedisError

        self._server = server
        self._lost = lost
        self._failures = (OSError, RedisError)

    def save(self, key: bytes, value: bytes) -> None:
        self._try(lambda: self._server.save(key, value))

    def fetch(self, key: bytes) -> Iterable[bytes]:
        found: list[bytes] = []
        self._try(lambda: found.extend(self._server.fetch(key)))
        return found

    def delete(self, key: bytes, value: bytes) -> None:
        self._try(lambda: self._server.delete(key, value))

    def move(self, src: bytes, dest: bytes, value: bytes) -> None:
        self._try(lambda: self._server.move(src, dest, value))

    def _try(self, do: Callable[[], None]) -> None:
        if not self._lost:
            try:
                do()
            except self._failures as why:
                self._lost.append(type(why).__name__)
