"""The controller of a run: it collects the workers' records, emits events and ends the run.

A run has one controller, in the process that the user started, and one
:class:`~conformance.engine.run.worker.Worker` in each process that tests rules.
"""

from __future__ import annotations

import itertools
import platform
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

import msgspec
import pytest

from conformance.clock import Clock
from conformance.engine.client.budget import limits
from conformance.engine.client.cassette import Cassette
from conformance.engine.client.environment import OUTSIDE, Environment
from conformance.engine.core import interrupt
from conformance.engine.core.duration import read_duration
from conformance.engine.core.errors import UsageError
from conformance.engine.core.selection import selected_rules
from conformance.engine.run.config import RunConfig
from conformance.engine.run.events import (
    CleanupFinished,
    CleanupStarted,
    Event,
    Handler,
    PropertyStarted,
    RunFinished,
    RunPlanned,
)
from conformance.engine.run.handlers import ResultsWriter
from conformance.engine.run.known_deviations import baseline_of
from conformance.engine.run.live import Accept, Confirm, LiveRun
from conformance.engine.run.plan import Plan
from conformance.engine.run.recorded import RecordedRun
from conformance.engine.run.records import Records
from conformance.engine.run.results import RunFacts, assemble
from conformance.engine.run.sharding import is_of, read_shard, rule_of
from conformance.engine.run.worker import Worker
from reports.gate import Baseline, hold
from reports.results import Results, exit_status


