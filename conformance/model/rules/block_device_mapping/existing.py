"""Rules about ``BlockDeviceMapping`` entries for volumes that the instance has.

Of these only DeleteOnTermination can be changed. Whether a request for more is refused or that
part of it is ignored is not said (A6); that the image shows none of it is.
"""

from __future__ import annotations

from conformance.model.entries import existing_volumes, mappings, own_devices
from conformance.model.overlay import MAPPED, overlay
from conformance.model.request import Request
from conformance.model.rule import Aws, Grade, rule
from conformance.model.sources import BLOCK_DEVICE, CREATE_IMAGE
from conformance.model.world import Effects, World

FIXED = frozenset({"VolumeSize", "VolumeType", "Iops", "Throughput", "SnapshotId"})
"""Fields that cannot be changed for a volume which the instance has; Encrypted is bdm.enc.*'s."""


_PAGE = CREATE_IMAGE["BlockDeviceMapping.N"]
_ISSUE = "https://github.com/"


@rule.request(
    "bdm.existing.dot",
    _PAGE,
    keeps="DeleteOnTermination for the root volume and for others, true and false",
    breaks="a request that says nothing of it: the image has the instance's",
)
def flag_may_change(request: Request, world: World) -> bool:
    """For a volume that the instance has DeleteOnTermination may be set."""
    return True


@rule.effects_of("bdm.existing.dot", masked_by="st.bdm.dot_inherit", requires=MAPPED)
def flag_as_asked(request: Request, before: World, effects: Effects) -> str | None:
    """The image's mapping has the flag that was asked for."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for entry, _, mapping in view.existing():
        asked = entry.ebs.get("DeleteOnTermination")
        if asked in ("true", "false") and mapping.delete_on_termination is not (asked == "true"):
            has = mapping.delete_on_termination
            return f"{entry.device} was asked with DeleteOnTermination={asked}, the image has {has}"
    return None


@rule.effect(
    "bdm.existing.size",
    _PAGE,
    keeps="volumes whose size the request does not name",
    breaks="another size for a volume that the instance has: refused or ignored",
    note="The console and EbsBlockDevice know larger sizes; the action's page prevails (A6).",
    masked_by="st.snap.size",
    requires=MAPPED,
)
def size_stays(request: Request, before: World, effects: Effects) -> str | None:
    """The size of a volume that the instance has cannot be changed."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for entry, volume, mapping in view.existing():
        sizes = {mapping.size, volume.size} - {None}
        if "VolumeSize" in entry.ebs and len(sizes) > 1:
            return f"the image has {mapping.size} GiB for {entry.device} of {volume.size} GiB"
    return None


@rule.effect(
    "bdm.existing.only_dot",
    _PAGE,
    keeps="volumes of which the request names nothing but DeleteOnTermination",
    breaks="another type, IOPS, throughput or snapshot for a volume that the instance has",
    masked_by="st.bdm.devices",
    requires=MAPPED,
)
def nothing_else_changes(request: Request, before: World, effects: Effects) -> str | None:
    """Of a volume that the instance has type, IOPS, throughput and snapshot cannot be changed."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for volume, mapping, asked in view.inherited():
        if len({volume.type, mapping.type} - {None}) > 1:
            return f"the image has {mapping.type} for {volume.device}, which is {volume.type}"
        for field, had, has in (
            ("Iops", volume.iops, mapping.iops),
            ("Throughput", volume.throughput, mapping.throughput),
            ("SnapshotId", volume.snapshot_id, mapping.snapshot_id),
        ):
            # A volume may show the IOPS of its type, and a mapping none: only what was asked tells.
            if str(has) == asked.get(field) != str(had):
                return f"the image has {field} {has} for {volume.device}, as asked"
    return None


@rule.effect(
    "bdm.existing.encryption",
    _PAGE,
    keeps="volumes whose encryption the request does not name",
    breaks="Encrypted for a volume that the instance has",
    note="An encrypted volume with Encrypted=false is bdm.enc.enc_volume's.",
    masked_by="st.snap.enc",
    requires=MAPPED,
)
def encryption_stays(request: Request, before: World, effects: Effects) -> str | None:
    """Whether a volume that the instance has is encrypted cannot be changed."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for entry, volume, mapping in view.existing():
        asked = entry.ebs.get("Encrypted")
        if asked is None or (volume.encrypted and asked == "false"):
            continue
        if len({volume.encrypted, mapping.encrypted} - {None}) > 1:
            has = "encrypted" if mapping.encrypted else "unencrypted"
            return f"Encrypted={asked} for {entry.device}: its mapping is {has} then"
    return None


@rule.request(
    "bdm.existing.same_value",
    _PAGE,
    grade=Grade.UNSPECIFIED,
    keeps="an existing device named with DeleteOnTermination alone",
    breaks="an existing device named with its size, type, IOPS, throughput or snapshot",
    note=(
        "Refused or ignored: the page does not say, be it another value or the present one (A6). "
        "That an image never shows another is bdm.existing.size's and bdm.existing.only_dot's."
    ),
)
def fixed_fields(request: Request, world: World) -> bool | None:
    """Whether naming what cannot be changed of an existing device is refused is not said."""
    own = own_devices(request, world)
    for entry in mappings(request):
        volume = own.get(entry.device)
        if entry.device not in own or entry.no_device is not None:
            continue
        if entry.virtual_name is not None or FIXED & set(entry.ebs) or (entry.ebs and not volume):
            return None
    return True


@rule.request(
    "bdm.enc.unenc_volume",
    BLOCK_DEVICE["EbsBlockDevice, Encrypted"],
    keeps="Encrypted=false for an unencrypted volume of the instance's",
    breaks="Encrypted=true for an unencrypted volume of the instance's",
    aws=Aws("agrees", "InvalidBlockDeviceMapping", _ISSUE + "hashicorp/packer/issues/6889"),
)
def unencrypted_stays_so(request: Request, world: World) -> bool | None:
    """An unencrypted volume of the instance's can be mapped with Encrypted=false alone."""
    asked = [
        volume.encrypted
        for entry, volume in existing_volumes(request, world)
        if entry.ebs.get("Encrypted") == "true"
    ]
    return False if False in asked else None if None in asked else True


@rule.request(
    "bdm.enc.enc_volume",
    BLOCK_DEVICE["EbsBlockDevice, Encrypted"],
    keeps="Encrypted=true and Encrypted=false for an encrypted volume of the instance's",
    breaks="Encrypted=true for an unencrypted one",
    note="The action's page says that encryption cannot be changed: false is taken and ignored.",
)
def either_flag_for_encrypted(request: Request, world: World) -> bool:
    """An encrypted volume of the instance's can be mapped with Encrypted=true or false."""
    return True


@rule.effects_of("bdm.enc.enc_volume", masked_by="st.snap.enc", requires=MAPPED)
def encrypted_all_the_same(request: Request, before: World, effects: Effects) -> str | None:
    """With Encrypted=false an encrypted volume's mapping is encrypted all the same."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for entry, volume, mapping in view.existing():
        asked = entry.ebs.get("Encrypted")
        if volume.encrypted and asked == "false" and mapping.encrypted is False:
            return f"the image's mapping of the encrypted volume {entry.device} is not encrypted"
    return None
