"""A run against a live target: starts it, and removes the resources that it created."""

from __future__ import annotations

import contextlib
import dataclasses
import platform
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from conformance.clock import Clock
from conformance.engine.client import account, cassette
from conformance.engine.client.api import Api
from conformance.engine.client.budget import Budget, Limits, limits
from conformance.engine.client.cassette import Lines
from conformance.engine.client.cassette_clients import RecordingClient
from conformance.engine.client.cassette_lines import RunHeader, TargetSettings
from conformance.engine.client.client import GuardedClient
from conformance.engine.client.connect import PERSONAS, connect, named, preflight, resolve
from conformance.engine.client.environment import OUTSIDE, Environment, rehearsal
from conformance.engine.client.guard import Guard
from conformance.engine.client.ledger import Header, Ledger, ledgers
from conformance.engine.core import settings
from conformance.engine.core.errors import CannotTest, CutShort, UsageError
from conformance.engine.core.gauge import GAUGE
from conformance.engine.core.record import Cost
from conformance.engine.core.target import Target, is_loopback
from conformance.engine.property import database
from conformance.engine.property.database import Address
from conformance.engine.resources import inventory
from conformance.engine.resources.cleanup import clean_up
from conformance.engine.resources.left_behind import LeftBehind, lines
from conformance.engine.resources.names import new_run_id
from conformance.engine.resources.removal import unsupported
from conformance.engine.resources.shared import discard
from conformance.engine.run.config import RunConfig
from conformance.engine.run.events import Handler
from conformance.engine.run.handlers import RecordingWriter
from conformance.engine.run.plan import Plan
from conformance.engine.run.results import suite
from conformance.engine.run.worker import Worker
from conformance.model.hindrance import Hindrance
from fixtures import persona

Confirm = Callable[[Target], Limits]
"""Asks whether a run may use a real account. Returns the budget; raises UsageError for a no."""
Accept = Callable[[str], None]
"""Warns that a run will leave its resources behind; asks on a terminal. Raises UsageError for a no.
"""
_FEW = Limits(images=60)
"""The budget at a target that cannot remove images or snapshots: twice what a conforming target
needs."""
_FEW_ON_LOOPBACK = Limits(images=180)
"""The same at an emulator on loopback, which can be started anew."""
CONTROLLER = "controller"
"""The controller's name among the processes that write to a ledger or a recording."""