class Controller:
    """A run in the process that controls it.

    Call ``start``, ``plan_rules``, ``collect`` for each record, ``finish`` and ``stop``.
    """

    def __init__(
        self,
        config: RunConfig,
        *,
        confirm: Confirm | None = None,
        accept: Accept | None = None,
        recording: Cassette | None = None,
        environment: Environment = OUTSIDE,
    ) -> None:
        """``recording`` is judged in place of a target. Raises UsageError for a bad option."""
        self.config = config
        self.results: Results | None = None
        self.errors = 0
        """Errors of the suite itself."""
        self.untestable = ""
        """Why the target cannot be tested, where no rule could be decided."""
        self.left: list[str] = []
        """The resources that the run could not remove."""
        self.notes: list[str] = []
        """Further notes for the user."""
        self._confirm, self._accept, self._recording = confirm, accept, recording
        self._handlers: list[Handler] = []
        self._run: LiveRun | RecordedRun | None = None
        self._known: Baseline | None = None
        self._records = Records()
        self._planned: list[str] = []
        self._environment = environment
        self._started = self._clock.now()
        _check(config)

    def subscribe(self, handler: Handler) -> None:
        """Have a handler take every event from now on."""
        self._handlers.append(handler)

    def start(self) -> None:
        """Start or find the target, and check that it can be tested. Raises AmiproofError.

        Does nothing the second time.
        """
        if self._run is not None:
            return
        self._known = baseline_of(self.config, configured=self._recording is None)
        if self._recording is not None:
            self._run = RecordedRun(self.config, self._recording)
        else:
            self._run = LiveRun(self.config, self._confirm, self._accept, self._environment)
        self._handlers += self._run.handlers()
        if self.config.out is not None:
            so_far = partial(self._results, complete=False)
            self.subscribe(ResultsWriter(self.config.out, so_far, self._clock))

    @property
    def _clock(self) -> Clock:
        return self._environment.clock

    @property
    def run(self) -> LiveRun | RecordedRun:
        """The started run."""
        assert self._run is not None, "start() comes first"
        return self._run

    @property
    def plan(self) -> Plan:
        """The plan for every process of the run."""
        return self.run.plan

    def worker(self) -> Worker:
        """The worker of the controller's own process."""
        return self.run.worker()

    def selects(self, rule: str) -> bool:
        """Whether the run exercises a rule."""
        return selects(self.config, rule) if self.order is None else rule in self.order

    @property
    def order(self) -> Mapping[str, int] | None:
        """The place of each rule in the recording that is judged; None in a live run."""
        return None if self._run is None else self._run.order

    def plan_rules(self, collected: Sequence[str]) -> None:
        """Take the rules whose properties pytest has collected."""
        self._planned = self.run.planned(list(collected))
        self._emit(RunPlanned(tuple(self._planned)))

    def begin(self, rule: str) -> None:
        """Take note that a process of the run begins with a rule's property."""
        self._emit(PropertyStarted(rule))

    def collect(self, data: Any) -> None:
        """Take the record of a property. Raises KeyboardInterrupt where a signal was received."""
        self._emit(self._records.take(data))
        interrupt.check()

    def _emit(self, event: Event) -> None:
        for handle in self._handlers:
            handle(event)

    @property
    def until(self) -> float:
        """When the run stops generating requests, in seconds since 1970."""
        return self.plan.started + self.plan.duration

    def go_on(self, items: Iterable[pytest.Item]) -> None:
        """Exercise the properties that generate requests again, until the time is over."""
        again = [item for item in items if self._records.generates(rule_of(item.name))]
        for item in itertools.cycle(again):
            if self._clock.time() >= self.until or self._records.cut_short:
                break
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)

    def finish(self, *, interrupted: bool) -> int:
        """Remove what the run made and write the results. Returns the exit status."""
        if self._run is None:
            return 3
        interrupted = interrupt.clean_up_begins() or interrupted
        self._emit(CleanupStarted())
        self.left = self._run.clean_up()
        ended_early = interrupted or self.errors or self._records.cut_short
        complete = self._run.complete and not ended_early
        self._emit(CleanupFinished(tuple(self.left), complete))
        self.results = self._results(complete=complete)
        self.notes = self._run.notes()
        self.untestable = self._records.untestable()
        self._emit(RunFinished(self.results))
        return self._status(self.results)

    def _status(self, results: Results) -> int:
        if self.left:
            return 5
        if self.untestable:
            return 3
        return exit_status(results) if results.complete else 4

    def _results(self, *, complete: bool) -> Results:
        """The results of the records so far."""
        config = self.plan.config
        facts = RunFacts(
            target=self.plan.target,
            config=config,
            complete=complete,
            seconds=self._clock.now() - self._started,
            python=platform.python_version(),
            overhead=self.run.cost,
        )
        results = assemble(facts, self._records.all(), self._rules(config))
        results = msgspec.structs.replace(results, fail_on=config.fail_on)
        if self._known is None:
            return results
        return hold(results, self._known, date.fromtimestamp(self._clock.time()))

    def _rules(self, config: RunConfig) -> Collection[str]:
        """The rules of the run; those of its other shards too."""
        if config.shard or not self._planned:
            return selected_rules(config.select) | set(self._planned)
        return self._planned

    def stop(self) -> None:
        """Stop the target, if the run started it."""
        if self._run is not None:
            self._run.stop()

    def summary(self) -> str:
        """The run in one sentence."""
        assert self.results is not None
        totals = self.results.totals
        return (
            f"{totals.passed} rules pass, {totals.fail} fail, {totals.known} known,"
            f" {totals.untested} untested, {totals.not_applicable} not applicable"
        )


def selects(config: RunConfig, rule: str) -> bool:
    """Whether the options select a rule: its pattern and its shard."""
    shard = read_shard(config.shard)
    return rule in selected_rules(config.select) and (shard is None or is_of(rule, shard))


def _check(config: RunConfig) -> None:
    """Read every option that is text. Raises UsageError."""
    limits(config.budget)
    read_shard(config.shard)
    selected_rules(config.select)
    read_duration(config.duration)
    other = "--database" if config.database else "--for" if config.duration else ""
    if config.record is not None and other:
        raise UsageError(
            f"--record and {other} do not go together: a recording is judged by the requests that"
            " its seed generates once."
        )
