"""Rules about ``BlockDeviceMapping`` entries for volumes of the instance.

Only DeleteOnTermination can be changed. The documents do not say whether a target rejects or
ignores any other change. The image must not show it.
"""

from __future__ import annotations

from conformance.model.catalogue import rule
from conformance.model.entries import existing_volumes, mappings, own_devices
from conformance.model.overlay import MAPPED, NO_VOLUMES, no_overlay, overlay
from conformance.model.request import Request
from conformance.model.rule import Aws, Evidence, Grade
from conformance.model.sources import BLOCK_DEVICE, CREATE_IMAGE
from conformance.model.world import Effects, World

FIXED = frozenset({"VolumeSize", "VolumeType", "Iops", "Throughput", "SnapshotId"})
"""Fields that cannot be changed for a volume of the instance; bdm.enc.* covers Encrypted."""


_PAGE = CREATE_IMAGE["BlockDeviceMapping.N"]
_ISSUE = "https://github.com/"
_ENCRYPTION_AWS = Aws(
    "agrees",
    "rejects another encryption with InvalidBlockDeviceMapping since autumn 2018; accepted before",
    _ISSUE + "hashicorp/packer/issues/6889",
)


def shows_asked(*shown: str, fields: tuple[str, ...]) -> Evidence:
    """The evidence that the image maps a volume for which the request names one of ``fields``.

    The volume and its mapping show each of the attributes ``shown``.
    """

    def shows(request: Request, before: World, effects: Effects) -> str | None:
        if not any(entry.ebs.keys() & set(fields) for entry in mappings(request)):
            return None  # a request that leaves everything as it is
        if (view := overlay(request, before, effects)) is None:
            return no_overlay(request, before, effects)
        if not view.volumes:
            return NO_VOLUMES
        found = [(v, m) for entry, v, m in view.existing() if entry.ebs.keys() & set(fields)]
        if any(None not in (getattr(v, a), getattr(m, a)) for v, m in found for a in shown):
            return None
        if found and not shown:
            return None
        words = " or ".join(fields)
        if found:
            return f"inconclusive: the image and the volume do not both show {words}"
        return f"inconclusive: the image maps no volume for which the request names {words}"

    return shows


_CHANGES = {
    "VolumeType": ("type",),
    "Iops": ("iops", "type"),
    "Throughput": ("throughput", "type"),
    "SnapshotId": ("snapshot_id",),
}
"""What an image's mapping shows of each field that nothing can change."""


def shows_fields(request: Request, before: World, effects: Effects) -> str | None:
    """The image's mapping shows a field that the request names for a volume of the instance.

    A type counts only beside that of the volume.
    """
    if not any(entry.ebs.keys() & _CHANGES.keys() for entry in mappings(request)):
        return None
    if (view := overlay(request, before, effects)) is None:
        return no_overlay(request, before, effects)
    if not view.volumes:
        return NO_VOLUMES
    for entry, volume, mapping in view.existing():
        for field in entry.ebs.keys() & _CHANGES.keys():
            if field == "VolumeType" and volume.type is None:
                continue
            if any(getattr(mapping, shown) is not None for shown in _CHANGES[field]):
                return None
    return "inconclusive: volume and mapping show none of the fields that the request names"


@rule.request(
    "bdm.existing.dot",
    _PAGE,
    only_with=(),
    keeps="DeleteOnTermination true and false, for the root volume and for others",
    breaks="a request without it: the image has the instance's value",
)
def flag_may_change(request: Request, world: World) -> bool:
    """DeleteOnTermination can be changed for a volume of the instance."""
    return True


