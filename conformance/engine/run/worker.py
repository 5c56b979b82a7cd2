"""A worker: runs the properties of rules in one process of a run."""

from __future__ import annotations

import contextlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from conformance.engine.client.cassette import Lines
from conformance.engine.client.cassette_clients import RecordingClient
from conformance.engine.client.client import GuardedClient
from conformance.engine.client.connect import connect
from conformance.engine.client.environment import OUTSIDE, Environment
from conformance.engine.client.guard import Guard
from conformance.engine.client.ledger import Ledger
from conformance.engine.core.effort import EFFORTS
from conformance.engine.core.errors import CannotTest, CutShort
from conformance.engine.core.gauge import GAUGE
from conformance.engine.core.record import Record
from conformance.engine.core.share import ALL, Share
from conformance.engine.execution.eviction import Eviction
from conformance.engine.property import ahead
from conformance.engine.property.database import Address, Examples
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.generate import Generation
from conformance.engine.property.runner import Property, run
from conformance.engine.property.session_parts import SessionParts, open_session
from conformance.engine.resources import inventory, residue
from conformance.engine.resources.names import first_number
from conformance.engine.resources.shared import FileCache
from conformance.engine.run.plan import Plan
from conformance.engine.scenarios.scenario import Scenario, needed_by, own_instances
from conformance.model.aws import adopt
from conformance.model.request import Draft
from conformance.model.sequence import Steps
from reports.results import Identity
from strategies import covering, scenarios, unspecified
from strategies.sequences import FIXED

ALONE = "main"
"""The name of a process that does all of a run's work."""


class Ahead(TypedDict, total=False):
    """Arguments of :func:`open_session`."""

    alone: Sequence[Scenario]
    sequences: Sequence[Steps]
    breaking: Sequence[Draft]
    spares: tuple[int, int]


