"""Tags: what is tagged and how, what is refused, who may, and that all or nothing is done.

One request with 50 tags of every kind keeps most of the rules at once. A rule's own requests are
sent where that one is refused or does not come out right, so that the right rule is told.
"""

from __future__ import annotations

from hypothesis.strategies import SearchStrategy

from conformance.engine.observation.trial import Trial
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.spec import control, keeps, observe, select
from conformance.model import Arm
from conformance.model.request import Draft, create_image
from conformance.suite.declare import exercises, prop
from strategies import covering, tags, unspecified

PLAIN = create_image()


_PLACED = {"tag.rt.image", "tag.rt.snapshot", "tag.rt.both"}
_BY_IMAGE, _BY_SNAPSHOTS = (tags.RICH, tags.ON_IMAGE), (tags.RICH_SNAPSHOTS, tags.ON_SNAPSHOTS)


def _broken(trial: Trial) -> set[str]:
    """The rules about tags that an accepted request's image and snapshots break."""
    return {c.rule for c in trial.violations if c.rule.startswith("tag.")}


def _works(exercise: Exercise, *drafts: Draft) -> bool:
    """Whether tags of one of these requests are where they should be."""
    for draft in drafts:
        trial = exercise.send_if_available(draft)
        if trial and trial.accepted and not _broken(trial) & _PLACED:
            return True
    return False


def _all_works(exercise: Exercise) -> bool:
    """Whether 50 tags for the image and 50 for the snapshots are where they should be: the same
    for both, and others. Where they are not, one kind alone tells why."""
    return all(_works(exercise, cover) for cover in (covering.FULL, covering.GREATEST))


def _tags_images(exercise: Exercise) -> bool:
    """Whether images can be tagged, without which nothing can be told of what tags may be."""
    if _all_works(exercise) or _works(exercise, *_BY_IMAGE):
        return True
    exercise.skip("not decided: see tag.rt.image")
    return False


def _tags_both(exercise: Exercise) -> bool:
    """Whether the image and the snapshots can each be tagged alone."""
    if _all_works(exercise):
        return True
    if _tags_images(exercise) and not _works(exercise, *_BY_SNAPSHOTS):
        exercise.skip("not decided: see tag.rt.snapshot")
        return False
    return _works(exercise, *_BY_IMAGE)


def _takes_many(exercise: Exercise) -> bool:
    """Whether 50 tags are where they should be on the image, and on the snapshots."""
    if _all_works(exercise):
        return True
    return _works(exercise, tags.RICH) and _works(exercise, tags.RICH_SNAPSHOTS)


def _keeps(
    exercise: Exercise,
    cover: Draft,
    rich: Draft,
    *own: Draft,
    generated: SearchStrategy[Draft] | None = None,
) -> None:
    """The cover or the rich request where nothing is wrong with it; else the rule's own, which
    tell more."""
    if _all_works(exercise) and exercise.covers(cover):
        exercise.keeps(generated=generated)
        return
    trial = exercise.send(rich)
    if trial.accepted and not _broken(trial):
        exercise.keeps(rich, generated=generated)
    else:
        exercise.keeps(*own, *[rich] * trial.accepted, generated=generated)


def _text(exercise: Exercise, *own: Draft, generated: SearchStrategy[Draft] | None = None) -> None:
    """What has to be accepted: tags of an image with something unusual about them."""
    if _tags_images(exercise):
        _keeps(exercise, covering.FULL, tags.RICH, *own, generated=generated)


def _refuses(
    exercise: Exercise, *drafts: Draft, generated: SearchStrategy[Draft] | None = None
) -> None:
    """What has to be refused, as far as the endpoint looks at such tags at all."""
    if not _tags_images(exercise):
        return
    if _all_works(exercise) or _works(exercise, *_BY_SNAPSHOTS):
        exercise.breaks(*drafts, generated=generated)
    else:
        exercise.breaks(*(draft for draft in drafts if not tags.is_for_snapshots(draft)))


test_tags_may_be_left_out = prop(
    "tag.optional", keeps(PLAIN), control(*_BY_IMAGE, *_BY_SNAPSHOTS, via=covering.FULL)
)


@exercises("tag.rt.image")
def test_the_image_is_tagged(exercise: Exercise) -> None:
    _keeps(exercise, covering.FULL, *_BY_IMAGE)
    exercise.control(PLAIN)


@exercises("tag.rt.snapshot")
def test_each_snapshot_is_tagged(exercise: Exercise) -> None:
    _keeps(exercise, covering.FULL, *_BY_SNAPSHOTS)
    exercise.control(PLAIN)


@exercises("tag.rt.both")
def test_both_are_tagged(exercise: Exercise) -> None:
    if _tags_both(exercise):
        batch = tags.FIFTY_ON_BOTH if _takes_many(exercise) else tags.FEW_ON_BOTH
        _keeps(exercise, covering.GREATEST, batch, tags.FEW_ON_BOTH)
    exercise.control(*_BY_IMAGE, via=covering.FULL)


@exercises("tag.rt.other")
def test_no_other_type(exercise: Exercise) -> None:
    """One accepted type is enough to fail: the hundred others would each make an image. At quick
    some of those are tried."""
    _text(exercise, tags.ON_IMAGE)
    _refuses(exercise, *tags.OTHER_TYPES, tags.OTHER_TYPE_BESIDE)
    if not exercise.record.own():
        _refuses(exercise, *exercise.select(tags.every_other_type(), at_quick=7, at_random=True))


