"""SequenceTest told to a target, and what they show; the model knows what each step has to do."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Sequence
from math import ceil
from typing import TYPE_CHECKING, ClassVar
from weakref import WeakKeyDictionary
from zlib import crc32

from hypothesis.database import ExampleDatabase
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from conformance.engine.client.api import Refused, numbered
from conformance.engine.core.record import RuleDeviation
from conformance.engine.property.explore import deviating, gathered, in_turn, seeded
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.scenarios.sequence import SequenceRun
from conformance.model.request import Draft
from conformance.model.sequence import Steps
from conformance.model.world import Instance
from reports.results import Identity

if TYPE_CHECKING:
    from conformance.engine.execution.session import Session

STEPS = 12
"""How many steps a drawn life has at most."""


class SequenceTest:
    """Tells lives to a target, each once, about one instance until that is terminated."""

    _of: ClassVar[WeakKeyDictionary[Session, SequenceTest]] = WeakKeyDictionary()

    @staticmethod
    def of(session: Session, rejections: Sequence[Draft]) -> SequenceTest:
        """The one of a session."""
        if session not in SequenceTest._of:
            SequenceTest._of[session] = SequenceTest(session, rejections)
        return SequenceTest._of[session]

    def __init__(self, session: Session, rejections: Sequence[Draft]) -> None:
        """``rejections`` are requests to refuse for something other than name and instance."""
        self._session = session
        self._refusals = rejections
        self._source: Instance | None = None
        self._told: dict[Steps, list[RuleDeviation]] = {}

    def tell(self, life: Steps) -> list[RuleDeviation]:
        """What a life shows. Raises sources.NotAvailable where there is no instance for it."""
        if life not in self._told:
            sequence_run = SequenceRun(self._session, self._running(), self._refusal())
            try:
                self._told[life] = sequence_run.tell(life)
            finally:
                sequence_run.end()
                self._source = sequence_run.source
        return self._told[life]

    def forget(self) -> None:
        """Have no more than the last life's instance: what was told once may be told again."""
        self._told.clear()

    def explore(
        self,
        machine: Callable[[Callable[[Steps], None]], type[RuleBasedStateMachine]],
        *,
        sequences: int,
        seed: int,
        share: tuple[int, int],
        known: Collection[Identity],
        most_after_failure: int,
        database: ExampleDatabase | None = None,
        is_over: Callable[[], bool] = bool,
    ) -> list[RuleDeviation]:
        """Every deviation that drawn lives show and that is not known yet, shrunk.

        Of all ``sequences`` a ``share`` is executed, the first of four for instance; to make one
        smaller that shows something, any. Once those have made two images each, and after the first
        failure once so many new lives were told, others count as showing nothing, always the same
        ones.
        """
        number, of = share
        most_images = self._session.images_created + 2 * ceil(sequences / of)
        failed = 0
        passed_over: set[Steps] = set()

        def told(life: Steps) -> None:
            nonlocal failed
            if life in passed_over:
                return
            if life not in self._told:
                if not failed and crc32(repr(life).encode()) % of != number % of:
                    return
                enough = self._session.images_created >= most_images
                if failed > most_after_failure or (enough and not failed) or is_over():
                    passed_over.add(life)
                    return
                failed += bool(failed)
            for finding in self.tell(life):
                if finding.identity not in known:
                    failed = failed or 1
                    raise deviating(finding)

        drawing = seeded(seed, "lives")(machine(told))
        return in_turn(
            lambda how: gathered(lambda: run_state_machine_as_test(drawing, settings=how)),
            sequences,
            STEPS,
            database,
        )

    def _running(self) -> Instance:
        """A running instance: that of the last life, started or launched anew."""
        session, source = self._session, self._source
        try:
            if source is not None and source.state == "stopped":
                session.caller.call("StartInstances", numbered("InstanceId", [source.id]))
                return session.sources.settled(source, "running")
            if source is None or source.state != "running":
                # Of the same kind as the plainest request's, to which lives are compared.
                return session.sources.settled(session.sources.launch(), "running")
        except Refused as refused:
            raise NotAvailable(f"needs an instance to continue with: {refused}") from None
        return source

    def _refusal(self) -> Draft | None:
        """The first request that the target refuses as it should."""
        for draft in self._refusals:
            with contextlib.suppress(NotAvailable):
                trial = self._session.create(draft)
                if not trial.accepted and trial.expectation.allows(trial.outcome):
                    return draft
        return None
