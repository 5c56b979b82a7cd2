"""A warm start: a process that has imported what every command imports, and forks for each.

A short command spends most of its time on imports, and the tests run hundreds. The forked process
runs the command's ``main`` with the given arguments, folder and environment.
"""

from __future__ import annotations

import atexit
import gc
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import IO, Any, NoReturn, cast

PACKAGES = ("conformance", "fixtures", "reports", "strategies", "_pytest")
"""Imported with all of their modules."""
MODULES = ("_hypothesis_pytestplugin", "_strptime", "execnet.gateway_base", "faulthandler",
           "hypothesis.stateful", "multiprocessing.spawn", "pdb", "rich.live", "rich.progress",
           "rich.table", "uvicorn.protocols.http.httptools_impl", "xdist.dsession",
           "xdist.looponfail", "xdist.plugin", "xdist.remote", "xdist.scheduler")  # fmt: skip


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str
    mebibytes: float
    """The most memory that it had at a time."""


class Running:
    """A command that runs, in a session of its own, while the test goes on."""

    def __init__(self, pid: int, output: IO[str], reap: Callable[[int], int]) -> None:
        self.pid = pid
        self.output = output
        """What the command prints: lines, and errors among them."""
        self._reap = reap

    def kill(self, number: int) -> None:
        """Send a signal to all processes of the command."""
        os.killpg(self.pid, number)

    def wait(self) -> int:
        """The exit status of the command, at its end."""
        with self.output:
            self.output.read()
        return os.waitstatus_to_exitcode(self._reap(self.pid))


class Warm:
    """Runs commands, one after the other, and starts others that run meanwhile."""

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
            self._tell(["run", list(arguments), str(folder), dict(env), str(out), str(err)])
            status, mebibytes, killed = self._wait(timeout)
            stdout = out.read_bytes().decode(errors="replace")
            stderr = "" if mixed else err.read_bytes().decode(errors="replace")
        if killed:
            raise subprocess.TimeoutExpired(list(arguments), timeout, stdout, stderr)
        return Ended(status, stdout, stderr, mebibytes)

    def start(self, arguments: Sequence[str], folder: Path, env: Mapping[str, str]) -> Running:
        """Start a command. The test kills it or waits for it, and always waits."""
        with tempfile.TemporaryDirectory() as apart:
            pipe = f"{apart}/pipe"
            os.mkfifo(pipe)
            self._tell(["start", list(arguments), str(folder), dict(env), pipe, pipe])
            output = open(pipe, encoding="utf-8", errors="replace")  # noqa: SIM115 (the test's)
            pid = self._hear()
        return Running(pid, output, self._reap)

    def _reap(self, pid: int) -> int:
        self._tell(["reap", pid])
        status: int = self._hear()
        return status

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


def preload() -> None:
    """Import what commands import."""
    for package in map(import_module, PACKAGES):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                import_module(module.name)
    for name in MODULES:
        import_module(name)
    templates = import_module("reports.html").templates()
    for name in templates.list_templates():
        templates.get_template(name)
    import_module("conformance.wire.botocore_session").session().get_service_model("ec2")
    gc.freeze()  # no command traverses or copies these objects


def _serve() -> None:
    """Fork for each line of standard input."""
    preload()
    for line in sys.stdin:
        what, *given = json.loads(line)
        if what == "reap":
            print(json.dumps(os.waitpid(given[0], 0)[1]), flush=True)
            continue
        pid = os.fork()
        if not pid:
            if what == "start":
                os.setsid()
            _become(*given)
        print(json.dumps(pid), flush=True)
        if what == "run":
            _, status, usage = os.wait4(pid, 0)
            print(json.dumps([status, usage.ru_maxrss]), flush=True)


def _become(
    arguments: list[str], folder: str, env: dict[str, str], stdout: str, stderr: str
) -> None:
    """Be the command, in this process, to its end."""
    from conformance.cli import main

    appended = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(stdout, appended), 1)
    os.dup2(1 if stderr == stdout else os.open(stderr, appended), 2)
    os.closerange(3, 256)
    cast(io.TextIOWrapper, sys.stdout).reconfigure(line_buffering=True)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = ["amiproof", *arguments]
    try:
        main(arguments)
    except SystemExit as end:
        _leave(end.code if isinstance(end.code, int) else int(end.code is not None))


def _leave(status: int) -> NoReturn:
    """End as an interpreter does, but for the freeing of its objects, which takes long."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    _serve()
