"""The block device mapping of the image, and its snapshots."""

from __future__ import annotations

from conformance.engine.client.api import WITH_SNAPSHOTS, Refused
from conformance.engine.observation.trial import Trial
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.spec import control, keeps, shows
from conformance.engine.scenarios.images import existing_snapshots
from conformance.model import Arm
from conformance.model.request import Placeholder, create_image
from conformance.suite.changed_source import changed
from conformance.suite.declare import exercises, prop
from conformance.suite.scenarios import DEREGISTRATION
from reports.reasons import masked_by
from strategies import covering, instance_ids, mappings, rejections

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


test_every_device_of_the_instance = prop(
    "st.bdm.devices",
    keeps(PLAIN),
    changed("attached", "detached"),
    control(*rejections.SAMPLE, one=True),
    shows(DEREGISTRATION),
)


test_an_instance_store_volume = prop(
    "st.bdm.ephemeral",
    keeps(create_image(InstanceId=Placeholder.WITH_INSTANCE_STORE), via=covering.STORE_UNTAGGED),
    control(*rejections.SAMPLE, one=True),
)


_OF_ONE_SNAPSHOT = (
    mappings.FROM_SNAPSHOT,
    mappings.FROM_SNAPSHOT.having({"Description": "amiproof"}),
)
"""Where the target refuses the covering requests."""


@exercises(
    "lc.deregister.shared_snapshots",
    requires=("bdm.new.ebs_snapshot", "st.snap.per_volume"),
    slowness=2,
)
def test_a_snapshot_of_two_images_outlives_one_of_them(exercise: Exercise) -> None:
    """Two covering requests map the run's own snapshot; the image of one is deregistered.

    No later property looks at that image.
    """
    session = exercise.session
    gone = exercise.send(mappings.ALL_BOUNDS_OF_SNAPSHOT, via=covering.BOUNDS_OF_SNAPSHOT)
    kept = exercise.send(mappings.ALL_FROM_SNAPSHOT, via=covering.EVERY_PARAMETER)
    if not _mapped(gone) & _mapped(kept):
        gone, kept = (exercise.send(draft, unless="lacking") for draft in _OF_ONE_SNAPSHOT)
    shared = sorted(_mapped(gone) & _mapped(kept))
    own = [each.id for each in gone.effects.snapshots] if gone and gone.effects else []
    alone = [id for id in own if id not in shared]
    if gone is None or kept is None or not shared or not alone:
        mask = exercise.mask_of(gone, "bdm.new.ebs_snapshot") if gone is not None else ""
        mask = mask or exercise.mask_of(exercise.send(PLAIN), "st.snap.per_volume")
        why = "inconclusive: no two images refer to one snapshot"
        exercise.skip(masked_by(mask) if mask else why)
        return
    try:
        shown = {each.id for each in existing_snapshots(session, [*alone, *shared])}
        if not {*alone, *shared} <= shown:
            exercise.skip("inconclusive: DescribeSnapshots by id does not show the snapshots")
            return
        session.executor.deregister(gone, WITH_SNAPSHOTS)
        left = session.patience.until(
            "snapshots of a deregistered image",
            lambda: {each.id for each in existing_snapshots(session, [*alone, *shared])},
            lambda now: not now & {*alone},
        )
    except Refused as refused:
        exercise.skip(f"inconclusive: DeregisterImage with DeleteAssociatedSnapshots: {refused}")
        return
    for id in {*alone, *shared} - left:
        session.ledger.gone("snapshot", id)
    if not {*shared} <= left and not _is_there(exercise, kept):
        exercise.skip("not decided: the other image is gone, too; see st.image.exists")
        return
    if not {*shared} <= left:
        observed = "DeregisterImage deletes a snapshot that another image refers to"
        exercise.check(Arm.KEEPS)
        exercise.check(Arm.KEEPS, gone, observed, before=[kept])
    elif left & {*alone}:
        exercise.skip("not decided: DeregisterImage deletes no snapshot of the image alone")
        return
    else:
        exercise.check(Arm.KEEPS)
    exercise.check(Arm.BREAKS)


def _is_there(exercise: Exercise, trial: Trial) -> bool:
    """Whether DescribeImages still shows the image of a request."""
    return exercise.session.observer.image_if_readable(trial.image_id or "") is not None


def _mapped(trial: Trial | None) -> set[str]:
    """The snapshots that the image of an accepted request refers to."""
    image = trial.effects.image if trial and trial.effects else None
    return {each.snapshot_id for each in image.mappings if each.snapshot_id} if image else set()
