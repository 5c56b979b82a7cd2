"""How a property draws: from which seed, what it tries first, when it ends, and what was drawn."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis.database import ExampleDatabase
from hypothesis.strategies import SearchStrategy

from conformance.engine.core.record import Record, RuleDeviation
from conformance.engine.execution.batch import send_ahead
from conformance.engine.execution.session import Session
from conformance.engine.property.database import Examples
from conformance.engine.property.explore import drawn, explore
from conformance.engine.property.value_classes import classes
from conformance.model.request import Draft
from reports.results import Identity


@dataclass
class Drawing:
    """One property's drawing in one round of a run."""

    base: int = 1
    """The run's seed."""
    examples: Examples | None = None
    """Where what failed is kept."""
    round: int = 0
    until: float = 0.0
    """When drawing ends, in seconds since 1970; the first round does not heed it."""
    known: frozenset[Identity] = frozenset()
    """What earlier rounds have found."""
    drawn: set[Draft] = field(default_factory=set)
    """What was sent because it was drawn."""

    @property
    def seed(self) -> int:
        """The seed of the round: the run's, or one that follows from it."""
        return zlib.crc32(f"{self.base} round {self.round}".encode()) if self.round else self.base

    def is_over(self) -> bool:
        """Whether nothing more is to be drawn."""
        return self.round > 0 and time.time() >= self.until

    def database(self, part: str) -> ExampleDatabase | None:
        """Where Hypothesis keeps what failed in a part of a property, if that is kept."""
        return self.examples.of(part) if self.examples else None

    def explore(
        self,
        session: Session,
        record: Record,
        part: str,
        examine: Callable[[Draft], list[RuleDeviation]],
        strategy: SearchStrategy[Draft],
        examples: int,
        sent_as: Callable[[Draft], Draft],
        *,
        shrinks: int,
        together: bool = False,
    ) -> list[RuleDeviation]:
        """What drawn requests show of an arm, or of another part of a property. ``sent_as`` says
        as what a draft is sent. Those that are to be accepted are sent ``together``: what they did
        is looked at all at once."""
        salt = f"{record.rule} {part}"
        record.draws = record.draws or examples > 0

        def is_sent(draft: Draft) -> bool:
            return session.has(sent_as(draft))

        def note(draft: Draft) -> None:
            self.drawn.add(sent_as(draft))
            for each in classes(draft):
                record.values[each] = record.values.get(each, 0) + 1

        def noted(draft: Draft) -> list[RuleDeviation]:
            if not is_sent(draft):
                note(draft)
            return examine(draft)

        if together and not self.is_over():
            drafts = drawn(strategy, examples=examples, seed=self.seed, salt=salt)
            for draft in send_ahead(session, {sent_as(draft): draft for draft in drafts}):
                note(draft)
        return explore(
            strategy,
            noted,
            examples=examples,
            seed=self.seed,
            salt=salt,
            known=self.known | {finding.identity for finding in record.findings},
            already_sent=is_sent,
            most_after_failure=shrinks,
            database=self.database(salt),
            is_over=self.is_over,
        )
