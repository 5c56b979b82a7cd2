"""Description: optional, at most 255 characters, reported as sent."""

from __future__ import annotations

from conformance.engine.property.exercise import Exercise
from conformance.engine.property.spec import breaks, control, keeps, observe, requires, select
from conformance.model.request import create_image
from conformance.suite.declare import exercises, prop
from strategies import covering, descriptions, examples, unspecified, wire
from strategies.scenarios import TO_BE_DISABLED, TO_BE_LAUNCHED

test_a_description_may_be_left_out = prop(
    "desc.optional", keeps(create_image()), control(descriptions.ROUND_TRIP[0], via=covering.FULL)
)


test_at_most_255_characters = prop(
    "desc.max255",
    breaks(*descriptions.TOO_LONG, generated=descriptions.too_long()),
    keeps(*descriptions.LONGEST_LEGAL, via=covering.FULL),
)


test_a_description_may_be_empty = prop(
    "desc.empty",
    keeps(descriptions.EMPTY, via=covering.EVERY_PARAMETER),
    control(descriptions.ROUND_TRIP[0], via=covering.FULL),
)


test_other_characters = prop(
    "desc.charset", observe(select(descriptions.UNSPECIFIED, at_quick=1), via=unspecified.ALL)
)


@exercises("desc.plus", requires=("desc.roundtrip",), sends=(keeps(descriptions.PLUS),))
def test_a_plus_is_a_space(exercise: Exercise) -> None:
    """The page's first two examples show it, if the target understands GET and NoReboot."""
    requires(descriptions.ROUND_TRIP[0], "desc.roundtrip").run(exercise)
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


test_the_description_is_reported_as_sent = prop(
    "desc.roundtrip",
    keeps(descriptions.ROUND_TRIP[0], generated=descriptions.texts(), via=covering.FULL),
    keeps(descriptions.ROUND_TRIP[1], via=covering.STOPPED),
    keeps(descriptions.LIKE_OTHER_TYPES[0], via=TO_BE_LAUNCHED),
    keeps(descriptions.LIKE_OTHER_TYPES[1], via=TO_BE_DISABLED),
    keeps(descriptions.LIKE_OTHER_TYPES[2], via=covering.STORE_UNTAGGED),
    control(create_image()),
)
