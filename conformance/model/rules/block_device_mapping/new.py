"""Rules about ``BlockDeviceMapping`` entries for devices that the instance lacks."""

from __future__ import annotations

from conformance.model.booleans import reading
from conformance.model.catalogue import rule
from conformance.model.entries import RequestedMapping, integer_reading
from conformance.model.overlay import Overlay, overlay, shows_mappings
from conformance.model.request import Request
from conformance.model.rule import Aws, Grade
from conformance.model.rules.block_device_mapping.performance import IOPS
from conformance.model.sources import BLOCK_DEVICE, GUIDE_AMI, GUIDE_MAPPING
from conformance.model.world import DeviceMapping, Effects, World

_GUIDE = GUIDE_MAPPING["Block device mapping of an AMI"]
_WITHOUT = "a request without mappings: the image has only the instance's devices"


def shows_encryption(request: Request, before: World, effects: Effects) -> str | None:
    """The image shows whether a new empty volume is encrypted."""
    if lacking := shows_mappings(request, before, effects):
        return lacking
    view = overlay(request, before, effects)
    empty = [e for e in view.added if "SnapshotId" not in e.ebs] if view else []
    shown = [(e, m) for e in empty if view and (m := view.mapped(e.device))]
    if empty and all(mapping.encrypted is None for _, mapping in shown):
        return "inconclusive: the image's mapping does not show whether the new volume is encrypted"
    if view is None or not empty or not _encrypts_all(view, before):
        return None
    if any(entry.ebs.get("Encrypted") == "true" for entry, _ in shown):
        return None
    return "inconclusive: the account may encrypt every new volume by default"


@rule.request(
    "bdm.new.ebs_empty",
    _GUIDE,
    grade=Grade.DETAIL,
    only_with=(),
    keeps="a device that the instance lacks, with a size",
    breaks=_WITHOUT,
)
def empty_volume(request: Request, world: World) -> bool:
    """A mapping can add an empty volume; the image must map it as requested."""
    return True


@rule.effects_of("bdm.new.ebs_empty", masked_by="st.snap.size", evidence=shows_mappings)
def empty_volume_is_mapped(request: Request, before: World, effects: Effects) -> str | None:
    """The image maps the volume as requested and without a snapshot."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for entry in view.added:
        if "SnapshotId" in entry.ebs or view.is_renamed(entry.device):
            continue
        if observed := _empty(view, entry):
            return observed
    return None


def _empty(view: Overlay, entry: RequestedMapping) -> str | None:
    mapping = view.mapped(entry.device)
    if mapping is None or not mapping.ebs:
        return f"the image maps no EBS volume on {entry.device}"
    if mapping.snapshot_id:
        return (
            f"the image maps {entry.device} to {mapping.snapshot_id}; the request names no snapshot"
        )
    return _unlike(entry, mapping)


def _is_open(field: str, asked: str) -> bool:
    """Whether the documents do not say what a spelling of a number or a flag stands for."""
    if field == "VolumeType":
        return False
    return (reading if field == "DeleteOnTermination" else integer_reading)(asked) is None


def _unlike(entry: RequestedMapping, mapping: DeviceMapping) -> str | None:
    """How a mapping of the image differs from the fields that the request names."""
    flag = mapping.delete_on_termination
    for field, has in (
        ("VolumeSize", mapping.size),
        ("VolumeType", mapping.type),
        ("Iops", mapping.iops),
        ("Throughput", mapping.throughput),
        ("DeleteOnTermination", None if flag is None else str(flag).lower()),
    ):
        asked = entry.ebs.get(field)
        if asked is None or _is_open(field, asked):
            continue
        if field == "Iops" and entry.ebs.get("VolumeType") not in IOPS:
            continue  # no document says what they do there (bdm.iops.other)
        if asked != str(has):
            return f"the request has {field}={asked} for {entry.device}, the image has {has}"
    return None


@rule.request(
    "bdm.new.ebs_snapshot",
    _GUIDE,
    BLOCK_DEVICE["EbsBlockDevice, VolumeSize"],
    grade=Grade.DETAIL,
    only_with=(),
    keeps="a device that the instance lacks, with a snapshot, with and without a size",
    breaks=_WITHOUT,
)
def volume_from_snapshot(request: Request, world: World) -> bool:
    """A mapping can add a volume from a snapshot; its size defaults to the snapshot's."""
    return True


