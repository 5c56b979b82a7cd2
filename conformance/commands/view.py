"""The output of ``amiproof run`` during a run: its progress, and errors of the suite."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console

from conformance.commands.output import print_line, print_lines
from conformance.engine.core import gauge
from conformance.engine.core.protocol import RECORD
from conformance.engine.core.record import Record, RuleDeviation
from conformance.engine.run.controller import Controller
from conformance.engine.run.events import (
    CleanupFinished,
    CleanupStarted,
    Event,
    PropertyFinished,
    PropertyStarted,
    RoundFinished,
    RunPlanned,
)
from reports.progress import Progress
from reports.results import Deviation, Identity, Verdict, decide


class View:
    """A handler of the run's events, and a pytest plugin for what is no event of the run."""

    def __init__(self, console: Console, run: Controller) -> None:
        self._console, self._run = console, run
        self._stack = contextlib.ExitStack()
        self._progress: Progress | None = None
        self._seen: set[Identity] = set()

    def __call__(self, event: Event) -> None:
        """Show an event."""
        match event:
            case RunPlanned(rules):
                progress = Progress(
                    self._console,
                    rules,
                    partial(gauge.read, Path(self._run.plan.folder)),
                    verbose=self._run.config.verbose,
                    until=self._run.until,
                )
                self._progress = self._stack.enter_context(progress)
            case PropertyStarted(rule) if self._progress is not None:
                self._progress.rule_starts(rule)
            case PropertyFinished(record) if self._progress is not None:
                new = [each for each in record.deviations if each.identity not in self._seen]
                self._seen |= {each.identity for each in new}
                self._progress.rule_done(
                    record.rule, _verdict(record), record.cost.requests, _found(new)
                )
            case RoundFinished(record, new) if self._progress is not None:
                self._progress.round_done(record.rule, record.round, _found(new))
            case CleanupStarted() if self._progress is not None:
                self._progress.cleans_up()
            case CleanupFinished():
                self.close()
            case _:
                pass

    def pytest_keyboard_interrupt(self) -> None:
        """Say that the clean-up begins."""
        self.close()
        print_line("interrupted: removing what the run made", console=self._console)

    def pytest_internalerror(self, excrepr: object) -> None:
        """Print an error of pytest or of amiproof itself."""
        print_lines(f"amiproof failed: {excrepr}", console=self._console)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Print and count an error of the suite: a property that failed without a record."""
        if report.failed and RECORD not in dict(report.user_properties):
            self._run.errors += 1
            print_lines(f"{report.nodeid}: {report.longreprtext}", console=self._console)

    def close(self) -> None:
        """Take the progress off the screen."""
        self._stack.close()


def _found(deviations: Iterable[RuleDeviation]) -> list[tuple[str, Deviation]]:
    return [(each.rule, each.deviation) for each in deviations]


def _verdict(record: Record) -> Verdict:
    """A rule's verdict by its own property alone; another property may still break the rule."""
    verdict, _ = decide(
        keeps=record.keeps,
        breaks=record.breaks,
        found=[deviation.identity for deviation in record.own()],
        lacking=record.needs or None,
    )
    return verdict