class LiveRun:
    """A started run: the target, the ledger and, with ``--record``, the recording."""

    order: dict[str, int] | None = None
    complete = True

    def __init__(
        self,
        config: RunConfig,
        confirm: Confirm | None = None,
        accept: Accept | None = None,
        environment: Environment = OUTSIDE,
    ) -> None:
        """Start or find the target, and check that it can be tested. Raises AmiproofError."""
        self._environment = environment
        self._database = Address(config.database) if config.database else None
        self._lines: Lines | None = None
        self._notes: list[str] = []
        with contextlib.ExitStack() as stack:
            if self._database is not None:
                database.check(self._database)
            name = named(config.target, config.profile)
            target = account.admitted(resolve(name, config.overrides(), stack, environment))
            limits = _limits(config, name, target, confirm)
            home = environment.home or ledgers()
            # Nothing outlives an endpoint in this process, and ids come again.
            if environment.dial is not None and environment.home is None:
                home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            self.plan = _plan(config, target, limits, self.clock, home)
            if config.record is not None:
                self._lines = cassette.begin(config.record, _header(self.plan), target.account)
            self._ledger = Ledger(
                Path(self.plan.folder), CONTROLLER, durable=target.real, clock=self.clock
            )
            stack.callback(self._ledger.close)
            GAUGE.open(Path(self.plan.folder), CONTROLLER)
            who = account.digest(target.account)
            self._ledger.open(
                Header(self.plan.run_id, target.name, target.endpoint, target.region, who)
            )
            try:
                with self._client(self._guard(self.plan.budget(self.clock))) as client:
                    requests = preflight(target, client)
                requests += self._list_account(accept)
            except CutShort as why:
                if why.hindrance is Hindrance.BUDGET:
                    raise
                raise CannotTest(str(why)) from None
            self.cost = Cost(requests=requests, create_image_requests=1)
            """Of the preflight and the clean-up, which belong to no property."""
            self._stack = stack.pop_all()

    @property
    def clock(self) -> Clock:
        """The clock of the run."""
        return self._environment.clock

    def handlers(self) -> list[Handler]:
        """The writer of the recording, if the run makes one."""
        record = self.plan.config.record
        if self._lines is None or record is None:
            return []
        return [RecordingWriter(record, self._lines)]

    def planned(self, collected: list[str]) -> list[str]:
        """The rules of the run, of those that pytest collected: all."""
        return collected

    def worker(self) -> Worker:
        """The worker of the controller's own process."""
        return Worker(self.plan, environment=self._environment)

    def clean_up(self) -> list[str]:
        """Remove the run's resources. Returns those that it could not remove."""
        try:
            return self._clean_up()
        except KeyboardInterrupt:
            why = "the clean-up was interrupted: see amiproof sweep"
            remaining = self._ledger.remaining().items()
            return lines(LeftBehind(kind, id, why) for kind, ids in remaining for id in ids)

    def _clean_up(self) -> list[str]:
        discard(Path(self.plan.folder))
        with contextlib.ExitStack() as stack:
            client = stack.enter_context(self._client(self._guard()))
            apis = [Api(client, self.clock)]
            for _ in range(1, self.plan.config.workers):
                apis.append(Api(stack.enter_context(client.twin()), self.clock))
            lister = Api(stack.enter_context(self._unrecorded()), self.clock)
            window = self.plan.target.window
            left = clean_up(self._ledger, apis[0], window, apis[1:], lister, self._notes)
            self.cost += Cost(requests=sum(api.requests for api in [*apis, lister]))
            return left

    def _list_account(self, accept: Accept | None) -> int:
        """Keep what the account has before the run, and see whether the run can remove images
        and snapshots there. Returns the requests it took. Raises UsageError for a no."""
        with self._unrecorded() as client:
            api = Api(client, self.clock)
            inventory.record(self._ledger, api)
            if lacking := unsupported(api):
                self._create_little(lacking, accept)
            return api.requests

    def _create_little(self, lacking: list[str], accept: Accept | None) -> None:
        """Keep to few images where the target cannot remove them."""
        plan = self.plan
        few = _FEW_ON_LOOPBACK if is_loopback(plan.target.endpoint) else _FEW
        limits = plan.limits.over(few)
        config = plan.config
        if self._lines is None:  # a recording's header has its effort already
            config = dataclasses.replace(config, effort="quick", duration="")
        self.plan = msgspec.structs.replace(plan, config=config, limits=limits)
        sentence = (
            f"The target has no {' and no '.join(lacking)}: what the run creates stays there. The"
            f" run keeps to quick effort and at most {limits.images} images; --budget images=N"
            " sets another limit."
        )
        if accept is not None:
            accept(sentence)
        else:
            self._notes.append(sentence)

    def _unrecorded(self) -> GuardedClient:
        """A client for lists of the whole account, which no recording is to hold."""
        return GuardedClient(connect(self.plan.target, self._environment), Guard(self._ledger))

    def _guard(self, budget: Budget | None = None) -> Guard:
        return Guard(self._ledger, budget, self.plan.rates())

    def _client(self, guard: Guard) -> GuardedClient:
        client = connect(self.plan.target, self._environment)
        if self._lines is None:
            return GuardedClient(client, guard)
        return RecordingClient(client, guard, self._lines, CONTROLLER)

    def notes(self) -> list[str]:
        """Further notes for the user, a sentence each."""
        try:
            if self._database is not None:
                database.check(self._database)
        except UsageError as why:
            stored = f"{why} Some failures may not be stored there; no verdict depends on it."
            return [stored, *self._notes]
        return self._notes

    def stop(self) -> None:
        """Close the ledger, and stop the target if the run started it."""
        self._stack.close()


def _limits(config: RunConfig, name: str, target: Target, confirm: Confirm | None) -> Limits:
    """The budget: of the options, of the configured target, of the plan that a user confirmed."""
    configured = settings.targets().get(name)
    found = limits(config.budget).over(limits((configured and configured.budget) or ""))
    if not target.real:
        return found
    return found.over(confirm(target) if confirm else account.LOW).over(account.LOW)


def _plan(config: RunConfig, target: Target, limits: Limits, clock: Clock, home: Path) -> Plan:
    run_id = new_run_id(clock)
    if config.record is not None:  # a worker may have another working directory
        config = dataclasses.replace(config, record=config.record.absolute())
    return Plan(target, run_id, str(home / run_id), config, limits, clock.time())


def _header(plan: Plan) -> RunHeader:
    return RunHeader(
        run=plan.run_id,
        target=TargetSettings.of(plan.target),
        effort=plan.effort,
        seed=plan.config.seed,
        judge=plan.config.judge,
        fail_on=plan.config.fail_on,
        suite=msgspec.to_builtins(suite(platform.python_version())),
        shard=plan.config.shard,
        select=plan.config.select,
    )


@contextlib.contextmanager
def environment_of(config: RunConfig) -> Iterator[Environment]:
    """The environment that a run's options ask for. Raises UsageError."""
    if config.clock == "system":
        yield OUTSIDE
        return
    if config.target not in ("reference", *PERSONAS) or config.workers > 1:
        raise UsageError("--clock virtual takes the target reference or persona, and one worker.")
    with rehearsal(config.seed) as (endpoint, environment):
        if config.target in PERSONAS:
            chosen = persona.PERSONAS[PERSONAS[config.target]]
            persona.install(endpoint, dataclasses.replace(chosen, seed=config.seed))
        yield environment