@rule.effects_of(
    "bdm.existing.dot",
    masked_by="st.bdm.dot_inherit",
    requires=("st.bdm.devices",),
    evidence=shows_asked(fields=("DeleteOnTermination",)),
)
def flag_as_asked(request: Request, before: World, effects: Effects) -> str | None:
    """The image's mapping has the requested flag."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for entry, _, mapping in view.existing():
        asked = entry.ebs.get("DeleteOnTermination")
        if asked in ("true", "false") and mapping.delete_on_termination is not (asked == "true"):
            has = mapping.delete_on_termination
            return (
                f"the request has DeleteOnTermination={asked} for {entry.device}, the image {has}"
            )
    return None


@rule.effect(
    "bdm.existing.size",
    _PAGE,
    keeps="a request that does not name the size",
    breaks="another size for a volume of the instance: rejected or ignored",
    note="The console and EbsBlockDevice allow larger sizes; the action page prevails.",
    aws=Aws(
        "deviates",
        "accepted a larger size for the root from 2015 to 2023, and the image showed it",
        _ISSUE + "awslabs/amazon-eks-ami/pull/1143",
        shows=True,
    ),
    masked_by="st.snap.size",
    requires=MAPPED,
    evidence=shows_asked("size", fields=("VolumeSize",)),
)
def size_stays(request: Request, before: World, effects: Effects) -> str | None:
    """The size of a volume of the instance cannot be changed."""
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
    keeps="a request that names DeleteOnTermination alone",
    breaks=(
        "another type, IOPS, throughput or snapshot for a volume of the instance, or an instance"
        " store volume in its place: rejected or ignored"
    ),
    masked_by="st.bdm.devices",
    requires=MAPPED,
    evidence=shows_fields,
)
def nothing_else_changes(request: Request, before: World, effects: Effects) -> str | None:
    """The type, IOPS, throughput and snapshot of a volume of the instance cannot be changed."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for device in view.volumes.keys() & view.asked.keys():
        mapping, entry = view.mapped(device), view.asked[device]
        if mapping and not mapping.ebs and mapping.virtual_name == entry.virtual_name:
            return f"the image maps {device}, an EBS volume, to {mapping.virtual_name}"
    for volume, mapping, asked in view.inherited():
        if len({volume.type, mapping.type} - {None}) > 1:
            return f"the image has {mapping.type} for {volume.device}, which is {volume.type}"
        for field, had, has in (
            ("Iops", volume.iops, mapping.iops),
            ("Throughput", volume.throughput, mapping.throughput),
            ("SnapshotId", volume.snapshot_id, mapping.snapshot_id),
        ):
            # A volume may show its type's IOPS and a mapping none: only a request's value counts.
            if str(has) == asked.get(field) != str(had):
                return f"the image has {field} {has} for {volume.device}, as requested"
    return None


@rule.effect(
    "bdm.existing.encryption",
    _PAGE,
    keeps="a request that does not name Encrypted",
    breaks="Encrypted for a volume of the instance: rejected or ignored",
    note="bdm.enc.enc_volume covers an encrypted volume with Encrypted=false.",
    aws=_ENCRYPTION_AWS,
    masked_by="st.snap.enc",
    requires=MAPPED,
    evidence=shows_asked("encrypted", fields=("Encrypted",)),
)
def encryption_stays(request: Request, before: World, effects: Effects) -> str | None:
    """The encryption of a volume of the instance cannot be changed."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for entry, volume, mapping in view.existing():
        asked = entry.ebs.get("Encrypted")
        if asked is None or (volume.encrypted and asked == "false"):
            continue
        if len({volume.encrypted, mapping.encrypted} - {None}) > 1:
            has = "encrypted" if mapping.encrypted else "unencrypted"
            return f"the image's mapping of {entry.device} is {has} after Encrypted={asked}"
    return None


@rule.request(
    "bdm.existing.same_value",
    _PAGE,
    grade=Grade.UNSPECIFIED,
    keeps="a device of the instance with DeleteOnTermination alone",
    breaks="a device of the instance with a size, type, IOPS, throughput or snapshot",
    note=(
        "A target may reject or ignore the field, with the present value or another. "
        "bdm.existing.size and bdm.existing.only_dot check that the image shows no other "
        "value."
    ),
)
def fixed_fields(request: Request, world: World) -> bool | None:
    """The documents do not say whether a mapping may name a field that cannot be changed."""
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
    keeps="Encrypted=false for an unencrypted volume of the instance",
    breaks="Encrypted=true for an unencrypted volume of the instance",
    aws=_ENCRYPTION_AWS,
)
def unencrypted_stays_so(request: Request, world: World) -> bool | None:
    """For an unencrypted volume of the instance, Encrypted may only be false."""
    asked = [
        volume.encrypted
        for entry, volume in existing_volumes(request, world)
        if entry.ebs.get("Encrypted") == "true"
    ]
    return False if False in asked else None if None in asked else True


@rule.request(
    "bdm.enc.enc_volume",
    BLOCK_DEVICE["EbsBlockDevice, Encrypted"],
    only_with=(),
    keeps="Encrypted=true and Encrypted=false for an encrypted volume of the instance",
    breaks="Encrypted=true for an unencrypted volume",
    note=(
        "The action page says that encryption cannot be changed, so false is accepted and ignored."
    ),
)
def either_flag_for_encrypted(request: Request, world: World) -> bool:
    """For an encrypted volume of the instance, Encrypted may be true or false; false is ignored."""
    return True


@rule.effects_of(
    "bdm.enc.enc_volume",
    masked_by="st.snap.enc",
    requires=MAPPED,
    evidence=shows_asked("encrypted", fields=("Encrypted",)),
)
def encrypted_all_the_same(request: Request, before: World, effects: Effects) -> str | None:
    """With Encrypted=false the mapping of an encrypted volume is still encrypted."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for entry, volume, mapping in view.existing():
        asked = entry.ebs.get("Encrypted")
        if volume.encrypted and asked == "false" and mapping.encrypted is False:
            return f"the image's mapping of the encrypted volume {entry.device} is not encrypted"
    return None
