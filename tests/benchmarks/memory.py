"""The memory of a long run, after three minutes and at its end."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.far import served
from tests.benchmarks.runs import environment

EARLY = 180.0
"""Seconds after which a run has tested each rule and goes on in rounds."""
_EVERY = 10.0


def rows(minutes: int) -> Iterator[tuple[str, str, str]]:
    """The resident memory of a thorough run of so many minutes, early and at its end."""
    with served() as endpoint, tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "conformance.cli", "run", endpoint.url, "--seed", "1"]
        command += ["--effort", "thorough", "--for", f"{minutes}m", "--out", folder]
        run = subprocess.Popen(command, env=environment(folder), stdout=subprocess.DEVNULL)
        began, sizes = time.monotonic(), []
        while run.poll() is None:
            sizes.append((time.monotonic() - began, _resident(run.pid)))
            time.sleep(_EVERY)
    early = next((size for moment, size in sizes if moment >= EARLY), None)
    last = [size for moment, size in sizes if moment <= 60.0 * minutes][-1]
    if early is None:
        return
    result = f"{early / 1024:.0f} MiB after 3 minutes, {last / 1024:.0f} MiB after {minutes}"
    how = f"`--effort thorough --for {minutes}m` against the reference"
    yield "memory of a long run", f"{result}: {last / early - 1:+.0%}", how


def _resident(process: int) -> int:
    """Kibibytes; 0 once the process is gone."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    line = next((line for line in status.splitlines() if line.startswith("VmRSS")), "VmRSS: 0 kB")
    return int(line.split()[1])
