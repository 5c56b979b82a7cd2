"""Results that the processes of a run share, because each image costs money and minutes.

The minimal request, the covering requests and each scenario are executed once in a run. The first
process that needs one executes it; the others wait for its result.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from filelock import FileLock

T = TypeVar("T")


class SharedCache(Protocol):
    """Keeps results by name."""

    shared: bool
    """Whether other processes use the same cache."""

    def once(self, what: str, make: Callable[[], T]) -> T:
        """The result of this name; ``make`` is called where there is none yet.

        An exception of ``make`` is raised and not kept: the next call makes the result.
        """


class LocalCache:
    """Keeps nothing: the process shares with no other."""

    shared = False

    def once(self, what: str, make: Callable[[], T]) -> T:
        return make()


class FileCache:
    """Keeps results in files of the run's folder.

    Pickle is safe here: only this run's processes, all of one user, write to the folder.
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
    """Remove the files of a run's cache, once its processes ended."""
    for path in folder.glob("*.pickle"):
        path.unlink(missing_ok=True)
        path.with_suffix(".lock").unlink(missing_ok=True)
