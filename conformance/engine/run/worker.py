"""What each process of a run works with: the plan that it is given, and its part of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from conformance.engine.client.budget import Budget, Limits
from conformance.engine.client.cassette import Lines
from conformance.engine.client.cassette_clients import RecordingClient
from conformance.engine.client.client import GuardedClient
from conformance.engine.client.connect import connect
from conformance.engine.client.guard import Guard
from conformance.engine.client.ledger import Ledger
from conformance.engine.core.effort import EFFORTS, EffortName
from conformance.engine.core.record import Record
from conformance.engine.core.target import Target
from conformance.engine.execution.eviction import Eviction
from conformance.engine.execution.session import Session
from conformance.engine.execution.workarounds import Workarounds
from conformance.engine.property.database import Address, Examples
from conformance.engine.property.generate import Generation
from conformance.engine.property.runner import Property, run
from conformance.engine.property.target_exercise import TargetExercise
from conformance.engine.resources.names import first_number
from conformance.engine.resources.shared import FileCache
from conformance.engine.scenarios.cache import ScenarioCache
from conformance.model.aws import JudgeName, adopt
from conformance.model.request import Draft
from reports.results import Identity

ALONE = "main"
"""The name of a process that does all of a run's work."""


class Plan(msgspec.Struct, frozen=True):
    """What each process of a run has to know."""

    target: Target
    run_id: str
    folder: str
    effort: EffortName = "quick"
    seed: int = 1
    judge: JudgeName = "documents"
    limits: Limits = Limits()
    started: float = 0.0
    """Seconds since 1970."""
    record: str = ""
    """The file that the exchanges go to."""
    database: Address | None = None
    """Where what failed is kept."""
    duration: float = 0.0
    """Seconds for which it goes on generation."""

    def budget(self) -> Budget:
        """What the run may use."""
        return Budget(self.limits, Path(self.folder), self.started)


class Worker:
    """One process's part: its session, made when the first rule is exercised."""

    def __init__(self, plan: Plan, worker: str = ALONE) -> None:
        self.plan = plan
        self._worker = worker
        self.covering: Sequence[Draft] = ()
        """Requests that many rules ask for, and are sent together."""
        self.scenarios: Sequence[Draft] = ()
        """Requests that one story each begins with: sent with them by who does all of the work."""
        self._session: Session | None = None
        self._workarounds: Workarounds | None = None
        self._rounds: Counter[str] = Counter()
        self._draws: set[str] = set()
        self._found: defaultdict[str, set[Identity]] = defaultdict(set)
        self._forgetting: Eviction | None = None
        self._examples = Examples(plan.database) if plan.database else None

    def to_json(self) -> Any:
        """Plain data, as pytest-xdist can carry it."""
        return msgspec.to_builtins(self.plan)

    @staticmethod
    def from_json(data: Any, worker: str) -> Worker:
        """The part of a worker."""
        return Worker(msgspec.convert(data, Plan), worker)

    def exercise(self, rule_id: str) -> TargetExercise:
        """What a property about a rule works with."""
        plan = self.plan
        if self._session is None or self._workarounds is None:
            if plan.judge == "aws":
                adopt()
            self._session = self._begun()
            ScenarioCache.of(
                self._session
            )  # before anything is launched: it watches passing states
            self._workarounds = Workarounds(self._session, self._together(self._worker))
            if plan.duration:
                self._forgetting = Eviction(self._session)
        self._session.client.begin(rule_id)
        generation = Generation(plan.seed, self._examples)
        if plan.duration:
            generation.round = self._rounds[rule_id]
            generation.until = plan.started + plan.duration
            generation.known = frozenset(self._found[rule_id])
            self._rounds[rule_id] += 1
        effort = EFFORTS[plan.effort]
        effort = effort.again() if generation.round else effort
        return TargetExercise(rule_id, self._session, self._workarounds, effort, generation)

    def _together(self, worker: str) -> Sequence[Draft]:
        """What a process sends together with the plainest request."""
        return (*self.covering, *self.scenarios) if worker == ALONE else self.covering

    def _begun(self) -> Session:
        plan = self.plan
        ledger = Ledger(Path(plan.folder), self._worker, durable=plan.target.real)
        guard = Guard(ledger, plan.budget())
        if not plan.record:
            client = GuardedClient(connect(plan.target), guard)
            shared = FileCache(Path(plan.folder)) if self._worker != ALONE else None
            return Session(plan.target, client, ledger, plan.run_id, shared=shared)
        lines = Lines(Path(plan.record), plan.target.account)
        # Each process makes its own then: it has to be in the recording what it had from others.
        client = RecordingClient(connect(plan.target), guard, lines, self._worker)
        first = first_number(plan.run_id, self._worker)
        client.started(first)
        return Session(plan.target, client, ledger, plan.run_id, first)

    def has_more(self, exercise: TargetExercise) -> bool:
        """Whether there is anything to do: in another round only what draws has."""
        generation = exercise.generation
        return not generation.round or (
            exercise.rule.id in self._draws and not generation.is_over()
        )

    def run(self, check: Property, exercise: TargetExercise, *, last: bool) -> Record:
        """Run a property; its record."""
        record = run(check, exercise, last=last)
        self._found[record.rule] |= {finding.identity for finding in record.findings}
        if record.draws:
            self._draws.add(record.rule)
        if self._forgetting is not None and not record.cut_short:
            self._forgetting.forget(exercise.generation.sent)
        client = exercise.session.client
        if isinstance(client, RecordingClient):
            client.finished(exercise.rule.id)
        return record

    def close(self) -> None:
        """Close the connection and the ledger's file."""
        if self._session is not None:
            self._session.client.close()
            self._session.ledger.close()
        if self._examples is not None:
            self._examples.close()
