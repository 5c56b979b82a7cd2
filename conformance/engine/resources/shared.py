"""Results that the processes of a run share, because each image costs money and minutes.

The minimal request, the covering requests and each scenario are executed once in a run. The first
process that needs one executes it; the others wait for its result.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from filelock import FileLock, Timeout

T = TypeVar("T")


class SharedCache(Protocol):
    """Keeps results by name."""

    shared: bool
    """Whether other processes use the same cache."""

    def once(self, what: str, make: Callable[[], T]) -> T:
        """The result of this name; ``make`` is called where there is none yet.

        An exception of ``make`` is raised and not kept: the next call makes the result.
        """

    def kept(self, what: str) -> object:
        """The result of this name, or None if there is none yet."""

    def claim(self, what: str) -> bool:
        """Whether this process may make the result; until then no other does so.

        A claim ends with :meth:`keep` or :meth:`give_up`, or with the process.
        """

    def keep(self, what: str, made: object) -> None:
        """Keep the result that this process has claimed."""

    def give_up(self, *what: str) -> None:
        """End these claims without a result, or every claim."""


class LocalCache:
    """Keeps nothing: the process shares with no other."""

    shared = False

    def once(self, what: str, make: Callable[[], T]) -> T:
        return make()

    def kept(self, what: str) -> object:
        return None

    def claim(self, what: str) -> bool:
        return True

    def keep(self, what: str, made: object) -> None:
        pass

    def give_up(self, *what: str) -> None:
        pass


class FileCache:
    """Keeps results in files of the run's folder.

    Pickle is safe here: only this run's processes, all of one user, write to the folder.
    """

    shared = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._claims: dict[str, FileLock] = {}

    def once(self, what: str, make: Callable[[], T]) -> T:
        path = self._path(what)
        with FileLock(path.with_suffix(".lock")):
            if path.exists():
                made: T = pickle.loads(path.read_bytes())
                return made
            made = make()
            _write(path, made)
            return made

    def kept(self, what: str) -> object:
        path = self._path(what)
        return pickle.loads(path.read_bytes()) if path.exists() else None

    def claim(self, what: str) -> bool:
        lock = FileLock(self._path(what).with_suffix(".lock"))
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return False
        if self._path(what).exists():  # made since the caller looked
            lock.release()
            return False
        self._claims[what] = lock
        return True

    def keep(self, what: str, made: object) -> None:
        _write(self._path(what), made)
        self._claims.pop(what).release()

    def give_up(self, *what: str) -> None:
        for each in what or tuple(self._claims):
            if lock := self._claims.pop(each, None):
                lock.release()

    def _path(self, what: str) -> Path:
        return self._folder / f"{what}.pickle"


def _write(path: Path, made: object) -> None:
    whole = path.with_suffix(".part")
    whole.write_bytes(pickle.dumps(made))
    whole.replace(path)


def discard(folder: Path) -> None:
    """Remove the files of a run's cache, once its processes ended."""
    for path in folder.glob("*.pickle"):
        path.unlink(missing_ok=True)
        path.with_suffix(".lock").unlink(missing_ok=True)
