"""The suite against the endpoint that keeps every rule."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance.engine.client.ledger import Ledger
from reports.results import Results, Verdict, load
from tests.conftest import Command, environment
from tests.warm import Warm


def _results(folder: Path) -> Results:
    return load(folder / "amiproof-report" / "results.json")


@pytest.mark.parametrize("seed", ["1", "7"])
def test_the_reference_passes(amiproof: Command, tmp_path: Path, seed: str) -> None:
    done = amiproof("run", "reference", "--seed", seed)
    assert done.returncode == 0, done.stdout + done.stderr
    results = _results(tmp_path)
    assert results.complete
    assert not results.of(Verdict.FAIL)
    for rule in results.of(Verdict.PASS):
        assert rule.keeps, rule.id
        assert rule.breaks, rule.id
    for rule in (*results.of(Verdict.UNTESTED), *results.of(Verdict.NOT_APPLICABLE)):
        assert rule.reason, rule.id
    # On a busy machine a pending instance may be running before it can be looked at.
    missed = [r for r in results.of(Verdict.NOT_APPLICABLE) if "over at once" in (r.reason or "")]
    assert results.totals.passed + len(missed) >= 155
    assert results.totals.create_image_requests <= 450
    assert results.totals.images_created <= 30


def test_workers_give_the_same_verdicts(amiproof: Command, tmp_path: Path) -> None:
    verdicts = []
    for workers in ("1", "2", "8"):
        done = amiproof("run", "reference", "--select", "name desc", "--workers", workers)
        assert done.returncode == 0, done.stdout + done.stderr
        verdicts.append([(rule.id, rule.status) for rule in _results(tmp_path).rules])
    assert verdicts[0] == verdicts[1] == verdicts[2]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_keeps_its_results_and_leaves_nothing(
    warm: Warm, tmp_path: Path, number: signal.Signals
) -> None:
    status, rest = _interrupted(warm, tmp_path / "run", number)
    assert status == 4, rest
    results = _results(tmp_path / "run")
    assert not results.complete
    assert results.totals.passed >= 10
    runs = list((tmp_path / "run" / "state" / "ledgers").iterdir())
    assert len(runs) == 1
    assert Ledger(runs[0]).remaining() == {}


def _interrupted(warm: Warm, folder: Path, number: signal.Signals) -> tuple[int, str]:
    """Exit status and last words of a run that is interrupted after twenty properties."""
    folder.mkdir()
    command = ("run", "reference", "--verbose")
    run = warm.start(command, folder, environment(folder / "state"))
    for line in run.output:
        if line.startswith("[ 20/"):
            break
    run.kill(number)
    rest = run.output.read()
    return run.wait(), rest


def test_the_folder_that_it_is_run_in_has_no_say(amiproof: Command, tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    for folder in (tmp_path, tmp_path / "tests"):
        (folder / "conftest.py").write_text("raise RuntimeError('not for amiproof')\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    done = amiproof("run", "reference", "--select", "name.empty")
    assert done.returncode == 0, done.stdout + done.stderr


def test_pytest_runs_the_suite_too(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--pyargs", "conformance.suite", "-n", "2", "-k", "name.",
         "--amiproof-target=reference", "-p", "no:cacheprovider", "-v"],
        cwd=tmp_path,
        env=environment(tmp_path / "state"),
        capture_output=True,
        text=True,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "test_at_most_128_characters[name.length.max]" in done.stdout


def test_the_reference_is_served(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "conformance.cli", "serve"],
        env=environment(tmp_path / "state"),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("http://127.0.0.1:")
    started = time.monotonic()
    process.terminate()
    assert process.wait(timeout=10) == 0
    assert time.monotonic() - started < 10
