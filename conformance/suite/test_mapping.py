"""BlockDeviceMapping: the list, fields of other actions, and what an entry may hold."""

from __future__ import annotations

from conformance.engine.property.exercise import Exercise
from conformance.model.request import create_image
from conformance.suite.marks import exercises
from strategies import covering, mappings, unspecified

PLAIN = create_image()


@exercises("bdm.optional")
def test_mappings_may_be_left_out(exercise: Exercise) -> None:
    exercise.keeps(PLAIN)
    exercise.control(mappings.FLAGS, via=covering.FULL)


@exercises("bdm.list")
def test_mappings_are_numbered_from_1(exercise: Exercise) -> None:
    exercise.requires(mappings.ROOT_KEPT, "bdm.existing.dot")
    exercise.keeps(mappings.FLAGS, via=covering.FULL)
    exercise.keeps(via=covering.FULL, batch=mappings.ALL_LEAST)
    exercise.control(mappings.MEMBER)


@exercises(*mappings.UNSUPPORTED)
def test_fields_of_other_actions(exercise: Exercise) -> None:
    exercise.requires(mappings.EMPTY, "bdm.new.ebs_empty")
    exercise.keeps(mappings.EMPTY, via=covering.FULL, batch=mappings.ALL_LEAST)
    exercise.breaks(mappings.UNSUPPORTED[exercise.rule.id])


@exercises("bdm.ebscard")
def test_a_card_index(exercise: Exercise) -> None:
    exercise.observe(mappings.CARD_INDEX, via=unspecified.ALL)


@exercises("bdm.virtual.effect")
def test_an_instance_store_volume_is_mapped(exercise: Exercise) -> None:
    exercise.requires(mappings.ROOT_KEPT, "bdm.existing.dot")
    exercise.keeps(mappings.STORE, via=covering.EVERY_PARAMETER, batch=mappings.STORES)
    exercise.control(PLAIN)


@exercises("bdm.virtual.form")
def test_virtual_names_are_ephemeral_and_a_number(exercise: Exercise) -> None:
    exercise.requires(mappings.STORE, "bdm.virtual.effect")
    exercise.breaks(*mappings.NOT_VIRTUAL, generated=mappings.not_virtual())
    exercise.keeps(mappings.STORE, via=covering.EVERY_PARAMETER, batch=mappings.STORES)


@exercises("bdm.virtual.range")
def test_how_many_instance_store_volumes(exercise: Exercise) -> None:
    exercise.observe(*exercise.select(mappings.MORE_STORES, at_quick=1), via=unspecified.ALL)


@exercises("bdm.device.syntax")
def test_device_names_of_the_guide(exercise: Exercise) -> None:
    exercise.requires(mappings.EMPTY, "bdm.new.ebs_empty")
    exercise.breaks(*exercise.select(mappings.UNLISTED_DEVICES, at_quick=1))
    exercise.keeps(*mappings.LISTED_ALONE, via=covering.FULL, batch=mappings.ALL_LEAST)


@exercises("bdm.device.required")
def test_a_mapping_without_a_device(exercise: Exercise) -> None:
    exercise.observe(mappings.NO_DEVICE_NAME)


@exercises("bdm.device.unique")
def test_a_device_twice(exercise: Exercise) -> None:
    exercise.observe(mappings.TWICE)


@exercises("bdm.device.alias")
def test_a_device_under_another_name(exercise: Exercise) -> None:
    exercise.observe(mappings.ALIAS, via=unspecified.ALL)


@exercises("bdm.exclusive")
def test_an_entry_of_two_kinds(exercise: Exercise) -> None:
    exercise.observe(mappings.TWO_FORMS)


@exercises("bdm.entry_empty")
def test_an_entry_that_names_a_device_alone(exercise: Exercise) -> None:
    exercise.observe(mappings.NAME_ALONE)


@exercises("bdm.nodevice.presence")
def test_a_device_is_left_out(exercise: Exercise) -> None:
    exercise.requires(mappings.ROOT_KEPT, "bdm.existing.dot")
    cover = covering.EVERY_PARAMETER
    exercise.keeps(*mappings.OMITTED_ALONE, via=cover, batch=mappings.OMITTED_BOTH)
    exercise.control(PLAIN)


@exercises("bdm.nodevice.snapshot")
def test_the_snapshot_of_a_device_that_is_left_out(exercise: Exercise) -> None:
    trial = exercise.send_if_available(covering.EVERY_PARAMETER)
    if trial is None or not trial.accepted:
        trial = exercise.send(mappings.OMITTED_BOTH)
    if trial.effects is not None:
        made = len(trial.effects.snapshots)
        attached = len(trial.before.instances[trial.request.instance_id or ""].volumes)
        exercise.observed(trial, f"{made} snapshots of {attached} volumes")


@exercises("bdm.nodevice.path")
def test_a_device_left_out_inside_of_ebs(exercise: Exercise) -> None:
    exercise.observe(mappings.OMITTED_INSIDE)


@exercises("bdm.nodevice.root")
def test_the_root_left_out(exercise: Exercise) -> None:
    exercise.observe(mappings.OMITTED_ROOT)


@exercises("bdm.nodevice.unknown")
def test_a_device_left_out_that_is_not_there(exercise: Exercise) -> None:
    exercise.observe(mappings.OMITTED_UNKNOWN, via=unspecified.ALL)
