"""A server that forks pytest-xdist's workers with everything imported already.

Importing pytest, Hypothesis, botocore and the suite takes longer than most workers work.
The server imports them once, while the run starts. pytest-xdist then starts :mod:`.fork_client` in
place of Python for each worker, and the server forks a worker with its standard streams.
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
"""Imported before the first fork, in addition to the suite."""
_SUITE = "conformance.suite"
_LONGEST_PATH = 107
"""The longest path of a socket, in bytes. The temporary folder's path may be longer."""


def is_possible(path: str) -> bool:
    """Whether this platform forks safely and a server can listen at this path."""
    return sys.platform == "linux" and len(os.fsencode(path)) <= _LONGEST_PATH


@contextlib.contextmanager
def forked_workers(count: int) -> Iterator[list[str]]:
    """pytest's arguments for ``count`` forked workers. The server runs as long as the block.

    One worker is the process itself. Where forking is not possible, pytest-xdist starts the
    workers.
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
            listener.listen(64)  # a client that connects early waits
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
                server.kill()  # its workers exit by themselves


def _serve(listening: int) -> None:
    """Fork a worker for each connection, until standard input is closed.

    Only workers return, with the standard streams of their client.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no process waits for workers
    with socket.socket(fileno=listening) as listener:
        for name in _WANTED:
            import_module(name)
        for module in iter_modules(import_module(_SUITE).__path__, f"{_SUITE}."):
            import_module(module.name)
        gc.freeze()  # no worker traverses or copies these objects
        while True:
            ready: list[object] = list(select.select([listener.fileno(), 0], [], [])[0])
            if 0 in ready:
                raise SystemExit
            connection, _ = listener.accept()
            with connection:
                _, streams, _, _ = socket.recv_fds(connection, 16, 3)
                if os.fork() == 0:
                    connection.detach()  # open until the worker exits
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
    # The command line with which execnet starts Python: the code comes on standard input.
    exec(eval(sys.stdin.readline()))
