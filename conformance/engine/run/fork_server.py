"""Workers that are forked of a process which has everything imported already.

To import pytest, Hypothesis, botocore and the suite takes longer than many a worker's work. A
server does it once, while the run begins; pytest-xdist then starts :mod:`.forked` in place of
Python for each worker, and the server forks one with the standard streams of that. For all else
the workers are pytest-xdist's own.
"""

from __future__ import annotations

import contextlib
import gc
import os
import random
import select
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

_WANTED = (
    "pytest",
    "execnet.gateway_base",
    "xdist.remote",
    "hypothesis.stateful",
    "conformance.engine.run.worker",
    "strategies.covering",
)
"""What is imported before the first worker is forked, and the suite."""
_SUITE = "conformance.suite"
_LONGEST_PATH = 107
"""Bytes of a socket's path: where temporary files stand deeper, nothing can listen."""


def is_possible(path: str) -> bool:
    """Whether processes can be forked safely here, by a server that listens at this path."""
    return sys.platform == "linux" and len(os.fsencode(path)) <= _LONGEST_PATH


@contextlib.contextmanager
def forked_workers(count: int) -> Iterator[list[str]]:
    """pytest's arguments for so many workers that are forked; a server lasts as long as the block.

    One worker is the process itself. Where nothing can be forked, the arguments are those for
    workers that are started as ever.
    """
    if count < 2:
        yield []
        return
    with tempfile.TemporaryDirectory(prefix="amiproof-") as folder:
        path = f"{folder}/workers"
        if not is_possible(path):
            yield ["-n", str(count)]
            return
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen(64)  # who comes before the server is ready waits
            command = [sys.executable, "-m", __name__, str(listener.fileno())]
            server = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[listener.fileno()])
        with server:
            start = [
                sys.executable,
                "-I",
                "-S",
                str(Path(__file__).with_name("fork_client.py")),
                path,
            ]
            try:
                yield ["--dist=load", "--tx", f"{count}*popen//python={shlex.join(start)}"]
            finally:
                server.kill()  # the workers are over by now, or end by themselves


def _serve(listening: int) -> None:
    """Fork a worker for each that connects, until standard input is closed. Workers return from
    here, their standard streams in place."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for workers
    with socket.socket(fileno=listening) as listener:
        for name in _WANTED:
            import_module(name)
        for module in iter_modules(import_module(_SUITE).__path__, f"{_SUITE}."):
            import_module(module.name)
        gc.freeze()  # it need not be gone through, nor copied, in every worker
        while True:
            ready: list[object] = list(select.select([listener.fileno(), 0], [], [])[0])
            if 0 in ready:
                raise SystemExit
            connection, _ = listener.accept()
            with connection:
                _, streams, _, _ = socket.recv_fds(connection, 16, 3)
                if os.fork() == 0:
                    connection.detach()  # open for as long as the worker lasts
                    break
                for stream in streams:
                    os.close(stream)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    random.seed()


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
    # What execnet starts Python with; the worker's own code comes by standard input.
    exec(eval(sys.stdin.readline()))
