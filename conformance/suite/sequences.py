"""SequenceTest of the source instance and its images, shared out between properties.

Drawn lives take longer than anything else: several properties each draw a part of them, so that
several workers do. Whatever a life shows is told of the rule that it breaks.
"""

from __future__ import annotations

from conformance.engine.property.exercise import Exercise
from conformance.engine.resources.instances import NotAvailable
from conformance.model.sequence import Steps
from strategies import rejections, sequences

DRAW = ("lc.new_name_again", "lc.not_idempotent", "lc.deregister", "lc.deregister.visible")
"""The rules whose properties draw lives."""


def live(exercise: Exercise, *always: Steps) -> None:
    """Tell these lives, and a part of those that are drawn."""
    test = exercise.sequences
    try:
        for life in always if not exercise.record.round else ():
            for finding in test.execute(life, rejections.UNRELATED):
                exercise.record.add(finding)
        known = {finding.identity for finding in exercise.record.findings}
        effort = exercise.effort
        exercise.record.draws = bool(effort.accepted_examples)  # at quick no round makes images
        for finding in test.explore(
            sequences.sequence_test,
            rejections.UNRELATED,
            sequences=effort.sequences,
            seed=exercise.seed,
            share=(DRAW.index(exercise.rule.id) + 1, len(DRAW)),
            known=known | exercise.generation.known,
            most_after_failure=effort.max_shrinks // 2,
            database=exercise.generation.database(f"{exercise.rule.id} lives"),
            is_over=exercise.generation.is_over,
        ):
            exercise.record.add(finding)
    except NotAvailable as why:
        exercise.skip(str(why))
    finally:
        test.forget()
