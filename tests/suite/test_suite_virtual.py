"""A run in virtual time: it waits for nothing, and a seed decides everything."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance.prove.attempt import attempt
from fixtures.reference import Endpoint
from fixtures.variants import VARIANTS
from tests.conftest import Command

SLOW = [
    variant
    for id, variant in VARIANTS.items()
    if id.startswith("consistency/")
    and id.partition("/")[2] not in ("everything-at-once", "images-are-never-available")
]


def slow(endpoint: Endpoint) -> None:
    """All delays of the slow variants at once."""
    for variant in SLOW:
        variant.change(endpoint)


def test_all_slow_variants_at_once_take_no_real_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def sleep(seconds: float) -> None:
        raise AssertionError(f"the run slept for {seconds} s")

    monkeypatch.setattr(time, "sleep", sleep)
    began = time.process_time()
    found = attempt("slow", slow, "quick", 1)
    assert len(SLOW) > 12
    assert [*found.blamed, *found.errors, *found.left] == []
    assert found.requests > 500
    assert time.process_time() - began < 8


def results_of(folder: Path, hashes: int, *more: str) -> bytes:
    command = [sys.executable, "-m", "conformance.cli", "run", "reference", "--clock", "virtual"]
    environment = {**os.environ, "PYTHONHASHSEED": str(hashes)}
    done = subprocess.run(
        [*command, "--effort", "quick", "--out", str(folder), *more],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return (folder / "results.json").read_bytes()


def test_two_runs_of_one_seed_give_the_same_bytes(tmp_path: Path) -> None:
    first = results_of(tmp_path / "1", 1, "--seed", "4")
    assert results_of(tmp_path / "2", 2, "--seed", "4") == first


def test_virtual_time_takes_the_reference_and_one_worker(amiproof: Command) -> None:
    for options in (["http://127.0.0.1:1"], ["reference", "--workers", "2"]):
        done = amiproof("run", *options, "--clock", "virtual")
        assert done.returncode == 2
        assert "--clock virtual takes the target reference" in (done.stdout + done.stderr).replace(
            "\n", " "
        )
