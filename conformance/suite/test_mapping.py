"""BlockDeviceMapping: the list, fields of other actions, and the kinds of entries."""

from __future__ import annotations

from conformance.engine.property.exercise import Exercise
from conformance.engine.property.spec import breaks, control, keeps, observe, requires, select
from conformance.model.request import create_image
from conformance.suite.declare import exercises, prop, props
from strategies import covering, mappings, unspecified

PLAIN = create_image()


test_mappings_may_be_left_out = prop(
    "bdm.optional", keeps(PLAIN), control(mappings.FLAGS, via=covering.FULL)
)


test_mappings_are_numbered_from_1 = prop(
    "bdm.list",
    requires(mappings.ROOT_KEPT, "bdm.existing.dot"),
    keeps(mappings.FLAGS, via=covering.FULL),
    keeps(via=covering.FULL, batch=mappings.ALL_LEAST),
    control(mappings.MEMBER),
)


test_fields_of_other_actions = props(
    {
        rule_id: (
            requires(mappings.EMPTY, "bdm.new.ebs_empty"),
            keeps(mappings.EMPTY, via=covering.FULL, batch=mappings.ALL_LEAST),
            breaks(draft),
        )
        for rule_id, draft in mappings.UNSUPPORTED.items()
    }
)


test_a_card_index = prop("bdm.ebscard", observe(mappings.CARD_INDEX, via=unspecified.ALL))


test_an_instance_store_volume_is_mapped = prop(
    "bdm.virtual.effect",
    requires(mappings.ROOT_KEPT, "bdm.existing.dot"),
    keeps(mappings.STORE, via=covering.EVERY_PARAMETER, batch=mappings.STORES),
    control(PLAIN),
)


test_virtual_names_are_ephemeral_and_a_number = prop(
    "bdm.virtual.form",
    requires(mappings.STORE, "bdm.virtual.effect"),
    breaks(select(mappings.NOT_VIRTUAL, at_quick=5), generated=mappings.not_virtual()),
    keeps(mappings.STORE, via=covering.EVERY_PARAMETER, batch=mappings.STORES),
)


test_how_many_instance_store_volumes = prop(
    "bdm.virtual.range", observe(select(mappings.MORE_STORES, at_quick=1), via=unspecified.ALL)
)


test_device_names_of_the_guide = prop(
    "bdm.device.syntax",
    requires(mappings.EMPTY, "bdm.new.ebs_empty"),
    breaks(select(mappings.UNLISTED_DEVICES, at_quick=1)),
    keeps(*mappings.LISTED_ALONE, via=covering.FULL),
)


test_a_mapping_without_a_device = prop(
    "bdm.device.required", observe(mappings.NO_DEVICE_NAME, whole=unspecified.OFTEN_REFUSED)
)


test_a_device_twice = prop(
    "bdm.device.unique", observe(mappings.TWICE, whole=unspecified.OFTEN_REFUSED)
)


test_a_device_under_another_name = prop(
    "bdm.device.alias", observe(mappings.ALIAS, via=unspecified.ALL)
)


test_an_entry_of_two_kinds = prop(
    "bdm.exclusive", observe(mappings.TWO_FORMS, whole=unspecified.OFTEN_REFUSED)
)


test_an_entry_that_names_a_device_alone = prop(
    "bdm.entry_empty", observe(mappings.NAME_ALONE, whole=unspecified.OFTEN_REFUSED)
)


test_a_device_is_left_out = prop(
    "bdm.nodevice.presence",
    requires(mappings.ROOT_KEPT, "bdm.existing.dot"),
    keeps(*mappings.OMITTED_ALONE, via=covering.EVERY_PARAMETER, batch=mappings.OMITTED_BOTH),
    control(PLAIN),
)


@exercises("bdm.nodevice.snapshot", slowness=2)
def test_the_snapshot_of_a_device_that_is_left_out(exercise: Exercise) -> None:
    trial = exercise.send(mappings.OMITTED_BOTH, via=covering.EVERY_PARAMETER)
    if trial is None or not trial.accepted:
        trial = exercise.send(mappings.OMITTED_BOTH)
    if trial.effects is not None:
        made = len(trial.effects.snapshots)
        attached = len(trial.before.instances[trial.request.instance_id or ""].volumes)
        exercise.observe(trial, seen=f"{made} snapshots of {attached} volumes")


test_a_device_left_out_inside_of_ebs = prop(
    "bdm.nodevice.path", observe(mappings.OMITTED_INSIDE, whole=unspecified.OFTEN_REFUSED)
)


test_the_root_left_out = prop(
    "bdm.nodevice.root", observe(mappings.OMITTED_ROOT, whole=unspecified.OFTEN_REFUSED)
)


test_a_device_left_out_that_is_not_there = prop(
    "bdm.nodevice.unknown", observe(mappings.OMITTED_UNKNOWN, via=unspecified.ALL)
)