@rule.effects_of("bdm.new.ebs_snapshot", masked_by="st.snap.size", evidence=shows_mappings)
def snapshot_is_mapped(request: Request, before: World, effects: Effects) -> str | None:
    """The image maps the device to the requested snapshot, with the fields of the request."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for entry in view.added:
        asked = entry.ebs.get("SnapshotId")
        snapshot = before.snapshots.get(asked or "")
        if snapshot is None or view.is_renamed(entry.device):
            continue
        mapping = view.mapped(entry.device)
        if mapping is None or mapping.snapshot_id != asked:
            has = mapping.snapshot_id if mapping else None
            return f"the request has the snapshot {asked} for {entry.device}, the image has {has}"
        size = entry.ebs.get("VolumeSize") or snapshot.size
        if None not in (size, mapping.size) and str(mapping.size) != str(size):
            return f"the image has {mapping.size} GiB for {entry.device}, not {size} GiB"
        if observed := _unlike(entry, mapping):
            return observed
    return None


def _encrypts_all(view: Overlay, before: World) -> bool:
    """Whether the account encrypts every new volume by default, or may do so.

    Where the target does not say, an unencrypted volume of the instance shows that it does not.
    """
    if before.encryption_by_default is not None:
        return before.encryption_by_default
    return not any(volume.encrypted is False for volume in view.volumes.values())


@rule.request(
    "bdm.enc.new_empty",
    BLOCK_DEVICE["EbsBlockDevice, Encrypted"],
    only_with=(),
    keeps="new empty volumes with Encrypted=true, with Encrypted=false and without it",
    breaks="Encrypted for a new volume from a snapshot",
    note=(
        "An account may encrypt every new volume by default (GetEbsEncryptionByDefault); then "
        "only Encrypted=true is checked."
    ),
)
def empty_volume_may_be_encrypted(request: Request, world: World) -> bool:
    """A new empty volume must be encrypted as requested, and unencrypted by default."""
    return True


def _is_shown(attribute: str, view: Overlay, before: World) -> bool:
    """Whether the endpoint shows an attribute of mappings: in this image, or in a source image."""
    return any(
        getattr(mapping, attribute) is not None
        for image in (view.image, *before.images.values())
        for mapping in image.mappings
    )


@rule.effects_of("bdm.enc.new_empty", requires=("bdm.new.ebs_empty",), evidence=shows_encryption)
def encrypted_as_asked(request: Request, before: World, effects: Effects) -> str | None:
    """The image maps the volume with the requested encryption."""
    if (view := overlay(request, before, effects)) is None:
        return None
    by_default = _encrypts_all(view, before)
    for entry in view.added:
        mapping = view.mapped(entry.device)
        asked = entry.ebs.get("Encrypted")
        if mapping is None or "SnapshotId" in entry.ebs:
            continue
        if mapping.encrypted is None:
            if asked == "true" and _is_shown("encrypted", view, before):
                return f"the request has Encrypted=true for {entry.device}, the image shows none"
            continue
        if asked in ("true", "false", None) and mapping.encrypted is not (asked == "true"):
            if mapping.encrypted and by_default:
                continue
            how = f"Encrypted={asked}" if asked else "no Encrypted"
            has = "encrypted" if mapping.encrypted else "not encrypted"
            return f"the request has {how} for {entry.device}, the image has it {has}"
    return None


rule.scenario(
    "bdm.type.default",
    "The documents contradict each other on the type of a new volume without VolumeType.",
    GUIDE_MAPPING["Block device mapping"],
    grade=Grade.UNSPECIFIED,
    aws=Aws("unknown", "newer pages say gp2, older ones standard; images showed standard"),
)


@rule.request(
    "bdm.virtual.effect",
    GUIDE_AMI["Process for creating an AMI"],
    _GUIDE,
    only_with=(),
    keeps="VirtualName=ephemeral0 for a device that the instance lacks",
    breaks=_WITHOUT,
)
def instance_store_may_be_mapped(request: Request, world: World) -> bool:
    """A mapping can add an instance store volume: a device with a virtual name and no snapshot."""
    return True


@rule.effects_of("bdm.virtual.effect", masked_by="st.bdm.devices", evidence=shows_mappings)
def instance_store_is_mapped(request: Request, before: World, effects: Effects) -> str | None:
    """The image maps the device to the virtual name, without a snapshot."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for entry in view.asked.values():
        own = entry.device in view.volumes or entry.device in view.instance.instance_store
        if entry.virtual_name is None or entry.no_device is not None or entry.ebs or own:
            continue
        if view.is_renamed(entry.device):
            continue
        mapping = view.mapped(entry.device)
        if mapping is None or mapping.virtual_name != entry.virtual_name:
            has = mapping.virtual_name if mapping else None
            return f"the request has {entry.virtual_name} for {entry.device}, the image has {has}"
        if mapping.snapshot_id:
            return (
                f"the image has {mapping.snapshot_id} for the instance store volume {entry.device}"
            )
    return None
