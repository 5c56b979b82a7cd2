"""The gauge: how many requests a process has sent, and what it waits for, while it works.

Records of properties arrive when a property ends. The gauge shows what happens before: each process
of a run keeps its counts in a small file that the controller maps too. No verdict depends on it.
"""

from __future__ import annotations

import contextlib
import mmap
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_LAYOUT = struct.Struct("<QQd64s")
"""Requests, images, the start of the wait in seconds since 1970, and its subject."""
_SUFFIX = ".gauge"


@dataclass(frozen=True, slots=True)
class Reading:
    """The gauges of all processes of a run."""

    requests: int = 0
    images: int = 0
    waits: tuple[tuple[str, float], ...] = ()
    """What each process waits for, and for how many seconds; a process that works has no entry."""


class Gauge:
    """The gauge of one process."""

    def __init__(self) -> None:
        self._data: bytearray | mmap.mmap = bytearray(_LAYOUT.size)
        self._folder: Path | None = None
        self._requests = self._images = 0

    def open(self, folder: Path, name: str) -> None:
        """Show the process's counts in a run's folder. The first name of a process stays."""
        if folder == self._folder:
            return
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}{_SUFFIX}"
        path.write_bytes(bytes(_LAYOUT.size))
        with path.open("r+b") as file:
            self._data = mmap.mmap(file.fileno(), _LAYOUT.size)
        self._folder, self._requests, self._images = folder, 0, 0

    def sends(self) -> None:
        """Count a request."""
        self._requests += 1
        struct.pack_into("<Q", self._data, 0, self._requests)

    def has_image(self) -> None:
        """Count an image that an answer names."""
        self._images += 1
        struct.pack_into("<Q", self._data, 8, self._images)

    @contextlib.contextmanager
    def waiting(self, subject: str) -> Iterator[None]:
        """Show what the process waits for, until the block ends."""
        text = subject.encode("utf-8", "replace")[:64]
        struct.pack_into("<d64s", self._data, 16, time.time(), text)
        try:
            yield
        finally:
            struct.pack_into("<d64s", self._data, 16, 0.0, b"")


GAUGE = Gauge()
"""The gauge of this process."""


def read(folder: Path) -> Reading:
    """The gauges in a run's folder, summed."""
    requests = images = 0
    waits = []
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        data = path.read_bytes()
        if len(data) < _LAYOUT.size:
            continue
        sent, made, since, subject = _LAYOUT.unpack(data)
        requests, images = requests + sent, images + made
        if since:
            text = subject.rstrip(b"\0").decode("utf-8", "ignore")
            waits.append((text, max(time.time() - since, 0.0)))
    return Reading(requests, images, tuple(waits))
