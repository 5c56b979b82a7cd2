"""What the processes of a run have in common: trials that one of them makes and all may use.

Each image costs money and minutes. What every rule asks for, the plainest request and the covers,
is made once for all of the run: by the process that first comes to it, while the others wait.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from filelock import FileLock

if TYPE_CHECKING:
    from conformance.engine.trial import Trial

Make = Callable[[], "list[Trial]"]


class Common(Protocol):
    """Where trials are found that need not be made again."""

    def trials(self, make: Make) -> list[Trial]:
        """The trials that all processes use; made now if nobody has."""


class Alone:
    """Of a process that shares nothing."""

    def trials(self, make: Make) -> list[Trial]:
        return make()


class Shared:
    """Of a process among several, by way of a file in the run's folder.

    The file is of this run alone and its processes are one user's, so that it may be pickled.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "trials.pickle"
        self._lock = FileLock(folder / "trials.lock")

    def trials(self, make: Make) -> list[Trial]:
        with self._lock:
            if self._path.exists():
                made: list[Trial] = pickle.loads(self._path.read_bytes())
                return made
            made = make()
            whole = self._path.with_suffix(".part")
            whole.write_bytes(pickle.dumps(made))
            whole.replace(self._path)
            return made
