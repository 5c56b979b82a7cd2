"""Lives of the source instance and its images, shared out between properties.

Drawn lives take longer than anything else: several properties each draw a part of them, so that
several workers do. Whatever a life shows is told of the rule that it breaks.
"""

from __future__ import annotations

from conformance.engine.exercise import Exercise
from conformance.engine.sources import NotAvailable
from conformance.model.life import Life
from strategies import lives, refusals

DRAW = ("lc.new_name_again", "lc.not_idempotent", "lc.deregister", "lc.deregister.visible")
"""The rules whose properties draw lives."""


def live(exercise: Exercise, *always: Life) -> None:
    """Tell these lives, and a part of those that are drawn."""
    told = exercise.session.stories.lives(refusals.OF_NOTHING_ELSE)
    try:
        for life in always if not exercise.record.round else ():
            for finding in told.tell(life):
                exercise.record.add(finding)
        known = {finding.identity for finding in exercise.record.findings} | exercise.drawing.known
        effort = exercise.effort
        exercise.record.draws = bool(effort.dear)  # at quick no round makes images
        for finding in told.explore(
            lives.living,
            lives=effort.lives,
            seed=exercise.seed,
            share=(DRAW.index(exercise.rule.id) + 1, len(DRAW)),
            known=known,
            most_after_failure=effort.shrinking // 2,
            database=exercise.drawing.database(f"{exercise.rule.id} lives"),
            is_over=exercise.drawing.is_over,
        ):
            exercise.record.add(finding)
    except NotAvailable as why:
        exercise.untested(str(why))
    finally:
        told.forget()
