"""Rules about the snapshots of an image, and about the mapping that refers to them."""

from __future__ import annotations

from conformance.model.catalogue import rule
from conformance.model.overlay import MAPPED, NO_VOLUMES, Overlay, no_overlay, overlay
from conformance.model.request import Request
from conformance.model.rule import Aws, Evidence, Grade
from conformance.model.rules.image import NO_ACCOUNT, other_owner
from conformance.model.sources import (
    BLOCK_DEVICE,
    BOTOCORE,
    CREATE_IMAGE,
    ERRORS,
    GUIDE_AMI,
    GUIDE_DEREGISTER,
    GUIDE_MAPPING,
)
from conformance.model.world import DeviceMapping, Effects, Snapshot, Volume, World

_REJECTED = "rejected requests, which create no snapshot"
_GUIDE = GUIDE_MAPPING["Block device mapping of an AMI"]


def _pairs(view: Overlay, effects: Effects) -> list[tuple[Volume, DeviceMapping, list[Snapshot]]]:
    """Each volume of the instance that the image maps, with its new snapshots."""
    return [
        (volume, mapping, [s for s in effects.snapshots if s.volume_id == volume.id])
        for volume, mapping, asked in view.inherited()
        if "SnapshotId" not in asked
    ]


def _is_shown(attribute: str, what: str, view: Overlay, effects: Effects) -> bool:
    """Whether any mapping of the image, or any of its snapshots, shows an attribute."""
    shown = view.image.mappings if what == "mapping" else effects.snapshots
    return any(getattr(each, attribute) is not None for each in shown)


READS = ("DescribeImages", "DescribeSnapshots")
NO_SNAPSHOTS = "not decided: no new snapshot is shown, see st.snap.per_volume"


def maps_volumes(request: Request, before: World, effects: Effects) -> str | None:
    """The image maps a volume of the instance, which has to have a snapshot."""
    if (view := overlay(request, before, effects)) is None:
        return no_overlay(request, before, effects)
    if not view.volumes:
        return NO_VOLUMES
    if not _pairs(view, effects):
        return "inconclusive: the image maps no volume of the instance"
    return None


def has_snapshots(request: Request, before: World, effects: Effects) -> str | None:
    """A new snapshot is shown."""
    return None if effects.snapshots else maps_volumes(request, before, effects) or NO_SNAPSHOTS


def maps_snapshots(request: Request, before: World, effects: Effects) -> str | None:
    """The image maps a volume that has a new snapshot, and no longer has to show which."""
    if (lacking := has_snapshots(request, before, effects)) is not None:
        return lacking
    if (view := overlay(request, before, effects)) is None:
        return no_overlay(request, before, effects)
    pairs = [(mapping, snapshots) for _, mapping, snapshots in _pairs(view, effects) if snapshots]
    if any(mapping.snapshot_id or view.image.state != "pending" for mapping, _ in pairs):
        return None
    if pairs:
        return "inconclusive: the image stays pending, and its mapping names no snapshot yet"
    return "not decided: no new snapshot is of a volume that the image maps"


def shows_both(attribute: str, words: str) -> Evidence:
    """The evidence that a volume and its new snapshot both show an attribute."""

    def shows(request: Request, before: World, effects: Effects) -> str | None:
        if (lacking := has_snapshots(request, before, effects)) is not None:
            return lacking
        if (view := overlay(request, before, effects)) is None:
            return no_overlay(request, before, effects)
        for volume, _, snapshots in _pairs(view, effects):
            shown = [getattr(snapshot, attribute) is not None for snapshot in snapshots]
            if getattr(volume, attribute) is not None and any(shown):
                return None
        return f"inconclusive: no volume and new snapshot of it both show {words}"

    return shows


@rule.effect(
    "st.snap.per_volume",
    GUIDE_AMI["Process for creating an AMI"],
    _GUIDE,
    keeps="an instance with a root volume and two others",
    breaks=_REJECTED,
    masked_by="st.bdm.devices",
    requires=(*MAPPED, "noreboot.identity"),
    evidence=maps_volumes,
    reads=READS,
    note="The documents do not mention volumes that NoDevice omits (bdm.nodevice.snapshot).",
)
def one_for_each_volume(request: Request, before: World, effects: Effects) -> str | None:
    """Each EBS volume that the image maps must have exactly one new snapshot."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for volume, _, snapshots in _pairs(view, effects):
        if len(snapshots) != 1:
            return f"there are {len(snapshots)} new snapshots of {volume.device}'s volume"
    return None


@rule.effect(
    "st.snap.in_bdm",
    _GUIDE,
    keeps="an instance with a root volume and two others",
    breaks=_REJECTED,
    masked_by="st.bdm.devices",
    requires=MAPPED,
    evidence=maps_snapshots,
    reads=READS,
    note="A pending image need not show the snapshots yet.",
)
def mapping_refers_to_them(request: Request, before: World, effects: Effects) -> str | None:
    """The image must map each volume to its new snapshot."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for volume, mapping, snapshots in _pairs(view, effects):
        if not mapping.snapshot_id and view.image.state == "pending":
            continue
        if snapshots and mapping.snapshot_id not in {s.id for s in snapshots}:
            has = mapping.snapshot_id or "no snapshot"
            return f"the image maps {volume.device} to {has}, not to the new snapshot of its volume"
    return None


