"""Serves the reference endpoint in another process, with a latency for each answer."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from fixtures.reference import Endpoint, serving


@dataclass(frozen=True)
class Served:
    """An endpoint that listens, and the process that serves it."""

    url: str
    process: int


@contextlib.contextmanager
def served(latency: float = 0.0) -> Iterator[Served]:
    """The reference endpoint for as long as the block runs."""
    command = [sys.executable, "-m", "tests.benchmarks.far", str(latency)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield Served(process.stdout.readline().strip(), process.pid)
    finally:
        process.kill()
        process.wait()


def main() -> None:
    """Serve until standard input is closed; the address is printed first."""
    endpoint = Endpoint()
    endpoint.latency = float(sys.argv[1])
    with serving(endpoint) as url:
        print(url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
