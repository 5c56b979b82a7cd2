"""``amiproof run``: pytest over the suite, with our own view in place of pytest's."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

import pytest
from rich.console import Console
from rich.text import Text

from conformance import plugin
from conformance.commands.plan import agreed
from conformance.engine.client.budget import limits
from conformance.engine.client.cassette import read
from conformance.engine.client.connect import configured_endpoint
from conformance.engine.core import interrupt
from conformance.engine.core.duration import read_duration
from conformance.engine.core.effort import EffortName
from conformance.engine.core.errors import CannotTest, UsageError
from conformance.engine.core.protocol import RECORD
from conformance.engine.core.record import Record, RuleDeviation
from conformance.engine.core.selection import selected_rules
from conformance.engine.property.database import Address
from conformance.engine.run.controller import Controller, FailOn
from conformance.engine.run.sharding import read_shard
from conformance.model.aws import JudgeName
from reports.progress import Progress
from reports.results import Verdict, decide
from reports.terminal import summary


class _View:
    """Shows a run while it lasts, and keeps its conductor for the end."""

    def __init__(self, console: Console, controller: Controller) -> None:
        self._console = console
        self._stack = contextlib.ExitStack()
        self._progress: Progress | None = None
        controller.on_plan = self._planned
        controller.on_record = self._recorded
        controller.on_more = self._more
        self.controller = controller

    def pytest_keyboard_interrupt(self) -> None:
        self._stack.close()
        self._console.print(Text("interrupted: removing what the run made"))

    def pytest_internalerror(self, excrepr: object) -> None:
        self._console.print(Text(f"amiproof failed: {excrepr}"), soft_wrap=True)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        broken_suite = report.failed and not any(
            name == RECORD for name, _ in report.user_properties
        )
        if broken_suite:
            self.controller.errors += 1
            self._console.print(Text(f"{report.nodeid}: {report.longreprtext}"), soft_wrap=True)

    def _planned(self, rules: Sequence[str]) -> None:
        families = Counter(rule.partition(".")[0] for rule in rules)
        self._progress = self._stack.enter_context(Progress(self._console, families))

    def _recorded(self, record: Record) -> None:
        if self._progress is not None:
            own = len(record.own())
            self._progress.rule_done(record.rule, _verdict(record), record.cost.requests, own)

    def _more(self, record: Record, new: Sequence[RuleDeviation]) -> None:
        if self._progress is not None:
            found = [str(finding.identity) for finding in new]
            self._progress.round_done(record.rule, record.round, record.cost.requests, found)

    def close(self) -> None:
        """Take the live view down."""
        self._stack.close()


def _verdict(record: Record) -> Verdict:
    """A rule's verdict by its own property alone; another's may still find a deviation."""
    verdict, _ = decide(
        keeps=record.keeps,
        breaks=record.breaks,
        found=[finding.identity for finding in record.own()],
        lacking=record.lacking or None,
    )
    return verdict


def _screen() -> TextIO:
    """Standard output, past pytest: what it captures is not seen until a property is over."""
    try:
        number = os.dup(sys.stdout.fileno())
    except (OSError, ValueError):  # not a file of the system's
        return sys.stdout
    return os.fdopen(number, "w", encoding=sys.stdout.encoding, buffering=1)


def run(
    target: str | None,
    effort: EffortName,
    seed: int,
    workers: int,
    select: str,
    out: Path,
    overrides: Mapping[str, str],
    budget: str = "",
    judge: JudgeName = "documents",
    *,
    baseline: Path | None = None,
    fail_on: FailOn = "detail",
    yes: bool = False,
    record: Path | None = None,
    shard: str = "",
    database: str = "",
    duration: str = "",
    with_workers: Sequence[str] = (),
) -> int:
    """Run the suite; the exit status of design.md. Raises AmiproofError.

    ``with_workers`` are pytest's arguments for as many workers: see :mod:`.forking`.
    """
    name = target or configured_endpoint()
    if name is None:
        raise UsageError("Give a target: moto, reference, or an endpoint's address.")
    controller = Controller(name, effort, seed, out, dict(overrides), limits(budget), judge=judge)
    controller.baseline, controller.fail_on, controller.record = baseline, fail_on, record
    controller.shard, controller.workers = read_shard(shard), workers
    controller.select = select
    selected_rules(select)
    controller.duration = read_duration(duration)
    controller.database = Address(database) if database else None
    if record is not None and (database or duration):
        other = "--database" if database else "--for"
        raise UsageError(
            f"--record and {other} do not go together: a recording is judged by what its seed"
            " draws once."
        )
    controller.confirm = lambda target: agreed(target, effort, seed, select, shard, yes=yes)
    return _run(controller, select, out, shard, with_workers)


def judge_recording(file: Path, out: Path, baseline: Path | None, fail_on: FailOn | None) -> int:
    """Judge a recording by today's rules; the exit status is the run's. Raises AmiproofError."""
    recording = read(file)
    header = recording.header
    controller = Controller(header.target.name, "quick", 1, out, {}, recording=recording)
    controller.baseline, controller.fail_on = baseline, fail_on or header.fail_on
    return _run(controller, " ".join(recording.order()) or "-", out)


def _run(
    controller: Controller,
    select: str,
    out: Path,
    shard: str = "",
    with_workers: Sequence[str] = (),
) -> int:
    console = Console(file=_screen())
    view = _View(console, controller)
    arguments = [
        "--pyargs",
        "conformance.suite",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:terminal",
        # They collect garbage several times over, to find errors that have no part in verdicts.
        "-p",
        "no:unraisableexception",
        "-p",
        "no:threadexception",
        "--noconftest",  # those of the folder that somebody happens to be in
        "--assert=plain",  # no verdict rests on an assert; to rewrite them takes a second
        "-c",
        os.devnull,
        "--rootdir",
        str(Path(plugin.__file__).parent),
        f"--amiproof-target={controller.target_name}",
        f"--amiproof-select={select}",
        f"--amiproof-shard={shard}",
        *with_workers,
    ]
    interrupt.listen()
    said = io.StringIO()
    try:
        controller.start()
        plugin.prepare(controller)
        # What plugins print is about pytest; ours is about the target.
        with contextlib.redirect_stderr(said):
            status = int(pytest.main(arguments, plugins=[view]))
    finally:
        view.close()
        controller.stop()
    if controller.results is None:
        why = said.getvalue().strip().rpartition("\n")[2] or f"pytest ended with {status}"
        console.print(Text(f"The suite could not be run: {why}"), soft_wrap=True)
        return 4
    if controller.errors or status == int(pytest.ExitCode.INTERRUPTED):
        status = 5 if controller.left else 4
    if controller.cannot:
        raise CannotTest(controller.cannot)
    summary(controller.results, console, status=status)
    for sentence in controller.said:
        console.print(Text(sentence, "yellow"), soft_wrap=True)
    for thing in controller.left:
        console.print(Text(f"left behind: {thing}", "bold red"), soft_wrap=True)
    console.print(Text(f"report: {out / 'report.html'}"), soft_wrap=True)
    return status
