"""Rules about ``BlockDeviceMapping`` entries for devices that the instance lacks."""

from __future__ import annotations

from conformance.model.entries import RequestedMapping
from conformance.model.overlay import Overlay, overlay
from conformance.model.request import Request
from conformance.model.rule import Grade, rule
from conformance.model.sources import BLOCK_DEVICE, GUIDE_AMI, GUIDE_MAPPING
from conformance.model.world import Effects, World

_GUIDE = GUIDE_MAPPING["Block device mapping of an AMI"]
_NOT_ASKED = "a request without mappings: the image has the instance's devices alone"


@rule.request(
    "bdm.new.ebs_empty",
    _GUIDE,
    grade=Grade.DETAIL,
    keeps="a device that the instance lacks, with a size",
    breaks=_NOT_ASKED,
)
def empty_volume(request: Request, world: World) -> bool:
    """An empty volume can be added, of the size, type and flag that are asked for."""
    return True


@rule.effects_of("bdm.new.ebs_empty")
def empty_volume_is_mapped(request: Request, before: World, effects: Effects) -> str | None:
    """The image maps it as asked and without a snapshot."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for entry in view.added:
        if "SnapshotId" not in entry.ebs and (seen := _empty(view, entry)):
            return seen
    return None


def _empty(view: Overlay, entry: RequestedMapping) -> str | None:
    mapping = view.mapped(entry.device)
    if mapping is None or not mapping.ebs:
        return f"the image maps no EBS volume on {entry.device}"
    if mapping.snapshot_id:
        return f"the image maps {entry.device} to {mapping.snapshot_id}, and none was asked for"
    flag = mapping.delete_on_termination
    for field, has in (
        ("VolumeSize", mapping.size),
        ("VolumeType", mapping.type),
        ("Iops", mapping.iops),
        ("Throughput", mapping.throughput),
        ("DeleteOnTermination", None if flag is None else str(flag).lower()),
    ):
        asked = entry.ebs.get(field)
        if asked is not None and asked != str(has):
            return f"{entry.device} was asked with {field}={asked}, the image has {has}"
    return None


@rule.request(
    "bdm.new.ebs_snapshot",
    _GUIDE,
    BLOCK_DEVICE["EbsBlockDevice, VolumeSize"],
    grade=Grade.DETAIL,
    keeps="a device that the instance lacks, with a snapshot, with and without a size",
    breaks=_NOT_ASKED,
)
def volume_from_snapshot(request: Request, world: World) -> bool:
    """A volume of a snapshot can be added; without a size it has the snapshot's."""
    return True


@rule.effects_of("bdm.new.ebs_snapshot")
def snapshot_is_mapped(request: Request, before: World, effects: Effects) -> str | None:
    """The image maps the device to that snapshot, with that size."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for entry in view.added:
        asked = entry.ebs.get("SnapshotId")
        snapshot = before.snapshots.get(asked or "")
        if snapshot is None:
            continue
        mapping = view.mapped(entry.device)
        if mapping is None or mapping.snapshot_id != asked:
            has = mapping.snapshot_id if mapping else None
            return f"{entry.device} was asked with the snapshot {asked}, the image has {has}"
        size = entry.ebs.get("VolumeSize") or str(snapshot.size)
        if mapping.size is not None and str(mapping.size) != size:
            return f"the image has {mapping.size} GiB for {entry.device}, due are {size} GiB"
    return None


@rule.request(
    "bdm.enc.new_empty",
    BLOCK_DEVICE["EbsBlockDevice, Encrypted"],
    keeps="new empty volumes with Encrypted=true, with Encrypted=false and without it",
    breaks="Encrypted of a new volume from a snapshot",
    note="An account can be set to encrypt every new volume; then only true is asserted.",
)
def empty_volume_may_be_encrypted(request: Request, world: World) -> bool:
    """A new empty volume is encrypted or not, as asked; not, by default."""
    return True


@rule.effects_of("bdm.enc.new_empty", requires=("bdm.new.ebs_empty",))
def encrypted_as_asked(request: Request, before: World, effects: Effects) -> str | None:
    """The image maps it so."""
    if (view := overlay(request, before, effects)) is None:
        return None
    by_default = not any(volume.encrypted is False for volume in view.volumes.values())
    for entry in view.added:
        mapping = view.mapped(entry.device)
        asked = entry.ebs.get("Encrypted")
        if mapping is None or mapping.encrypted is None or "SnapshotId" in entry.ebs:
            continue
        if asked in ("true", "false", None) and mapping.encrypted is not (asked == "true"):
            if mapping.encrypted and by_default:
                continue
            how = f"Encrypted={asked}" if asked else "no Encrypted"
            has = "encrypted" if mapping.encrypted else "not encrypted"
            return f"{entry.device} was asked with {how}, the image has it {has}"
    return None


@rule.effect(
    "bdm.type.default",
    GUIDE_MAPPING["Block device mapping"],
    grade=Grade.DETAIL,
    keeps="a new volume without VolumeType",
    breaks="a new volume of another type",
    requires=("bdm.new.ebs_empty",),
)
def default_type(request: Request, before: World, effects: Effects) -> str | None:
    """A new volume of which no type is named is of type gp2."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for entry in view.added:
        mapping = view.mapped(entry.device)
        if (
            mapping is not None
            and "VolumeType" not in entry.ebs
            and mapping.type not in (None, "gp2")
        ):
            return f"{entry.device} was asked without a type, the image has {mapping.type}"
    return None


@rule.request(
    "bdm.virtual.effect",
    GUIDE_AMI["Process for creating an AMI"],
    _GUIDE,
    keeps="VirtualName=ephemeral0 for a device that the instance lacks",
    breaks=_NOT_ASKED,
)
def instance_store_may_be_mapped(request: Request, world: World) -> bool:
    """An instance store volume can be mapped: its device and virtual name, and no data."""
    return True


@rule.effects_of("bdm.virtual.effect")
def instance_store_is_mapped(request: Request, before: World, effects: Effects) -> str | None:
    """The image maps the device to the virtual name, without a snapshot."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for entry in view.asked.values():
        own = entry.device in view.volumes or entry.device in view.instance.instance_store
        if entry.virtual_name is None or entry.no_device is not None or entry.ebs or own:
            continue
        mapping = view.mapped(entry.device)
        if mapping is None or mapping.virtual_name != entry.virtual_name:
            has = mapping.virtual_name if mapping else None
            return f"{entry.device} was asked as {entry.virtual_name}, the image has {has}"
        if mapping.snapshot_id:
            return f"the image has {mapping.snapshot_id} for the instance store of {entry.device}"
    return None
