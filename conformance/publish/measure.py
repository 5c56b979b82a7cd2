"""Runs amiproof against one emulator with its baseline, and prepares the results to publish."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import msgspec

from conformance.engine.core.errors import CannotTest
from conformance.publish.emulators import Emulator
from fixtures.endpoints import NotStarted
from reports.gate import load as load_baseline
from reports.results import Results, Verdict, load, recounted, save

NOT_IMPLEMENTED = "does not implement CreateImage"
_PATIENCE = 1800.0
"""Seconds after which a run is aborted."""
_QUICK = ("--effort", "quick")
"""Baselines are gates of releases, and every run against them is to be short."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The outcome of a run against an emulator."""

    emulator: Emulator
    status: int
    """The exit status of the run with the baseline."""
    error: str = ""
    """Why there are no results."""
    results: Results | None = None
    known: int = 0
    """The number of entries in the baseline."""
    without_reason: tuple[str, ...] = ()

    @property
    def is_as_published(self) -> bool:
        """Whether the run passed with the baseline and each listed deviation has a reason."""
        due = 0 if self.emulator.has_action else CannotTest.exit_status
        return self.status == due and not self.without_reason


def measure(emulator: Emulator, python: str, baseline: Path) -> Measured:
    """Run against an emulator and update its baseline. Raises CannotTest.

    If the baseline changes, run again: the published exit status is that of a real run.
    """
    with tempfile.TemporaryDirectory(prefix="amiproof-") as folder:
        here = Path(folder)
        try:
            with emulator.start(python) as started:
                return _measure(emulator, started.url, baseline, here)
        except (NotStarted, OSError) as why:
            raise CannotTest(f"{emulator.name} {emulator.version}: {why}") from None


def _measure(emulator: Emulator, url: str, baseline: Path, folder: Path) -> Measured:
    if not emulator.has_action:
        done = amiproof("run", url, *_QUICK, folder=folder)
        return Measured(emulator, done.returncode, _last(done.stderr))
    found = folder / "amiproof-report" / "results.json"
    for again in (True, False):
        gate = ["--baseline", str(baseline)] if baseline.exists() else []
        done = amiproof("run", url, *_QUICK, *gate, folder=folder)
        if done.returncode not in (0, 1):
            why = f"the run exited with {done.returncode}: {_last(done.stderr or done.stdout)}"
            raise CannotTest(f"{emulator.name} {emulator.version}: {why}")
        if done.returncode == 0 or not again:
            break
        update = amiproof("baseline", "update", str(baseline), str(found), folder=folder)
        if update.returncode:
            raise CannotTest(_last(update.stderr))
    entries = load_baseline(baseline).entries if baseline.exists() else ()
    return Measured(
        emulator,
        done.returncode,
        results=plain(load(found), emulator),
        known=len(entries),
        without_reason=tuple(str(entry.identity) for entry in entries if not entry.reason),
    )


def plain(results: Results, emulator: Emulator) -> Results:
    """The results as of a run without baseline, with the emulator's name and version."""
    rules = tuple(
        msgspec.structs.replace(rule, status=Verdict.FAIL) if rule.status is Verdict.KNOWN else rule
        for rule in results.rules
    )
    totals = recounted(rules, results.totals)
    target = msgspec.structs.replace(results.target, name=emulator.name, software=emulator.version)
    return msgspec.structs.replace(results, rules=rules, totals=totals, target=target, gate=())


def publish(results: Results, file: Path) -> None:
    """Write results without the paths of this machine: they become ``...``."""
    save(results, file)
    text = file.read_text(encoding="ascii")
    folders = {sys.prefix, sys.base_prefix, os.getcwd(), str(Path.home()), tempfile.gettempdir()}
    for folder in sorted(folders - {"/"}, key=len, reverse=True):
        text = text.replace(folder, "...")
    file.write_text(text, encoding="ascii")


def amiproof(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs the command in a folder of its own, without the user's configuration."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "AMIPROOF_"))}
    state = {"AMIPROOF_STATE": str(folder / "state"), "AWS_EC2_METADATA_DISABLED": "true"}
    try:
        return subprocess.run(
            [sys.executable, "-m", "conformance.cli", *arguments],
            cwd=folder,
            env={**kept, **state},
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
        )
    except subprocess.TimeoutExpired:
        raise CannotTest(f"amiproof {arguments[0]} did not end within {_PATIENCE:.0f} s.") from None


def _last(text: str) -> str:
    """The last line, without the name of the command."""
    lines = text.strip().splitlines() or ["no output"]
    return lines[-1].removeprefix("amiproof: ")
