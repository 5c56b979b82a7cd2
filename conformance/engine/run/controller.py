"""The controller of a run: starts what has to be started, collects records, hands in results.

A run has one controller, in the controlling process, and one
:class:`~conformance.engine.run.worker.Worker` in each process that exercises rules.
"""

from __future__ import annotations

import contextlib
import itertools
import platform
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest

from conformance.engine.client import account, cassette
from conformance.engine.client.api import Api
from conformance.engine.client.budget import Limits, limits
from conformance.engine.client.cassette import Cassette, Lines
from conformance.engine.client.cassette_clients import RecordingClient
from conformance.engine.client.cassette_lines import Planned, RunHeader, TargetSettings
from conformance.engine.client.client import GuardedClient
from conformance.engine.client.connect import connect, preflight, resolve
from conformance.engine.client.guard import Guard
from conformance.engine.client.ledger import Header, Ledger, ledgers
from conformance.engine.core import interrupt
from conformance.engine.core import settings as configuration
from conformance.engine.core.duration import read_duration
from conformance.engine.core.effort import EffortName
from conformance.engine.core.errors import AmiproofError, UsageError
from conformance.engine.core.record import Cost, Record, RuleDeviation
from conformance.engine.core.selection import selected_rules
from conformance.engine.core.target import Target
from conformance.engine.property import database
from conformance.engine.property.database import Address
from conformance.engine.resources.cleanup import clean_up
from conformance.engine.resources.names import new_run_id
from conformance.engine.resources.shared import discard
from conformance.engine.run.cassette_worker import CassetteWorker
from conformance.engine.run.known_deviations import known_deviations
from conformance.engine.run.results import RunFacts, assemble, suite
from conformance.engine.run.sharding import are_many, read_shard, rule_of
from conformance.engine.run.worker import Plan, Worker
from conformance.model import CATALOGUE
from conformance.model.aws import JudgeName
from reports import documents
from reports.gate import Baseline as KnownDeviations
from reports.gate import hold
from reports.results import Results, Shard, exit_status, save

FailOn = Literal["documented", "detail"]


Listener = Callable[[Record], None]
_EACH = 10.0
"""Seconds between two savings of what is known so far."""


