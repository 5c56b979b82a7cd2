"""A warm start: a process that has imported what every command imports, and forks for each.

A short command spends most of its time on imports, and the tests run hundreds. The forked process
runs the command's ``main`` with the given arguments, folder and environment. Tests start a new
process for a command that they talk to while it runs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PRELOADED = ("conformance.cli", "conformance.commands.run", "hypothesis", "strategies.mappings",
             "conformance.engine.property.target_exercise", "conformance.replay.run",
             "fixtures.reference", "reports.html", "xdist.plugin")  # fmt: skip


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str
    mebibytes: float
    """The most memory that it had at a time."""


class Warm:
    """Runs commands, one after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", __file__],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(
        self,
        arguments: Sequence[str],
        folder: Path,
        env: Mapping[str, str],
        timeout: float,
        *,
        mixed: bool = False,
    ) -> Ended:
        """Run a command to its end, ``mixed`` with errors among the output.

        Raises subprocess.TimeoutExpired once it is killed.
        """
        with tempfile.TemporaryDirectory() as apart:
            out, err = Path(apart) / "out", Path(apart) / ("out" if mixed else "err")
            self._tell([list(arguments), str(folder), dict(env), str(out), str(err)])
            status, mebibytes, killed = self._wait(timeout)
            stdout = out.read_bytes().decode(errors="replace")
            stderr = "" if mixed else err.read_bytes().decode(errors="replace")
        if killed:
            raise subprocess.TimeoutExpired(list(arguments), timeout, stdout, stderr)
        return Ended(status, stdout, stderr, mebibytes)

    def _wait(self, timeout: float) -> tuple[int, float, bool]:
        """Exit status and memory of a process, and whether it had to be killed."""
        pid = self._hear()
        late = threading.Event()

        def kill() -> None:
            late.set()
            with suppress(ProcessLookupError):
                os.kill(pid, 9)

        timer = threading.Timer(timeout, kill)
        timer.start()
        status, kibibytes = self._hear()
        timer.cancel()
        return os.waitstatus_to_exitcode(status), kibibytes / 1024, late.is_set()

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)

    def _tell(self, what: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()

    def _hear(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


def _serve() -> None:
    """Fork for each line of standard input."""
    for name in PRELOADED:
        __import__(name)
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            _become(*json.loads(line))
        print(json.dumps(pid), flush=True)
        _, status, usage = os.wait4(pid, 0)
        print(json.dumps([status, usage.ru_maxrss]), flush=True)


def _become(
    arguments: list[str], folder: str, env: dict[str, str], stdout: str, stderr: str
) -> None:
    """Be the command, in this process, to its end."""
    from conformance.cli import main

    for number, path, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, stdout, os.O_WRONLY | os.O_CREAT | os.O_APPEND),
        (2, stderr, os.O_WRONLY | os.O_CREAT | os.O_APPEND),
    ):
        opened = os.open(path, flags)
        os.dup2(opened, number)
        os.close(opened)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = ["amiproof", *arguments]
    main(arguments)


if __name__ == "__main__":
    _serve()