@exercises("tag.rt.missing")
def test_tags_have_a_type(exercise: Exercise) -> None:
    _text(exercise, tags.ON_IMAGE)
    _refuses(exercise, *tags.UNTYPED)


test_a_type_in_another_case = prop(
    "tag.rt.case", observe(select(tags.TYPES_IN_ANOTHER_CASE, at_quick=1))
)


test_a_type_twice = prop(
    "tag.rt.repeat", observe(select(tags.REPEATED_TYPE, at_quick=1), via=unspecified.ALL)
)


test_a_specification_without_tags = prop(
    "tag.spec.no_tags", observe(select(tags.NO_TAGS, at_quick=1))
)


@exercises("tag.count.50")
def test_at_most_50_tags(exercise: Exercise) -> None:
    _text(exercise, tags.FIFTY, generated=tags.counts())
    both = (covering.GREATEST, tags.FIFTY_ON_BOTH, tags.FEW_ON_BOTH)
    if _takes_many(exercise) and _works(exercise, *both):
        exercise.keeps(tags.FIFTY_ON_BOTH, via=covering.GREATEST)
    _refuses(exercise, *tags.TOO_MANY)


@exercises("tag.key.unique")
def test_a_key_has_one_value(exercise: Exercise) -> None:
    _text(exercise, tags.FEW)
    exercise.breaks(*exercise.select(tags.REPEATED_KEYS, at_quick=1))


@exercises("tag.key.max")
def test_the_length_of_a_key(exercise: Exercise) -> None:
    _text(exercise, *tags.LONGEST_KEYS)
    _refuses(exercise, *tags.KEY_TOO_LONG, generated=tags.keys_too_long())
    if exercise.effort.accepted_examples:
        exercise.observe(tags.BETWEEN_KEYS)


@exercises("tag.key.empty")
def test_a_key_is_given(exercise: Exercise) -> None:
    _text(exercise, tags.ON_IMAGE)
    _refuses(exercise, *tags.NO_KEY)


@exercises("tag.key.aws")
def test_a_reserved_key(exercise: Exercise) -> None:
    _text(exercise, tags.UNRESERVED)
    _refuses(exercise, *tags.RESERVED_KEYS, generated=tags.reserved_keys())


@exercises("tag.key.aws_case")
def test_a_reserved_key_in_another_case(exercise: Exercise) -> None:
    drafts = exercise.select(tags.RESERVED_IN_ANOTHER_CASE, at_quick=1)
    exercise.observe(*drafts, via=unspecified.ALL)


@exercises("tag.key.case")
def test_keys_in_several_cases(exercise: Exercise) -> None:
    _text(exercise, tags.CASES)
    exercise.control(PLAIN)


@exercises("tag.value.max")
def test_the_length_of_a_value(exercise: Exercise) -> None:
    _text(exercise, *tags.LONGEST_VALUES)
    _refuses(exercise, *tags.VALUE_TOO_LONG)
    if exercise.effort.accepted_examples:
        exercise.observe(tags.BETWEEN_VALUES)


@exercises("tag.value.empty")
def test_an_empty_value(exercise: Exercise) -> None:
    _text(exercise, tags.EMPTY)
    exercise.control(PLAIN)


test_a_tag_without_value = prop(
    "tag.value.absent", observe(select(tags.NO_VALUE, at_quick=1), via=unspecified.ALL)
)


test_a_reserved_value = prop(
    "tag.value.aws", observe(select(tags.RESERVED_VALUES, at_quick=1), via=unspecified.ALL)
)


@exercises("tag.charset")
def test_any_character(exercise: Exercise) -> None:
    _text(exercise, *tags.CHARACTERS, generated=tags.texts())
    exercise.control(PLAIN)
    if exercise.effort.accepted_examples:
        exercise.observe(*tags.CONTROLS)


test_what_the_length_of_a_key_counts = prop(
    "tag.length.unit", observe(select(tags.UNITS, at_quick=1), via=unspecified.ALL)
)


@exercises("tag.atomic")
def test_refused_tags_leave_nothing(exercise: Exercise) -> None:
    """The look for what is left comes when the exercise is finished, as after every property."""
    if _tags_images(exercise) and not exercise.session.orphans([]):
        exercise.decided(Arm.KEEPS)
    exercise.breaks(*tags.PARTLY_INVALID)


@exercises("tag.immediate")
def test_tags_are_there_from_the_first(exercise: Exercise) -> None:
    if _tags_images(exercise):
        trials = map(exercise.send_if_available, (covering.FULL, *_BY_IMAGE))
        if any(t and t.effects and t.effects.described_tags for t in trials):
            _keeps(exercise, covering.FULL, *_BY_IMAGE)
        else:
            exercise.skip("the target has no DescribeTags to look with")
    exercise.control(PLAIN)


@exercises("auth.tags")
def test_who_may_not_tag_is_refused(exercise: Exercise) -> None:
    exercise.breaks(*tags.TAGGED_WITHOUT_PERMISSION)
    _text(exercise, tags.ON_IMAGE)


test_who_may_not_tag_may_create_images = prop(
    "auth.no_tags",
    keeps(tags.UNTAGGED_WITHOUT_PERMISSION, via=covering.STORE_UNTAGGED),
    control(*tags.TAGGED_WITHOUT_PERMISSION),
)
