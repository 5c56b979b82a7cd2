"""Description: optional, at most 255 characters, reported as sent."""

from __future__ import annotations

from conformance.engine.property.exercise import Exercise
from conformance.model.request import create_image
from conformance.suite.marks import exercises
from strategies import covering, descriptions, examples, unspecified, wire


@exercises("desc.optional")
def test_a_description_may_be_left_out(exercise: Exercise) -> None:
    exercise.keeps(create_image())
    exercise.control(descriptions.ROUND_TRIP[0], via=covering.FULL)


@exercises("desc.max255")
def test_at_most_255_characters(exercise: Exercise) -> None:
    exercise.breaks(*descriptions.TOO_LONG, generated=descriptions.too_long())
    exercise.keeps(*descriptions.LONGEST_LEGAL, via=covering.FULL)


@exercises("desc.empty")
def test_a_description_may_be_empty(exercise: Exercise) -> None:
    exercise.keeps(descriptions.EMPTY, via=covering.EVERY_PARAMETER)
    exercise.control(descriptions.ROUND_TRIP[0], via=covering.FULL)


@exercises("desc.charset")
def test_other_characters(exercise: Exercise) -> None:
    exercise.observe(*exercise.select(descriptions.UNSPECIFIED, at_quick=1), via=unspecified.ALL)


@exercises("desc.plus")
def test_a_plus_is_a_space(exercise: Exercise) -> None:
    """Shown by the page's first two examples, where GET and NoReboot are understood at all."""
    exercise.requires(descriptions.ROUND_TRIP[0], "desc.roundtrip")
    if exercise.send(examples.FIRST).accepted or exercise.send(wire.BY_GET).accepted:
        exercise.keeps(examples.FIRST)
        if (
            exercise.effort.accepted_examples
            and exercise.send(create_image(NoReboot="true")).accepted
        ):
            exercise.keeps(examples.SECOND)
    else:
        exercise.keeps(descriptions.PLUS)
    exercise.control(descriptions.ROUND_TRIP[0], via=covering.FULL)


@exercises("desc.roundtrip")
def test_the_description_is_reported_as_sent(exercise: Exercise) -> None:
    exercise.keeps(descriptions.ROUND_TRIP[0], generated=descriptions.texts(), via=covering.FULL)
    exercise.keeps(descriptions.ROUND_TRIP[1], via=covering.STOPPED)
    exercise.control(create_image())
