"""Description: optional, at most 255 characters, reported as sent."""

from __future__ import annotations

from conformance.engine.property.exercise import Exercise
from conformance.model.request import create_image
from conformance.suite.marks import exercises
from strategies import covering, descriptions, examples, unspecified, wire


@exercises("desc.optional")
def test_a_description_may_be_left_out(exercise: Exercise) -> None:
    exercise.keeps(create_image())
    exercise.control_in(covering.FULL, descriptions.ROUND_TRIP[0])


@exercises("desc.max255")
def test_at_most_255_characters(exercise: Exercise) -> None:
    exercise.breaks(*descriptions.TOO_LONG, drawn=descriptions.too_long())
    exercise.keeps_in(covering.FULL, *descriptions.LONGEST_LEGAL)


@exercises("desc.empty")
def test_a_description_may_be_empty(exercise: Exercise) -> None:
    exercise.keeps_in(covering.EVERY_PARAMETER, descriptions.EMPTY)
    exercise.control_in(covering.FULL, descriptions.ROUND_TRIP[0])


@exercises("desc.charset")
def test_other_characters(exercise: Exercise) -> None:
    exercise.observe_among(unspecified.ALL, *exercise.sample(descriptions.UNSPECIFIED))


@exercises("desc.plus")
def test_a_plus_is_a_space(exercise: Exercise) -> None:
    """Shown by the page's first two examples, where GET and NoReboot are understood at all."""
    exercise.rests_on(descriptions.ROUND_TRIP[0], "desc.roundtrip")
    if exercise.trial(examples.FIRST).accepted or exercise.trial(wire.BY_GET).accepted:
        exercise.keeps(examples.FIRST)
        if (
            exercise.effort.accepted_examples
            and exercise.trial(create_image(NoReboot="true")).accepted
        ):
            exercise.keeps(examples.SECOND)
    else:
        exercise.keeps(descriptions.PLUS)
    exercise.control_in(covering.FULL, descriptions.ROUND_TRIP[0])


@exercises("desc.roundtrip")
def test_the_description_is_reported_as_sent(exercise: Exercise) -> None:
    exercise.keeps_in(covering.FULL, descriptions.ROUND_TRIP[0], drawn=descriptions.texts())
    exercise.keeps_in(covering.STOPPED, descriptions.ROUND_TRIP[1])
    exercise.control(create_image())
