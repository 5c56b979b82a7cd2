"""Whole requests: many parameters at once."""

from __future__ import annotations

from conformance.engine.property.exercise import Exercise
from conformance.suite.declare import exercises
from conformance.suite.requirements import all_required, decided_by
from strategies import covering, pairs


@exercises("wire.together", requires=("wire.names",))
def test_legal_parameters_go_together(exercise: Exercise) -> None:
    """The covering requests; from standard effort on, requests with each pair of value classes."""
    exercise.combine(*covering.ALL, pairs.STAYS_UP, *pairs.BY_WIRE)
    exercise.whole(all_required, decided_by())
