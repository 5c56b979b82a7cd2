"""Generates requests for one property: the seed, the database, the deadline, what was sent."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis.database import ExampleDatabase
from hypothesis.strategies import SearchStrategy

from conformance.clock import SYSTEM, Clock
from conformance.engine.core.record import Record, RuleDeviation
from conformance.engine.core.share import ALL, Share
from conformance.engine.execution.batch import create_ahead
from conformance.engine.execution.session import Session
from conformance.engine.property.database import Examples
from conformance.engine.property.explore import explore, generated
from conformance.engine.property.value_classes import value_classes
from conformance.model.request import Draft
from reports.results import Identity


@dataclass
class Generation:
    """The generated requests of one property in one round of a run."""

    base: int = 1
    """The run's seed."""
    examples: Examples | None = None
    """The example database: requests that failed in earlier runs."""
    round: int = 0
    until: float = 0.0
    """When generation ends, in seconds since 1970. The first round ignores it."""
    known: frozenset[Identity] = frozenset()
    """The deviations that earlier rounds found."""
    sent: set[Draft] = field(default_factory=set)
    """The generated requests that were sent."""
    clock: Clock = SYSTEM
    share: Share = ALL
    """What this process sends of the requests that the run's workers deal among themselves."""

    @property
    def seed(self) -> int:
        """The seed of the round. The first round has the run's seed."""
        return zlib.crc32(f"{self.base} round {self.round}".encode()) if self.round else self.base

    def is_over(self) -> bool:
        """Whether the time for generation is over."""
        return self.round > 0 and self.clock.time() >= self.until

    def database(self, part: str) -> ExampleDatabase | None:
        """The example database of one part of a property, if the run has a database."""
        return self.examples.of(part) if self.examples else None

    def explore(
        self,
        session: Session,
        record: Record,
        part: str,
        evaluate: Callable[[Draft], list[RuleDeviation]],
        strategy: SearchStrategy[Draft],
        examples: int,
        sent_as: Callable[[Draft], Draft],
        *,
        shrinks: int,
        together: bool = False,
    ) -> list[RuleDeviation]:
        """The deviations that generated requests of one part of a property show, shrunk.

        ``sent_as`` maps a draft to the draft that is sent. ``together``: the requests are sent as
        one batch and their effects are observed together.
        """
        salt = f"{record.rule} {part}"
        record.generates = record.generates or examples > 0

        def is_sent(draft: Draft) -> bool:
            return session.has(sent_as(draft))

        def note(draft: Draft) -> None:
            self.sent.add(sent_as(draft))
            for each in value_classes(draft):
                record.values[each] = record.values.get(each, 0) + 1

        def noted(draft: Draft) -> list[RuleDeviation]:
            if not is_sent(draft):
                note(draft)
            return evaluate(draft)

        if together and not self.is_over():
            drafts = generated(strategy, examples=examples, seed=self.seed, salt=salt)
            for draft in create_ahead(session, {sent_as(draft): draft for draft in drafts}):
                note(draft)
        return explore(
            strategy,
            noted,
            examples=examples,
            seed=self.seed,
            salt=salt,
            known=self.known | {deviation.identity for deviation in record.deviations},
            already_sent=is_sent,
            most_after_failure=shrinks,
            database=self.database(salt),
            is_over=self.is_over,
        )
