"""The block device mapping of the image, and its snapshots."""

from __future__ import annotations

from conformance.engine.property.exercise import Exercise
from conformance.engine.property.spec import control, keeps
from conformance.model import Arm
from conformance.model.overlay import NO_VOLUMES
from conformance.model.request import Placeholder, create_image
from conformance.suite.changed_source import changed
from conformance.suite.declare import exercises, prop
from strategies import covering, instance_ids, mappings, rejections
from strategies.scenarios import TO_BE_LAUNCHED

PLAIN = create_image()


test_the_mapping_of_an_accepted_request = prop(
    (
        "st.snap.per_volume",
        "st.snap.in_bdm",
        "st.snap.size",
        "st.snap.enc",
        "st.snap.desc",
        "st.snap.owner",
    ),
    keeps(PLAIN),
    keeps(instance_ids.STOPPED, via=covering.STOPPED),
    keeps(mappings.FLAGS, via=covering.FULL),
    changed("root", "attached"),
    control(*rejections.SAMPLE, one=True),
)


test_the_flags_of_an_accepted_request = prop(
    "st.bdm.dot_inherit",
    keeps(PLAIN),
    keeps(instance_ids.STOPPED, via=covering.STOPPED),
    changed("root", "flag"),
    control(*rejections.SAMPLE, one=True),
)


test_devices_that_the_request_does_not_name = prop(
    "st.bdm.merge",
    keeps(mappings.EMPTY, via=covering.FULL, batch=mappings.ALL_LEAST),
    control(*rejections.SAMPLE, one=True),
)


@exercises("st.bdm.devices")
def test_every_device_of_the_instance(exercise: Exercise) -> None:
    exercise.keeps(PLAIN)
    changed("attached", "detached").run(exercise)
    exercise.control(*rejections.SAMPLE, one=True)
    after = exercise.scenarios.deregistration(TO_BE_LAUNCHED)
    image = after.trial.effects.image if after.trial.effects else None
    if image is None or after.instance is None:
        exercise.skip(after.why or f"inconclusive: RunInstances of the image: {after.launched}")
        return
    source = after.trial.before.instances.get(after.trial.request.instance_id or "")
    if not after.instance.volumes and not (source and source.volumes):
        exercise.skip(NO_VOLUMES)
        return
    has = {volume.device: volume.delete_on_termination for volume in after.instance.volumes}
    for mapping in image.mappings:
        if not mapping.ebs:
            continue
        if mapping.device not in has:
            observed = f"an instance launched from the image has no {mapping.device}"
        elif None in (has[mapping.device], mapping.delete_on_termination):
            continue
        elif has[mapping.device] is not mapping.delete_on_termination:
            observed = (
                f"{mapping.device} has DeleteOnTermination {mapping.delete_on_termination} in the"
                f" image, and {has[mapping.device]} in an instance launched from it"
            )
        else:
            continue
        exercise.deviates(Arm.KEEPS, after.trial, observed)
        return


@exercises("st.bdm.ephemeral")
def test_an_instance_store_volume(exercise: Exercise) -> None:
    with_store = create_image(InstanceId=Placeholder.WITH_INSTANCE_STORE)
    exercise.keeps(with_store, via=covering.STORE_UNTAGGED)
    exercise.control(*rejections.SAMPLE, one=True)
