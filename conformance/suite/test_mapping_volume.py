"""BlockDeviceMapping entries for new EBS volumes: snapshot, size, type, IOPS, throughput."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.engine.property.exercise import Exercise
from conformance.engine.property.spec import Step, breaks, control, keeps, observe, requires, select
from conformance.model.entries import new_volumes
from conformance.model.request import Draft, create_image
from conformance.suite.declare import exercises, prop, props
from strategies import covering, mappings, rejections, unspecified

PLAIN = create_image()


NEW_VOLUME = requires(mappings.EMPTY, "bdm.new.ebs_empty")
"""The requests that follow have a new volume of a size."""
VOLUME_OF_SNAPSHOT = requires(mappings.FROM_SNAPSHOT, "bdm.new.ebs_snapshot")
"""The requests that follow have a new volume of a snapshot."""


def _least(*alone: Draft) -> Step:
    return keeps(*alone, via=covering.FULL, batch=mappings.ALL_LEAST)


def _greatest(*alone: Draft) -> Step:
    return keeps(*alone, via=covering.GREATEST, batch=mappings.ALL_GREATEST)


def _of_snapshots(alone: Draft = mappings.FROM_SNAPSHOT) -> Step:
    return keeps(alone, via=covering.EVERY_PARAMETER, batch=mappings.ALL_FROM_SNAPSHOT)


def _bounds_of_snapshot(*alone: Draft) -> tuple[Step, Step]:
    return VOLUME_OF_SNAPSHOT, keeps(
        *alone, via=covering.BOUNDS_OF_SNAPSHOT, batch=mappings.ALL_BOUNDS_OF_SNAPSHOT
    )


test_an_empty_volume_is_added = prop(
    "bdm.new.ebs_empty",
    requires(mappings.ROOT_KEPT, "bdm.existing.dot"),
    _greatest(mappings.EMPTY),
    control(PLAIN),
)


test_a_volume_of_a_snapshot_is_added = prop(
    "bdm.new.ebs_snapshot",
    requires(mappings.ROOT_KEPT, "bdm.existing.dot"),
    _of_snapshots(),
    control(PLAIN),
)


test_an_empty_volume_may_be_encrypted = prop(
    "bdm.enc.new_empty",
    NEW_VOLUME,
    _least(
        mappings.new(VolumeSize="8", Encrypted="true"),
        mappings.new(VolumeSize="8", Encrypted="false"),
    ),
    _greatest(mappings.new(VolumeSize="8", Encrypted="false")),
    control(*mappings.ENCRYPTED_FROM_SNAPSHOT),
)


test_no_encryption_of_a_snapshot = prop(
    "bdm.enc.from_snapshot",
    VOLUME_OF_SNAPSHOT,
    breaks(*mappings.ENCRYPTED_FROM_SNAPSHOT),
    _of_snapshots(),
)


test_a_size_or_a_snapshot = prop(
    "bdm.new.size_or_snap",
    NEW_VOLUME,
    breaks(*mappings.NO_SIZE_OR_SNAPSHOT),
    _least(mappings.EMPTY),
)


test_not_smaller_than_the_snapshot = prop(
    "bdm.new.size_ge_snap",
    VOLUME_OF_SNAPSHOT,
    breaks(mappings.SMALLER_THAN_SNAPSHOT),
    _of_snapshots(mappings.LARGER_THAN_SNAPSHOT),
)


test_the_snapshot_exists = prop(
    "bdm.snap.notfound",
    NEW_VOLUME,
    VOLUME_OF_SNAPSHOT,
    breaks(*mappings.NO_SUCH_SNAPSHOT),
    _of_snapshots(),
)


test_the_snapshot_is_well_formed = prop(
    "bdm.snap.malformed",
    NEW_VOLUME,
    VOLUME_OF_SNAPSHOT,
    breaks(*mappings.MALFORMED_SNAPSHOT, generated=mappings.malformed_snapshot()),
    _of_snapshots(),
)


SIZE_RULES = {
    "bdm.size.gp2": ("gp2",),
    "bdm.size.gp3": ("gp3",),
    "bdm.size.io1": ("io1",),
    "bdm.size.io2": ("io2",),
    "bdm.size.hdd": ("st1", "sc1"),
    "bdm.size.standard": ("standard",),
}


def _sizes(type: str) -> Iterator[Step]:
    least, greatest = mappings.sizes(type)
    beyond = select(mappings.beyond_sizes(type), at_quick=2)
    yield breaks(beyond, generated=mappings.beyond_size(type))
    if type == "gp2":
        yield breaks(*mappings.BEYOND_ANY_SIZE)
    yield _least(least)
    yield _greatest(greatest)
    yield keeps(generated=mappings.within_size(type))
    yield from _bounds_of_snapshot(*mappings.sizes_of_snapshot(type))
    yield breaks(*mappings.beyond_sizes_of_snapshot(type))


test_the_sizes_of_a_type = props(
    {
        rule_id: (NEW_VOLUME, *(step for type in types for step in _sizes(type)))
        for rule_id, types in SIZE_RULES.items()
    }
)


test_a_size_is_an_integer = prop(
    "bdm.size.type",
    NEW_VOLUME,
    breaks(*mappings.NON_INTEGER_SIZES),
    _least(mappings.EMPTY),
    VOLUME_OF_SNAPSHOT,
    breaks(mappings.NON_INTEGER_SIZE_OF_SNAPSHOT),
)


test_the_seven_types = prop(
    "bdm.type.enum",
    NEW_VOLUME,
    breaks(*mappings.UNKNOWN_TYPES, generated=mappings.unknown_types()),
    _least(*map(mappings.ordinary, mappings.LEAST)),
    *_bounds_of_snapshot(*(mappings.of_snapshot(type, 500) for type in mappings.LEAST)),
    breaks(mappings.UNKNOWN_TYPE_OF_SNAPSHOT),
)


@exercises("bdm.type.default")
def test_the_type_that_is_not_named(exercise: Exercise) -> None:
    trial = exercise.send(mappings.EMPTY, via=covering.FULL)
    if trial is None or trial.effects is None:
        trial = exercise.send(mappings.EMPTY)
    image = trial.effects.image if trial.effects else None
    if image is None:
        return
    named = new_volumes(trial.request, trial.before)
    untyped = {entry.device for entry in named if "VolumeType" not in entry.ebs}
    types = {each.type for each in image.mappings if each.device in untyped and each.type}
    exercise.observe(trial, seen=f"a new volume without VolumeType is {' or '.join(sorted(types))}")


test_io1_and_io2_are_given_iops = prop(
    "bdm.iops.required",
    NEW_VOLUME,
    breaks(*mappings.WITHOUT_IOPS),
    _least(*map(mappings.ordinary, ("io1", "io2"))),
    *_bounds_of_snapshot(*(mappings.of_snapshot(type, 500) for type in ("io1", "io2"))),
    breaks(*mappings.WITHOUT_IOPS_OF_SNAPSHOT),
)


test_the_iops_of_a_type = props(
    {
        f"bdm.iops.{type}": (
            NEW_VOLUME,
            breaks(*mappings.beyond_iops(type)),
            _least(mappings.slowest(type)),
            _greatest(mappings.fastest(type)),
            *_bounds_of_snapshot(*mappings.iops_of_snapshot(type)),
            breaks(*mappings.beyond_iops_of_snapshot(type)),
        )
        for type in ("gp3", "io1", "io2")
    }
)


test_iops_of_other_types = prop(
    "bdm.iops.other",
    observe(select(mappings.IOPS_OF_OTHERS, at_quick=1), whole=unspecified.OFTEN_REFUSED),
)


test_more_iops_than_the_size_is_good_for = prop(
    "bdm.iops.ratio", observe(select(mappings.BEYOND_RATIO, at_quick=1), via=unspecified.ALL)
)


test_throughput_is_for_gp3 = prop(
    "bdm.throughput.gp3_only",
    NEW_VOLUME,
    breaks(*mappings.THROUGHPUT_OF_OTHERS),
    _least(mappings.slowest("gp3")),
    *_bounds_of_snapshot(mappings.of_snapshot("gp3", 8, Throughput="250")),
    breaks(mappings.THROUGHPUT_OF_GP2_OF_SNAPSHOT),
)


test_the_throughput_of_gp3 = prop(
    "bdm.throughput.range",
    NEW_VOLUME,
    breaks(*mappings.BEYOND_THROUGHPUT),
    _least(mappings.slowest("gp3")),
    _greatest(mappings.MOST_THROUGHPUT),
    *_bounds_of_snapshot(*mappings.THROUGHPUTS_OF_SNAPSHOT),
    breaks(*mappings.BEYOND_THROUGHPUT_OF_SNAPSHOT),
)


test_gp3_volumes_have_3000_iops_by_default = prop(
    "bdm.iops.default",
    keeps(mappings.typed("gp3", 1), via=covering.FULL, batch=mappings.ALL_LEAST),
    control(*rejections.SAMPLE, one=True),
)
