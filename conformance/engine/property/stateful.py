"""The stateful test: sequences of steps, executed against a target and compared to the model."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Sequence
from math import ceil
from zlib import crc32

from hypothesis.database import ExampleDatabase
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from conformance.engine.client.api import Refused, numbered
from conformance.engine.core.record import RuleDeviation
from conformance.engine.execution.session import Session
from conformance.engine.property.explore import deviation_found, gathered, in_turn, seeded
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.scenarios.scenario import Scenario, Story
from conformance.engine.scenarios.scenarios import Scenarios
from conformance.engine.scenarios.sequence import SequenceRun, change, settled
from conformance.model.request import Draft, Placeholder, create_image
from conformance.model.sequence import STATE_CHANGES, Action, Steps
from conformance.model.world import Instance
from reports.results import Identity

STEPS = 12
"""Steps in a generated sequence, at most."""


class SequenceTest:
    """Executes sequences, each once, with one source instance until a sequence terminates it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._source: Instance | None = None
        self._executed: dict[Steps, list[RuleDeviation]] = {}
        self._ahead: dict[Steps, Scenario] = {}
        self._told: dict[Steps, list[RuleDeviation]] = {}
        self._known: set[Identity] = set()
        """The deviations that properties of the session have found: no exploration shrinks them."""

    def know(self, deviations: Iterable[RuleDeviation]) -> None:
        """Take in the deviations that a property has found."""
        self._known |= {deviation.identity for deviation in deviations}

    def ahead(self, fixed: Iterable[Steps], rejections: Sequence[Draft]) -> list[Scenario]:
        """Scenarios that execute fixed sequences between other requests, each with an instance of
        its own."""

        def scenario(number: int, steps: Steps) -> Scenario:
            def tell(session: Session, draft: Draft) -> Story:
                return self._tell(steps, rejections)

            return Scenario(f"sequence {number}", create_image(), tell, apart=True)

        self._ahead = {steps: scenario(number, steps) for number, steps in enumerate(fixed, 1)}
        return list(self._ahead.values())

    def _tell(self, steps: Steps, rejections: Sequence[Draft]) -> Story:
        session = self._session
        launched = session.instances.spares.take()
        since = session.instances.moved_at(launched.id)
        stops = steps[0].action is Action.STOP
        source = yield from settled(session, launched, "running", since, imageless=stops)
        if stops:  # it takes long, and needs nothing of the batch
            since = change(session, source, Action.STOP)
            source = yield from settled(session, source, "stopped", since)
        run = SequenceRun(session, source, self._rejection(rejections))
        yield from run.story(steps[stops:])
        run.close()
        if run.source.state != "terminated":
            session.instances.spares.done_with(run.source.id)
        self._told[steps] = run.deviations
        return None

    def execute(
        self, steps: Steps, rejections: Sequence[Draft], scenarios: Scenarios | None = None
    ) -> list[RuleDeviation]:
        """The deviations that a sequence shows. Raises NotAvailable if no instance can be had.

        ``rejections`` are drafts that break a rule about another value than name and instance.
        ``scenarios`` may have begun with the sequence ahead.
        """
        if scenarios is not None and steps in self._ahead:
            scenarios.history(self._ahead[steps])
            if steps in self._told:
                return self._told[steps]
        if steps not in self._executed:
            rejection = self._rejection(rejections)
            lent = self._lent(steps)
            sequence_run = SequenceRun(self._session, lent or self._running(), rejection)
            try:
                for _ in sequence_run.story(steps):
                    pass  # the next step waits itself
                self._executed[steps] = sequence_run.deviations
            finally:
                sequence_run.close()
                if lent is None:
                    self._source = sequence_run.source
        return self._executed[steps]

    def forget(self) -> None:
        """Drop the results of executed sequences; the source instance is kept."""
        self._executed.clear()

    def explore(
        self,
        machine: Callable[[Callable[[Steps], None]], type[RuleBasedStateMachine]],
        rejections: Sequence[Draft],
        *,
        sequences: int,
        seed: int,
        share: tuple[int, int],
        known: Collection[Identity],
        most_after_failure: int,
        database: ExampleDatabase | None = None,
        is_over: Callable[[], bool] = bool,
    ) -> list[RuleDeviation]:
        """Every deviation that generated sequences show and no property has found, shrunk.

        ``known`` has those of the property at work. Of all ``sequences`` a ``share`` is executed,
        for instance the first of four; shrinking may execute any. A sequence counts as showing
        nothing once the executed ones have made two images each, or once ``most_after_failure``
        new ones followed the first failure.
        """
        number, of = share
        most_images = self._session.registry.created + 2 * ceil(sequences / of)
        failed = 0
        skipped: set[Steps] = set()
        known = {*known, *self._known}

        def check(steps: Steps) -> None:
            nonlocal failed
            if steps in skipped:
                return
            if steps not in self._executed:
                if not failed and crc32(repr(steps).encode()) % of != number % of:
                    return
                enough = self._session.registry.created >= most_images
                if failed > most_after_failure or (enough and not failed) or is_over():
                    skipped.add(steps)
                    return
                failed += bool(failed)
            for deviation in self.execute(steps, rejections):
                if deviation.identity not in known:
                    failed = failed or 1
                    raise deviation_found(deviation)

        test = seeded(seed, "lives")(machine(check))
        return in_turn(
            lambda how: gathered(lambda: run_state_machine_as_test(test, settings=how)),
            sequences,
            STEPS,
            database,
        )

    def _lent(self, steps: Steps) -> Instance | None:
        """The run's first source, for a sequence that leaves its state alone; None where it has
        its own."""
        target, own = self._session.target, self._source
        if target.instance_id or (own is not None and own.state == "running"):
            return None
        if any(step.action in STATE_CHANGES for step in steps):
            return None
        instances = self._session.instances
        source = instances.of(Placeholder.RUNNING)
        # What earlier requests have changed is none of the sequence's.
        now = instances.refresh(source.id)
        return now if now is not None and now.state == "running" else None

    def _running(self) -> Instance:
        """A running instance: that of the last sequence, started if it is stopped, or a new one."""
        session, source = self._session, self._source
        try:
            if source is not None and source.state == "stopped":
                session.api.call("StartInstances", numbered("InstanceId", [source.id]))
                return session.instances.settled(source, "running")
            if source is None or source.state != "running":
                # Of the minimal request's kind: its effects are compared to those of a sequence.
                return session.instances.settled(session.instances.spares.take(), "running")
        except Refused as refused:
            lacking = f"needs an instance to continue with: {refused}"
            raise NotAvailable(lacking, refused.hindrance) from None
        return source

    def _rejection(self, rejections: Sequence[Draft]) -> Draft | None:
        """The first of these drafts that the target rejects as it must."""
        for draft in rejections:
            with contextlib.suppress(NotAvailable):
                trial = self._session.create(draft)
                if not trial.accepted and trial.expectation.allows(trial.outcome):
                    return draft
        return None