@dataclass
class Controller:
    """A run, seen from the process that controls it."""

    target_name: str
    effort: EffortName
    seed: int
    out: Path | None
    overrides: dict[str, str]
    limits: Limits = field(default_factory=Limits)
    confirm: Callable[[Target], Limits] | None = None
    """Has a run on a real account confirmed, and says what it may use."""
    on_record: Listener | None = None
    on_more: Callable[[Record, list[RuleDeviation]], None] | None = None
    """Told what a rule's property was asked again, and what of its findings is new."""
    on_plan: Callable[[Sequence[str]], None] | None = None
    select: str = ""
    """Patterns of the rules that are exercised."""
    judge: JudgeName = "documents"
    baseline: Path | None = None
    """A file of known deviations."""
    fail_on: FailOn = "detail"
    record: Path | None = None
    """The file that the exchanges go to."""
    shard: Shard | None = None
    """Which part of the rules is exercised."""
    database: Address | None = None
    """Where what failed is kept, and tried first."""
    workers: int = 1
    """Processes that share the rules; so many things are removed at once, too."""
    duration: float = 0.0
    """Seconds for which the run goes on drawing, once all rules were exercised."""
    recording: Cassette | None = None
    """What to judge in place of an endpoint."""

    def __post_init__(self) -> None:
        self.results: Results | None = None
        self.errors = 0
        self.cannot = ""
        """Why the target cannot be tested, where no rule could be."""
        self.left: list[str] = []
        self.said: list[str] = []
        """What else a user has to know."""
        self._known: KnownDeviations | None = None
        self._records: dict[str, Record] = {}
        self._saved = 0.0
        self._planned: list[str] = []
        self._stack = contextlib.ExitStack()
        self._lines: Lines | None = None
        self._plan: Plan | None = None
        self._started = time.monotonic()
        selected_rules(self.select)
        self._overhead = Cost(requests=1, create_image_requests=1)  # the preflight

    @staticmethod
    def from_options(option: Callable[[str], Any]) -> Controller:
        """The run that pytest's options ask for."""
        names = ("region", "profile", "denied_profile", "no_tags_profile", "image_id",
                 "instance_id", "instance_type", "subnet_id")  # fmt: skip
        given = {name: option("--amiproof-" + name.replace("_", "-")) for name in names}
        out = option("--amiproof-out")
        return Controller(
            option("--amiproof-target"),
            option("--amiproof-effort"),
            option("--amiproof-seed"),
            Path(out) if out else None,
            {name: value for name, value in given.items() if value},
            limits(option("--amiproof-budget")),
            select=option("--amiproof-select"),
            judge=option("--amiproof-judge"),
            baseline=Path(option("--amiproof-baseline")) if option("--amiproof-baseline") else None,
            fail_on=option("--amiproof-fail-on"),
            shard=read_shard(option("--amiproof-shard")),
            database=Address(url) if (url := option("--amiproof-database")) else None,
            duration=read_duration(option("--amiproof-for")),
        )

    def start(self) -> None:
        """Start or find the target and make sure that it can be tested. Raises AmiproofError.

        Does nothing the second time.
        """
        if self._plan is not None:
            return
        if self.recording is not None:
            self._plan = self._retold(self.recording)
            return
        if self.database is not None:
            database.check(self.database)
        target = self._resolved()
        run_id = new_run_id()
        folder = ledgers() / run_id
        self._plan = Plan(
            target,
            run_id,
            str(folder),
            self.effort,
            self.seed,
            self.judge,
            self.limits,
            time.time(),
            str(self.record.absolute()) if self.record else "",
            self.database,
            self.duration,
        )
        self._lines = self._header(self._plan)
        self._ledger = Ledger(folder, "conductor", durable=target.real)
        self._stack.callback(self._ledger.close)
        try:
            self._ledger.open(
                Header(
                    run_id,
                    target.name,
                    target.endpoint,
                    target.region,
                    account.digest(target.account),
                )
            )
            guard = Guard(self._ledger, self._plan.budget())
            with self._client(target, guard) as client:
                requests = preflight(target, client)
                self._overhead = Cost(requests=requests, create_image_requests=1)
        except AmiproofError:
            self.stop()
            raise

    def _resolved(self) -> Target:
        target = resolve(self.target_name, self.overrides, self._stack)
        settings = configuration.targets().get(self.target_name)
        self.limits = self.limits.over(limits((settings and settings.budget) or ""))
        if self.baseline is None and settings and settings.baseline:
            self.baseline = Path(settings.baseline)
        if self.baseline is not None:
            self._known = known_deviations(self.baseline)
        try:
            target = account.admitted(target)
            if target.real:
                planned = self.confirm(target) if self.confirm else account.LOW
                self.limits = self.limits.over(planned).over(account.LOW)
            return target
        except AmiproofError:
            self.stop()
            raise

    def _client(self, target: Target, guard: Guard) -> GuardedClient:
        if self._lines is None:
            return GuardedClient(connect(target), guard)
        return RecordingClient(connect(target), guard, self._lines, "conductor")

    def _header(self, plan: Plan) -> Lines | None:
        """The recording begun, if there is to be one."""
        if self.record is None:
            return None
        header = RunHeader(
            run=plan.run_id,
            target=TargetSettings.of(plan.target),
            effort=plan.effort,
            seed=plan.seed,
            judge=plan.judge,
            fail_on=self.fail_on,
            suite=msgspec.to_builtins(suite(platform.python_version())),
            shard=str(self.shard or ""),
        )
        return cassette.begin(self.record, header, plan.target.account)

    def _retold(self, recording: Cassette) -> Plan:
        header = recording.header
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="amiproof-judge-"))
        self.effort, self.seed, self.judge = header.effort, header.seed, header.judge
        self.shard = read_shard(header.shard)
        if self.baseline is not None:
            self._known = known_deviations(self.baseline)
        return Plan(header.target.target(), header.run, folder, self.effort, self.seed, self.judge)

    def part(self) -> Worker:
        """The part of the controlling process, which pytest-xdist's workers copy."""
        assert self._plan is not None, "start() comes first"
        if self.recording is not None:
            return CassetteWorker(self._plan, self.recording)
        return Worker(self._plan)

    def plan(self, rules: Sequence[str]) -> None:
        """Learn which rules will be exercised."""
        self._planned = list(rules)
        if self.recording is not None:
            self._planned = self.recording.planned
        if self._lines is not None:
            self._lines.add(Planned(self._planned, are_many(self._planned)))
        if self.on_plan is not None:
            self.on_plan(self._planned)

    def collect(self, data: Any) -> None:
        """Take in a property's record."""
        record = Record.from_json(data)
        if record.rule in self._records:
            new = self._records[record.rule].absorb(record)
            if self.on_more is not None:
                self.on_more(record, new)
            self._save_so_far()
        else:
            self._records[record.rule] = record
            if self.on_record is not None:
                self.on_record(record)
        interrupt.check()

    @property
    def until(self) -> float:
        """When drawing ends, in seconds since 1970."""
        return self._plan.started + self.duration if self._plan is not None else 0.0

    def go_on(self, items: Iterable[pytest.Item]) -> None:
        """Exercise the properties that draw again and again, until the time is over."""
        for item in itertools.cycle([i for i in items if self._draws(i.name)]):
            if time.time() >= self.until or any(r.cut_short for r in self._records.values()):
                break
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)

    def _draws(self, name: str) -> bool:
        record = self._records.get(rule_of(name))
        return record is not None and record.draws

    def _save_so_far(self) -> None:
        """Keep what is known: a long run may end in another way than it should."""
        if self.out is not None and time.monotonic() >= self._saved + _EACH:
            save(self._assembled(complete=False), self.out / "results.json")
            self._saved = time.monotonic()

    def finish(self, *, interrupted: bool) -> int:
        """Remove what the run made, write the results; the exit status of design.md."""
        if self._plan is None:
            return 3
        plan = self._plan
        interrupted = interrupt.clean_up_begins() or interrupted
        try:
            self.left = self._clean_up(plan)
        except KeyboardInterrupt:
            self.left = [
                f"{kind} {id} (the clean-up was interrupted: see amiproof sweep)"
                for kind, ids in self._ledger.remaining().items()
                for id in ids
            ]
        cut_short = any(record.cut_short for record in self._records.values())
        complete = not (interrupted or self.errors or cut_short)
        if self.recording is not None:
            complete = complete and self.recording.complete
        if self._lines is not None and self.record is not None:
            cassette.finish(self.record, self._lines, complete=complete, left=self.left)
        self.results = self._assembled(complete=complete)
        self._look_for_database()
        if self.out is not None:
            save(self.results, self.out / "results.json")
            documents.write(self.results, self.out)
        status = exit_status(self.results)
        if not complete:
            status = 4
        decided = any(r.keeps or r.breaks or r.findings for r in self._records.values())
        self.cannot = next(
            (r.cut_short for r in self._records.values() if r.cannot and not decided), ""
        )
        if self.cannot:
            status = 3
        return 5 if self.left else status

    def _assembled(self, *, complete: bool) -> Results:
        """The results of what is known."""
        assert self._plan is not None
        plan = self._plan
        facts = RunFacts(
            target=plan.target,
            effort=plan.effort,
            seed=plan.seed,
            judge=plan.judge,
            complete=complete,
            seconds=time.monotonic() - self._started,
            python=platform.python_version(),
            overhead=self._overhead,
            shard=self.shard,
        )
        results = assemble(facts, self._records.values(), self._rules())
        results = msgspec.structs.replace(results, fail_on=self.fail_on)
        return results if self._known is None else hold(results, self._known, date.today())

    def _rules(self) -> Collection[str]:
        """The rules of the run; those of its other shards too."""
        if self.shard is not None or not self._planned:
            return selected_rules(self.select) | set(self._planned)
        return self._planned

    def _clean_up(self, plan: Plan) -> list[str]:
        if self.recording is not None:
            return self.recording.left
        discard(Path(plan.folder))
        with contextlib.ExitStack() as stack:
            client = stack.enter_context(self._client(plan.target, Guard(self._ledger)))
            callers = [Api(client)]
            for _ in range(1, self.workers):
                callers.append(Api(stack.enter_context(client.twin())))
            left = clean_up(self._ledger, callers[0], plan.target.window, callers[1:])
            self._overhead += Cost(requests=sum(caller.requests for caller in callers))
            return left

    def _look_for_database(self) -> None:
        if self.database is not None:
            try:
                database.check(self.database)
            except UsageError as why:
                self.said.append(
                    f"{why} What failed may not have been kept; no verdict depends on it."
                )

    def stop(self) -> None:
        """Stop the endpoint, if it was started for this run."""
        self._stack.close()

    def sentence(self) -> str:
        """The run in one sentence."""
        assert self.results is not None
        totals = self.results.totals
        return (
            f"{totals.passed} rules hold, {totals.fail} are broken, {totals.untested} untested,"
            f" {totals.not_applicable} not applicable"
        )


def failure_text(record: Record) -> str:
    """What pytest shows of a property whose rule is broken."""
    rule = CATALOGUE[record.rule]
    lines = [f"{rule.id}: {rule.statement}", f"source: {'; '.join(map(str, rule.sources))}"]
    for finding in record.own():
        deviation = finding.deviation
        lines.append(f"expected: {msgspec.to_builtins(deviation.expected)}")
        lines.append(f"observed: {msgspec.to_builtins(deviation.observed)}")
        lines += [f"  {name}={value!r}" for name, value in deviation.request]
    return "\n".join(lines)
