"""What the processes of a run have in common: made by one of them, for all to use.

Each image costs money and minutes. What every rule asks for, the plainest request and the covers,
and each story of an image is made once for all of the run: by the process that first comes to it,
while others that want it wait.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from filelock import FileLock

T = TypeVar("T")


class SharedCache(Protocol):
    """Where things are found that need not be made again."""

    shared: bool
    """Whether other processes may ask for them as well."""

    def once(self, what: str, make: Callable[[], T]) -> T:
        """A thing; made now if nobody has. What ``make`` raises is raised, and the next who asks
        makes it."""


class LocalCache:
    """Of a process that shares nothing."""

    shared = False

    def once(self, what: str, make: Callable[[], T]) -> T:
        return make()


class FileCache:
    """Of a process among several, by way of files in the run's folder.

    The folder is of this run alone and its processes are one user's, so that things may be pickled.
    """

    shared = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def once(self, what: str, make: Callable[[], T]) -> T:
        path = self._folder / f"{what}.pickle"
        with FileLock(path.with_suffix(".lock")):
            if path.exists():
                made: T = pickle.loads(path.read_bytes())
                return made
            made = make()
            whole = path.with_suffix(".part")
            whole.write_bytes(pickle.dumps(made))
            whole.replace(path)
            return made


def discard(folder: Path) -> None:
    """Remove what the processes of a run had in common, once they are over."""
    for path in folder.glob("*.pickle"):
        path.unlink(missing_ok=True)
        path.with_suffix(".lock").unlink(missing_ok=True)
