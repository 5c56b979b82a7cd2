"""BlockDeviceMapping entries for new EBS volumes: snapshot, size, type, IOPS, throughput."""

from __future__ import annotations

from conformance.engine.property.exercise import Exercise
from conformance.engine.property.spec import observe, select
from conformance.model.request import Draft, create_image
from conformance.suite.declare import exercises, prop
from strategies import covering, mappings, unspecified

PLAIN = create_image()


def _new_volume(exercise: Exercise) -> None:
    """The property's requests have a new volume of a size."""
    exercise.requires(mappings.EMPTY, "bdm.new.ebs_empty")


def _volume_of_a_snapshot(exercise: Exercise) -> None:
    """The property's requests have a new volume of a snapshot."""
    exercise.requires(mappings.FROM_SNAPSHOT, "bdm.new.ebs_snapshot")


def _least(exercise: Exercise, *alone: Draft) -> None:
    exercise.keeps(*alone, via=covering.FULL, batch=mappings.ALL_LEAST)


def _greatest(exercise: Exercise, *alone: Draft) -> None:
    exercise.keeps(*alone, via=covering.GREATEST, batch=mappings.ALL_GREATEST)


def _of_snapshots(exercise: Exercise, alone: Draft = mappings.FROM_SNAPSHOT) -> None:
    exercise.keeps(alone, via=covering.EVERY_PARAMETER, batch=mappings.ALL_FROM_SNAPSHOT)


@exercises("bdm.new.ebs_empty")
def test_an_empty_volume_is_added(exercise: Exercise) -> None:
    exercise.requires(mappings.ROOT_KEPT, "bdm.existing.dot")
    _greatest(exercise, mappings.EMPTY)
    exercise.control(PLAIN)


@exercises("bdm.new.ebs_snapshot")
def test_a_volume_of_a_snapshot_is_added(exercise: Exercise) -> None:
    exercise.requires(mappings.ROOT_KEPT, "bdm.existing.dot")
    _of_snapshots(exercise)
    exercise.control(PLAIN)


@exercises("bdm.enc.new_empty")
def test_an_empty_volume_may_be_encrypted(exercise: Exercise) -> None:
    _new_volume(exercise)
    alone = [mappings.new(VolumeSize="8", Encrypted=value) for value in ("true", "false")]
    _least(exercise, *alone)
    _greatest(exercise, alone[1])
    exercise.control(*mappings.ENCRYPTED_FROM_SNAPSHOT)


@exercises("bdm.enc.from_snapshot")
def test_no_encryption_of_a_snapshot(exercise: Exercise) -> None:
    _volume_of_a_snapshot(exercise)
    exercise.breaks(*mappings.ENCRYPTED_FROM_SNAPSHOT)
    _of_snapshots(exercise)


@exercises("bdm.new.size_or_snap")
def test_a_size_or_a_snapshot(exercise: Exercise) -> None:
    _new_volume(exercise)
    exercise.breaks(*mappings.NO_SIZE_OR_SNAPSHOT)
    _least(exercise, mappings.EMPTY)


@exercises("bdm.new.size_ge_snap")
def test_not_smaller_than_the_snapshot(exercise: Exercise) -> None:
    _volume_of_a_snapshot(exercise)
    exercise.breaks(mappings.SMALLER_THAN_SNAPSHOT)
    _of_snapshots(exercise, mappings.LARGER_THAN_SNAPSHOT)


@exercises("bdm.snap.notfound")
def test_the_snapshot_exists(exercise: Exercise) -> None:
    _new_volume(exercise)
    _volume_of_a_snapshot(exercise)
    exercise.breaks(*mappings.NO_SUCH_SNAPSHOT)
    _of_snapshots(exercise)


@exercises("bdm.snap.malformed")
def test_the_snapshot_is_well_formed(exercise: Exercise) -> None:
    _new_volume(exercise)
    _volume_of_a_snapshot(exercise)
    exercise.breaks(*mappings.MALFORMED_SNAPSHOT, generated=mappings.malformed_snapshot())
    _of_snapshots(exercise)


SIZE_RULES = {
    "bdm.size.gp2": ("gp2",),
    "bdm.size.gp3": ("gp3",),
    "bdm.size.io1": ("io1",),
    "bdm.size.io2": ("io2",),
    "bdm.size.hdd": ("st1", "sc1"),
    "bdm.size.standard": ("standard",),
}


@exercises(*SIZE_RULES)
def test_the_sizes_of_a_type(exercise: Exercise) -> None:
    _new_volume(exercise)
    for type in SIZE_RULES[exercise.rule.id]:
        least, greatest = mappings.sizes(type)
        exercise.breaks(*mappings.beyond_sizes(type), generated=mappings.beyond_size(type))
        _least(exercise, least)
        _greatest(exercise, greatest)
        exercise.keeps(generated=mappings.within_size(type))


@exercises("bdm.size.type")
def test_a_size_is_an_integer(exercise: Exercise) -> None:
    _new_volume(exercise)
    exercise.breaks(*mappings.NON_INTEGER_SIZES)
    _least(exercise, mappings.EMPTY)


@exercises("bdm.type.enum")
def test_the_seven_types(exercise: Exercise) -> None:
    _new_volume(exercise)
    exercise.breaks(*mappings.UNKNOWN_TYPES, generated=mappings.unknown_types())
    _least(exercise, *map(mappings.ordinary, mappings.LEAST))


@exercises("bdm.type.default")
def test_the_type_that_is_not_named(exercise: Exercise) -> None:
    _new_volume(exercise)
    _least(exercise, mappings.EMPTY)
    exercise.control(mappings.ALL_GREATEST, via=covering.GREATEST)


@exercises("bdm.iops.required")
def test_io1_and_io2_are_given_iops(exercise: Exercise) -> None:
    _new_volume(exercise)
    exercise.breaks(*mappings.WITHOUT_IOPS)
    _least(exercise, *map(mappings.ordinary, ("io1", "io2")))


@exercises("bdm.iops.gp3", "bdm.iops.io1", "bdm.iops.io2")
def test_the_iops_of_a_type(exercise: Exercise) -> None:
    _new_volume(exercise)
    type = exercise.rule.id.rpartition(".")[2]
    exercise.breaks(*mappings.beyond_iops(type))
    _least(exercise, mappings.slowest(type))
    _greatest(exercise, mappings.fastest(type))


test_iops_of_other_types = prop(
    "bdm.iops.other", observe(select(mappings.IOPS_OF_OTHERS, at_quick=1))
)


test_more_iops_than_the_size_is_good_for = prop(
    "bdm.iops.ratio", observe(select(mappings.BEYOND_RATIO, at_quick=1), via=unspecified.ALL)
)


@exercises("bdm.throughput.gp3_only")
def test_throughput_is_for_gp3(exercise: Exercise) -> None:
    _new_volume(exercise)
    exercise.breaks(*mappings.THROUGHPUT_OF_OTHERS)
    _least(exercise, mappings.slowest("gp3"))


@exercises("bdm.throughput.range")
def test_the_throughput_of_gp3(exercise: Exercise) -> None:
    _new_volume(exercise)
    exercise.breaks(*mappings.BEYOND_THROUGHPUT)
    _least(exercise, mappings.slowest("gp3"))
    _greatest(exercise, mappings.MOST_THROUGHPUT)
