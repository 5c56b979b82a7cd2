"""Runs one property and returns its record.

Every caller of a property (the pytest plugin, the proof, replay) goes through :func:`run`, so an
error has the same meaning for all of them.
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.engine.client.api import Refused
from conformance.engine.core.errors import CannotTest, CutShort, NotRecorded
from conformance.engine.core.record import Record
from conformance.engine.property.exercise import Exercise
from conformance.engine.resources.instances import NotAvailable

Property = Callable[[Exercise], None]
"""Sends requests that keep and that break one rule, through the verbs of an exercise."""


def run(check: Property, exercise: Exercise, *, last: bool = True) -> Record:
    """Run a property. The record says why it decided nothing or ended early.

    ``last``: no other property follows in this process, so what it left is checked at once.
    Raises nothing of the errors that the endpoint or the target can cause.
    """
    perform(check, exercise)
    try:
        return _finish(exercise, last=last)
    except NotRecorded:
        _not_recorded(exercise)
        return _finish(exercise, last=False)


def perform(check: Property, exercise: Exercise) -> None:
    """Run a property without the checks that follow it."""
    try:
        check(exercise)
    except NotAvailable as why:
        exercise.record.lacking = str(why)
    except (CannotTest, CutShort) as why:
        _cut_short(exercise, str(why), cannot=isinstance(why, CannotTest))
    except Refused as why:
        exercise.untested(str(why))
    except NotRecorded:
        _not_recorded(exercise)


def _finish(exercise: Exercise, *, last: bool) -> Record:
    """Check the answers seen so far and, if ``last``, the pending rejections."""
    if not exercise.record.cut_short:
        try:
            exercise.check_answers()
            if last:
                exercise.check_rejections()
        except CutShort as why:
            _cut_short(exercise, str(why))
    return exercise.close()


def _cut_short(exercise: Exercise, why: str, *, cannot: bool = False) -> None:
    """The run ends here: the guard of the session sends nothing more."""
    exercise.record.cut_short, exercise.record.cannot = why, cannot
    exercise.session.client.guard.over = why


def _not_recorded(exercise: Exercise) -> None:
    """The recording lacks a request of the property, so earlier answers decide nothing."""
    exercise.record = Record(exercise.rule.id, untested=["not in the recording"])