class Worker:
    """One process of a run. It opens its session when it exercises its first rule."""

    def __init__(
        self,
        plan: Plan,
        name: str = ALONE,
        environment: Environment = OUTSIDE,
        share: Share = ALL,
    ) -> None:
        """``share`` is what the worker takes of the properties that every worker runs."""
        self.plan = plan
        self._share = share
        self._name = name
        self._environment = environment
        self.covering: Sequence[Draft] = ()
        """Covering requests that many rules need: the worker sends them as one batch."""
        self.scenarios: Sequence[Draft] = ()
        """The first requests of the scenarios. Only a worker that works alone batches them."""
        self.wanted: Sequence[Scenario] = ()
        """Scenarios that the run's rules need: the worker begins with them at once."""
        self.sequences: Sequence[Steps] = ()
        """Fixed sequences that the run's rules need. Only a worker that works alone on an account
        begins with them at once: elsewhere they wait for next to nothing."""
        self.alone: Sequence[Scenario] = ()
        """Scenarios that work alone and wait for little: a worker on an account tells them first,
        so that properties use their images."""
        self.breaking: Sequence[Draft] = ()
        """Drafts that break the run's rules. A worker on an account sends them while it waits."""
        self.own_instances = 0
        """How many of the scenarios take an instance that no image is made of."""
        self._parts: SessionParts | None = None
        self._rounds: Counter[str] = Counter()
        self._generates: set[str] = set()
        self._found: defaultdict[str, set[Identity]] = defaultdict(set)
        self._eviction: Eviction | None = None
        database = plan.config.database
        self._examples = Examples(Address(database)) if database else None

    def expect(self, rules: Sequence[str], *, many: bool) -> None:
        """Take the rules of the run in their order. ``many``: they need every covering request."""
        if many:
            self.covering = (*covering.ALL, unspecified.ALL)
            self.scenarios = scenarios.ALL
        self.wanted = tuple(needed_by(rules))
        self.alone = ahead.alone(rules)
        self.sequences = tuple(FIXED[rule] for rule in rules if rule in FIXED)
        plan = self.plan
        self.breaking = ahead.breaking(rules, EFFORTS[plan.effort], plan.config.seed)
        self.own_instances = own_instances(rules)

    def exercise(self, rule_id: str) -> Exercise:
        """The context for a rule's property. The first call opens the session."""
        plan, config = self.plan, self.plan.config
        if self._parts is None:
            if config.judge == "aws":
                adopt()
            self._parts = self._open()
            self._parts.session.names.share = self._share
            if plan.duration:
                self._eviction = Eviction(self._parts.session)
        self._parts.session.client.begin(rule_id)
        clock = self._environment.clock
        generation = Generation(config.seed, self._examples, clock=clock, share=self._share)
        if plan.duration:
            generation.round = self._rounds[rule_id]
            generation.until = plan.started + plan.duration
            generation.known = frozenset(self._found[rule_id])
            self._rounds[rule_id] += 1
        effort = EFFORTS[plan.effort]
        effort = effort.again() if generation.round else effort
        return Exercise(rule_id, self._parts, effort, generation)

    def _ahead(self) -> Ahead:
        """What a worker on an account begins with before a property needs it."""
        if not self.plan.target.limits:
            return {}
        sequences = self.sequences if self._name == ALONE else ()
        spares = (len(sequences), self.own_instances)
        return {
            "alone": self.alone if self._name == ALONE else (),
            "sequences": sequences,
            "breaking": self.breaking,
            "spares": spares,
        }

    def _batched(self, worker: str) -> Sequence[Draft]:
        """The drafts that a worker sends in one batch with the minimal request.

        On an account images take minutes, and scenarios wait for theirs: these are sent first.
        """
        if worker != ALONE:
            return self.covering
        if self.plan.target.limits:
            return (*self.scenarios, *self.covering)
        return (*self.covering, *self.scenarios)

    def _open(self) -> SessionParts:
        plan, batched = self.plan, self._batched(self._name)
        clock = self._environment.clock
        ledger = Ledger(Path(plan.folder), self._name, durable=plan.target.real, clock=clock)
        GAUGE.open(Path(plan.folder), self._name)
        guard = Guard(ledger, plan.budget(clock), plan.rates())
        if plan.config.record is None:
            client = GuardedClient(connect(plan.target, self._environment), guard)
            shared = FileCache(Path(plan.folder)) if self._name != ALONE else None
            return open_session(
                plan.target,
                client,
                ledger,
                plan.run_id,
                shared=shared,
                covering=batched,
                wanted=self.wanted,
                **self._ahead(),
            )
        lines = Lines(plan.config.record, plan.target.account)
        # Only histories are shared: a worker's recording must hold every other answer that the
        # worker used.
        histories = FileCache(Path(plan.folder)) if self._name != ALONE else None
        client = RecordingClient(connect(plan.target, self._environment), guard, lines, self._name)
        first = first_number(plan.run_id, self._name, clock.random)
        large = inventory.is_large(ledger)
        listed = {kind: ids for kind in residue.KINDS if (ids := ledger.before(kind)) is not None}
        client.started(first, ledger.before("image") or () if large else None, listed)
        return open_session(
            plan.target,
            client,
            ledger,
            plan.run_id,
            first=first,
            covering=batched,
            wanted=self.wanted,
            histories=histories,
        )

    def has_more(self, exercise: Exercise) -> bool:
        """Whether the property has requests to send: in a later round, only generated ones."""
        generation = exercise.generation
        return not generation.round or (
            exercise.rule.id in self._generates and not generation.is_over()
        )

    def run(self, check: Property, exercise: Exercise, *, last: bool) -> Record:
        """Run a property. Returns its record."""
        record = run(check, exercise, last=last)
        with contextlib.suppress(CannotTest, CutShort):
            exercise.parts.scenarios.close(finished=not record.cut_short)
        self._found[record.rule] |= {deviation.identity for deviation in record.deviations}
        if record.generates:
            self._generates.add(record.rule)
        if self._eviction is not None and not record.cut_short:
            self._eviction.forget(exercise.generation.sent)
        client = exercise.session.client
        if isinstance(client, RecordingClient):
            client.finished(exercise.rule.id)
        return record

    def close(self, *, finished: bool = True) -> None:
        """Close the connections and the ledger. ``finished``: the run did not break off."""
        if self._parts is not None:
            with contextlib.suppress(CannotTest, CutShort):
                self._parts.scenarios.close(finished=finished)
            self._parts.session.client.close()
            self._parts.session.ledger.close()
        if self._examples is not None:
            self._examples.close()
