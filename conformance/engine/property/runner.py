"""Runs one property and returns its record.

The pytest plugin, the proof, replay and compare all run properties here, so an error has the same
meaning for each.
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.engine.client.api import Refused
from conformance.engine.client.guard import Guard
from conformance.engine.core.errors import CannotTest, CutShort, NotRecorded
from conformance.engine.core.record import Record
from conformance.engine.execution.crashes import Masked
from conformance.engine.property.exercise import Exercise
from conformance.engine.resources.instances import NotAvailable
from conformance.model.hindrance import Hindrance

Property = Callable[[Exercise], None]
"""Sends requests that keep and that break one rule, through the verbs of an exercise."""


def run(check: Property, exercise: Exercise, *, last: bool = True) -> Record:
    """Run a property against a target. The record says why it decided nothing or ended early.

    ``last``: no other property follows in this process, so its rejections are checked at once.
    """
    guard = exercise.session.client.guard
    perform(check, exercise)
    _end(guard, exercise.record)
    try:
        _check_what_is_left(exercise, last=last)
    except NotRecorded:
        exercise.session.rejections.take_leaks()
        _not_recorded(exercise.record)
        _check_what_is_left(exercise, last=False)
    _end(guard, exercise.record)
    record = exercise.close()
    exercise.parts.sequences.know(record.deviations)
    return record


def _end(guard: Guard, record: Record) -> None:
    """Have the guard let no request pass once the record says that the run ends."""
    if record.cut_short:
        guard.over = record.cut_short
        guard.hindrance = next(iter(record.hindrances), guard.hindrance)


def perform(check: Property, exercise: Exercise) -> None:
    """Run a property without the checks that follow it."""
    record = exercise.record
    try:
        check(exercise)
    except Masked as why:
        exercise.skip(str(why))
    except NotAvailable as why:
        exercise.lacks(why)
    except CannotTest as why:
        record.cut_short, record.cannot = str(why), True
    except CutShort as why:
        record.end(str(why), why.hindrance)
    except Refused as why:
        exercise.skip(str(why), why.hindrance)
    except NotRecorded:
        _not_recorded(record)


def _check_what_is_left(exercise: Exercise, *, last: bool) -> None:
    if exercise.record.cut_short:
        return
    try:
        exercise.check_answers()
        if last:
            exercise.check_rejections()
    except CutShort as why:
        exercise.record.end(str(why), why.hindrance)


def _not_recorded(record: Record) -> None:
    """The recording lacks a request of the property, so the requests before it decide nothing."""
    empty = Record(record.rule)
    empty.note("not in the recording", Hindrance.RECORDING)
    for field in record.__struct_fields__:
        setattr(record, field, getattr(empty, field))
