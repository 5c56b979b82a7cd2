"""Tags: the resource types, keys and values, the permission, and that tagging is atomic."""

from __future__ import annotations

from itertools import chain

from conformance.engine.property.exercise import Exercise
from conformance.engine.property.spec import breaks, control, keeps, leaves_nothing, observe, select
from conformance.model import Arm
from conformance.model.request import create_image
from conformance.suite.declare import exercises, prop
from conformance.suite.tag_steps import (
    BY_IMAGE,
    BY_SNAPSHOTS,
    StayUntagged,
    breaks_tags,
    covering_tags_work,
    keeps_on_image,
    tagged,
    tags_both,
    tags_images,
    tags_work,
    takes_many,
)
from strategies import covering, tags, unspecified

PLAIN = create_image()


test_tags_may_be_left_out = prop(
    "tag.optional",
    keeps(PLAIN),
    control(*BY_IMAGE, *BY_SNAPSHOTS, via=covering.FULL),
    StayUntagged(PLAIN),
)


test_the_image_is_tagged = prop("tag.rt.image", tagged(covering.FULL, *BY_IMAGE), control(PLAIN))


test_each_snapshot_is_tagged = prop(
    "tag.rt.snapshot", tagged(covering.FULL, *BY_SNAPSHOTS), control(PLAIN)
)


@exercises(
    "tag.rt.both",
    requires=("tag.rt.image", "tag.rt.snapshot"),
    sends=(keeps(tags.FEW_ON_BOTH, tags.FIFTY_ON_BOTH), control(*BY_IMAGE)),
)
def test_both_are_tagged(exercise: Exercise) -> None:
    if tags_both(exercise):
        batch = tags.FIFTY_ON_BOTH if takes_many(exercise) else tags.FEW_ON_BOTH
        tagged(covering.GREATEST, batch, tags.FEW_ON_BOTH).run(exercise)
    exercise.control(*BY_IMAGE, via=covering.FULL)


@exercises(
    "tag.rt.other",
    requires=("tag.rt.image",),
    sends=(keeps(tags.ON_IMAGE), breaks(*tags.OTHER_TYPES, tags.OTHER_TYPE_BESIDE)),
)
def test_no_other_type(exercise: Exercise) -> None:
    """One accepted type is enough to fail: each of a hundred others would make an image."""
    keeps_on_image(tags.ON_IMAGE).run(exercise)
    breaks_tags(*tags.OTHER_TYPES, tags.OTHER_TYPE_BESIDE).run(exercise)
    if not exercise.record.own():
        few = select(tags.every_other_type(), at_quick=7, at_random=True)
        breaks_tags(*few.of(exercise.effort, f"{exercise.seed} {exercise.rule.id}")).run(exercise)


test_tags_have_a_type = prop(
    "tag.rt.missing", keeps_on_image(tags.ON_IMAGE), breaks_tags(*tags.UNTYPED)
)


test_a_type_in_another_case = prop(
    "tag.rt.case", observe(select(tags.TYPES_IN_ANOTHER_CASE, at_quick=1))
)


test_a_type_twice = prop(
    "tag.rt.repeat", observe(select(tags.REPEATED_TYPE, at_quick=1), via=unspecified.ALL)
)


test_a_specification_without_tags = prop(
    "tag.spec.no_tags", observe(select(tags.NO_TAGS, at_quick=1))
)


@exercises(
    "tag.count.50",
    requires=("tag.rt.image",),
    sends=(
        keeps(tags.FIFTY, tags.FIFTY_ON_BOTH, generated=tags.counts()),
        breaks(*tags.TOO_MANY),
    ),
)
def test_at_most_50_tags(exercise: Exercise) -> None:
    keeps_on_image(tags.FIFTY, generated=tags.counts()).run(exercise)
    if takes_many(exercise) and (
        covering_tags_work(exercise, covering.GREATEST, tags.FIFTY_ON_BOTH)
        or tags_work(exercise, tags.FIFTY_ON_BOTH, tags.FEW_ON_BOTH)
    ):
        exercise.keeps(tags.FIFTY_ON_BOTH, via=covering.GREATEST)
    breaks_tags(*tags.TOO_MANY).run(exercise)


