"""Whole runs of the command: the cost of an effort, and the speed of several workers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from fixtures.reference import ADMINISTRATOR
from tests.benchmarks.far import served

LATENCY = 0.03
"""Seconds by which every answer of the far endpoint is late."""


@dataclass(frozen=True)
class Run:
    """A finished run."""

    seconds: float
    """From the command's start to its end."""
    totals: dict[str, Any]

    @property
    def others(self) -> int:
        """Requests of other actions than CreateImage."""
        return int(self.totals["requests"] - self.totals["create_image_requests"])


def cost(rounds: int) -> Iterator[tuple[str, str, str]]:
    """The requests and images of two efforts, and the time of a quick run."""
    quick = [_run("reference", "quick") for _ in range(rounds)]
    for effort, run in (("quick", quick[-1]), ("standard", _run("reference", "standard"))):
        totals = run.totals
        yield (
            f"a {effort} run",
            f"{totals['create_image_requests']} CreateImage requests,"
            f" {totals['images_created']} images, {run.others} other calls",
            "against the reference, seed 1, clean-up included",
        )
    seconds = median(run.seconds for run in quick)
    how = f"start to end of `amiproof run reference`, median of {rounds}"
    yield "a quick run takes", f"{seconds:.1f} s", how


def workers(rounds: int) -> Iterator[tuple[str, str, str]]:
    """How much faster several workers are."""
    one, two = _in_turns(rounds, "reference", "standard", 1, 2)
    how = f"a standard run against the reference, in turns, median of {rounds}"
    yield "2 workers, compared with one", f"{one / two:.1f} times as fast", how
    with served(LATENCY) as far:
        one, eight = _in_turns(1, far.url, "standard", 1, 8)
    how = f"a standard run against an endpoint whose answers take {LATENCY * 1000:g} ms more"
    yield "8 workers, compared with one", f"{one / eight:.1f} times as fast", how


def _in_turns(rounds: int, target: str, effort: str, *counts: int) -> list[float]:
    seconds: dict[int, list[float]] = {count: [] for count in counts}
    for _ in range(rounds):
        for count in counts:
            seconds[count].append(_run(target, effort, count).seconds)
    return [median(seconds[count]) for count in counts]


def _run(target: str, effort: str, workers: int = 1) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "conformance.cli", "run", target, "--effort", effort]
        command += ["--workers", str(workers), "--out", folder, "--seed", "1"]
        started = time.perf_counter()
        done = subprocess.run(command, env=environment(folder), capture_output=True, text=True)
        seconds = time.perf_counter() - started
        results = Path(folder) / "results.json"
        if not results.exists():
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
        return Run(seconds, json.loads(results.read_text())["totals"])


def environment(state: str) -> dict[str, str]:
    """The environment of a run: the reference's keys, and a folder for its ledger."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "AMIPROOF_"))}
    return {
        **kept,
        "AMIPROOF_STATE": state,
        "AWS_ACCESS_KEY_ID": ADMINISTRATOR.access_key,
        "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR.secret_key,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
