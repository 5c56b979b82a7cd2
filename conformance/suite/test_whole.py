"""Whole requests: many parameters at once."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.engine.property.ahead import SLOWNESS
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.spec import Needs, named
from conformance.suite.declare import prop
from conformance.suite.requirements import all_required, decided_by, masks
from strategies import covering, pairs


@dataclass(frozen=True, slots=True)
class _Together:
    """The covering requests; from standard effort on, requests with each pair of value classes."""

    def run(self, exercise: Exercise) -> None:
        every = (*covering.ALL, pairs.STAYS_UP, pairs.REBOOTS)
        if exercise.generation.share.number == 1:
            exercise.combine(*every, decided_by=decided_by())
        exercise.whole(all_required, decided_by(), masks())

    def needs(self) -> Needs:
        return Needs()

    def sends(self) -> None:
        return None


test_legal_parameters_go_together = prop("wire.together", named("wire.names"), _Together())
SLOWNESS["wire.together"] = 2