test_a_key_has_one_value = prop(
    "tag.key.unique", keeps_on_image(tags.FEW), breaks(select(tags.REPEATED_KEYS, at_quick=1))
)


test_the_length_of_a_key = prop(
    "tag.key.max",
    keeps_on_image(*tags.LONGEST_KEYS),
    breaks_tags(*tags.KEY_TOO_LONG, generated=tags.keys_too_long()),
    observe(select([tags.BETWEEN_KEYS], at_quick=0)),
)


test_a_key_is_given = prop(
    "tag.key.empty", keeps_on_image(tags.ON_IMAGE), breaks_tags(*tags.NO_KEY)
)


test_a_reserved_key = prop(
    "tag.key.aws",
    keeps_on_image(tags.UNRESERVED),
    breaks_tags(*tags.RESERVED_KEYS, generated=tags.reserved_keys()),
)


test_a_reserved_key_in_another_case = prop(
    "tag.key.aws_case",
    observe(select(tags.RESERVED_IN_ANOTHER_CASE, at_quick=1), via=unspecified.ALL),
)


test_keys_in_several_cases = prop("tag.key.case", keeps_on_image(tags.CASES), control(PLAIN))


test_the_length_of_a_value = prop(
    "tag.value.max",
    keeps_on_image(*tags.LONGEST_VALUES),
    breaks_tags(*tags.VALUE_TOO_LONG),
    observe(select([tags.BETWEEN_VALUES], at_quick=0)),
)


test_an_empty_value = prop("tag.value.empty", keeps_on_image(tags.EMPTY), control(PLAIN))


test_a_tag_without_value = prop(
    "tag.value.absent", observe(select(tags.NO_VALUE, at_quick=1), via=unspecified.ALL)
)


test_a_reserved_value = prop(
    "tag.value.aws", observe(select(tags.RESERVED_VALUES, at_quick=1), via=unspecified.ALL)
)


test_any_character = prop(
    "tag.charset",
    keeps_on_image(*tags.CHARACTERS, generated=tags.texts()),
    control(PLAIN),
    observe(select(tags.CONTROLS, at_quick=0)),
)


test_what_the_length_of_a_key_counts = prop(
    "tag.length.unit", observe(select(tags.UNITS, at_quick=1), via=unspecified.ALL)
)


@exercises("tag.atomic", requires=("tag.rt.image",), sends=(breaks(*tags.PARTLY_INVALID),))
def test_refused_tags_leave_nothing(exercise: Exercise) -> None:
    """The runner checks the rejected requests for orphans, as after every property."""
    if tags_images(exercise):
        leaves_nothing(Arm.KEEPS).run(exercise)
    exercise.breaks(*tags.PARTLY_INVALID)


@exercises("tag.immediate", requires=("tag.rt.image",))
def test_tags_are_there_from_the_first(exercise: Exercise) -> None:
    if tags_images(exercise):
        failed = "was not read"
        whole = exercise.send(tags.RICH, via=covering.FULL)
        own = (exercise.send(draft, unless="lacking") for draft in BY_IMAGE)
        for trial in chain([whole], own):
            effects = trial.effects if trial else None
            if effects and effects.described_tags:
                tagged(covering.FULL, *BY_IMAGE).run(exercise)
                break
            failed = effects.failed.get("DescribeTags", failed) if effects else failed
        else:
            exercise.skip(f"inconclusive: DescribeTags: {failed}")
    exercise.control(PLAIN)


test_who_may_not_tag_is_refused = prop(
    "auth.tags", breaks(*tags.TAGGED_WITHOUT_PERMISSION), keeps_on_image(tags.ON_IMAGE)
)


test_who_may_not_tag_may_create_images = prop(
    "auth.no_tags",
    keeps(tags.UNTAGGED_WITHOUT_PERMISSION, via=covering.STORE_UNTAGGED),
    control(*tags.TAGGED_WITHOUT_PERMISSION),
)