def is_partly_mapped(request: Request, before: World, effects: Effects) -> bool:
    """Whether a pending image names the snapshots of some volumes, and not yet those of others."""
    if (view := overlay(request, before, effects)) is None or view.image.state != "pending":
        return False
    shown = {bool(mapping.snapshot_id) for _, mapping, _ in _pairs(view, effects)}
    return len(shown) > 1


@rule.effect(
    "st.snap.size",
    CREATE_IMAGE["BlockDeviceMapping.N"],
    keeps="volumes of several sizes",
    breaks=_REJECTED,
    masked_by="st.bdm.devices",
    requires=MAPPED,
    evidence=shows_both("size", "a size"),
    reads=READS,
)
def size_of_the_volume(request: Request, before: World, effects: Effects) -> str | None:
    """A snapshot, and the mapping that refers to it, must have the size of the volume."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for volume, mapping, snapshots in _pairs(view, effects):
        entry = view.asked.get(volume.device)
        if len(snapshots) > 1:
            continue  # st.snap.per_volume decides
        observed = [("snapshot", s.size) for s in snapshots]
        if entry is None or "VolumeSize" not in entry.ebs:
            observed.append(("mapping", mapping.size))
        for what, size in observed:
            if None not in (size, volume.size) and size != volume.size:
                return f"the {what} of {volume.device} has {size} GiB, the volume {volume.size}"
            if size is None and volume.size is not None and _is_shown("size", what, view, effects):
                return f"the {what} of {volume.device} shows no size; others do"
    return None


@rule.effect(
    "st.snap.enc",
    CREATE_IMAGE["BlockDeviceMapping.N"],
    BLOCK_DEVICE["EbsBlockDevice, Encrypted"],
    keeps="an encrypted volume and an unencrypted one",
    breaks=_REJECTED,
    masked_by="st.bdm.devices",
    requires=MAPPED,
    evidence=shows_both("encrypted", "whether they are encrypted"),
    reads=READS,
)
def encryption_of_the_volume(request: Request, before: World, effects: Effects) -> str | None:
    """A snapshot, and the mapping that refers to it, must be encrypted exactly if the volume is."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for volume, mapping, snapshots in _pairs(view, effects):
        entry = view.asked.get(volume.device)
        if len(snapshots) > 1:
            continue  # st.snap.per_volume decides
        observed = [("snapshot", s.encrypted) for s in snapshots]
        if entry is None or "Encrypted" not in entry.ebs:
            observed.append(("mapping", mapping.encrypted))
        for what, encrypted in observed:
            if None not in (encrypted, volume.encrypted) and encrypted is not volume.encrypted:
                is_so = "encrypted" if encrypted else "not encrypted"
                return f"the {what} of {volume.device} is {is_so}, its volume is the opposite"
            if (
                encrypted is None
                and volume.encrypted
                and _is_shown("encrypted", what, view, effects)
            ):
                return f"the {what} of the encrypted {volume.device} does not show it; others do"
    return None


@rule.effect(
    "st.snap.desc",
    GUIDE_DEREGISTER["Clean up your Amazon EBS-backed AMI"],
    grade=Grade.DETAIL,
    keeps="an accepted request",
    breaks=_REJECTED,
    requires=(*MAPPED, "st.snap.per_volume"),
    evidence=has_snapshots,
    reads=READS,
    aws=Aws(
        "agrees", "Created by CreateImage(i-...) for ami-..., formerly with from vol-... added"
    ),
    note="The guide implies only that the description contains the image ID.",
)
def description_names_the_image(request: Request, before: World, effects: Effects) -> str | None:
    """The description of a snapshot must contain the image ID."""
    for snapshot in effects.snapshots:
        if effects.image is not None and effects.image.id not in (snapshot.description or ""):
            return f"the description of {snapshot.id} is {snapshot.description!r}"
    return None


def has_owners(request: Request, before: World, effects: Effects) -> str | None:
    """A new snapshot is shown, and the caller's account is known."""
    lacking = has_snapshots(request, before, effects)
    return lacking or (NO_ACCOUNT if before.account is None else None)


@rule.effect(
    "st.snap.owner",
    BOTOCORE["Snapshot, OwnerId, State"],
    grade=Grade.DETAIL,
    keeps="an accepted request",
    breaks=_REJECTED,
    requires=(*MAPPED, "st.snap.per_volume"),
    evidence=has_owners,
    reads=READS,
)
def snapshot_of_the_caller(request: Request, before: World, effects: Effects) -> str | None:
    """The caller must own the snapshot; its state must be pending, completed or error."""
    for snapshot in effects.snapshots:
        if snapshot.owner is None:
            return f"DescribeSnapshots shows no owner of {snapshot.id}"
        if observed := other_owner(f"the owner of {snapshot.id}", snapshot.owner, before):
            return observed
        if snapshot.state not in ("pending", "completed", "error"):
            return f"the state of {snapshot.id} is {snapshot.state}"
    return None


rule.scenario(
    "st.limit.snap",
    (
        "The documents limit the number of snapshots, of pending ones, and of those per "
        "volume in a time."
    ),
    ERRORS["ConcurrentSnapshotLimitExceeded, PendingSnapshotLimitExceeded, SnapshotLimitExceeded"],
    ERRORS["SnapshotCreationPerVolumeRateExceeded, ResourceLimitExceeded"],
    codes={
        "ConcurrentSnapshotLimitExceeded",
        "PendingSnapshotLimitExceeded",
        "SnapshotLimitExceeded",
        "SnapshotCreationPerVolumeRateExceeded",
        "ResourceLimitExceeded",
    },
    uncovered="a run does not exhaust an account's limits; a rejection by a limit decides no rule",
)
