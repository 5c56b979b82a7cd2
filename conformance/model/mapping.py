"""Rules about ``BlockDeviceMapping``: existing devices, NoDevice, fields of other actions."""

from __future__ import annotations

from conformance.model.entries import (
    existing_volumes,
    mappings,
    own_devices,
    source,
)
from conformance.model.request import Request
from conformance.model.rule import Aws, Grade, rule
from conformance.model.sources import (
    BLOCK_DEVICE,
    CREATE_IMAGE,
    QUERY,
)
from conformance.model.world import World

FIXED = frozenset({"VolumeSize", "VolumeType", "Iops", "Throughput", "SnapshotId"})
"""Fields that cannot be changed for a volume which the instance has; Encrypted is bdm.enc.*'s."""

_PAGE = CREATE_IMAGE["BlockDeviceMapping.N"]
_ISSUE = "https://github.com/"


def _has(request: Request, *fields: str) -> bool:
    """Whether any entry has one of these Ebs fields."""
    return any(field in entry.ebs for entry in mappings(request) for field in fields)


@rule.request(
    "bdm.optional",
    _PAGE,
    keeps="a request without mappings",
    breaks="the same request with one",
)
def optional(request: Request, world: World) -> bool:
    """Block device mappings may be left out."""
    return True


@rule.request(
    "bdm.list",
    QUERY["Query parameters"],
    keeps="two mappings, numbered 1 and 2",
    breaks="the same in a form no document has: BlockDeviceMapping.member.1, an unknown parameter",
)
def numbered(request: Request, world: World) -> bool:
    """Mappings are numbered from 1: BlockDeviceMapping.1, BlockDeviceMapping.2."""
    return True


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


def _unsupported(id: str, *fields: str) -> None:
    """Add a rule for fields that other actions have: ignored or refused, it is not said."""

    def unsupported(request: Request, world: World) -> bool | None:
        return None if _has(request, *fields) else True

    words = " and ".join(fields)
    unsupported.__doc__ = f"For CreateImage {words} of a mapping is called unsupported."
    rule.request(
        id,
        BLOCK_DEVICE[f"EbsBlockDevice, {', '.join(fields)}"],
        keeps=f"a new volume without {words}",
        breaks=f"a new volume with {words}, which may be ignored or refused",
        note="What a request that has it all the same meets is not said.",
    )(unsupported)


_unsupported("bdm.unsup.kms", "KmsKeyId")
_unsupported("bdm.unsup.outpost", "OutpostArn")
_unsupported("bdm.unsup.az", "AvailabilityZone", "AvailabilityZoneId")
_unsupported("bdm.unsup.initrate", "VolumeInitializationRate")


@rule.request(
    "bdm.ebscard",
    BLOCK_DEVICE["EbsBlockDevice, EbsCardIndex"],
    grade=Grade.UNSPECIFIED,
    keeps="a new volume without EbsCardIndex",
    breaks="a new volume with EbsCardIndex",
)
def card_index(request: Request, world: World) -> bool | None:
    """Nothing is said of EbsCardIndex for this action."""
    return None if _has(request, "EbsCardIndex") else True


@rule.request(
    "bdm.nodevice.path",
    BLOCK_DEVICE["BlockDeviceMapping, NoDevice"],
    QUERY["Query parameters, example"],
    grade=Grade.UNSPECIFIED,
    codes={"UnknownParameter"},
    keeps="BlockDeviceMapping.1.NoDevice",
    breaks="BlockDeviceMapping.1.Ebs.NoDevice, as an example of the query page writes it",
)
def no_device_path(request: Request, world: World) -> bool | None:
    """Whether NoDevice may also be written as a member of Ebs is not said (A8)."""
    return None if _has(request, "NoDevice") else True


@rule.request(
    "bdm.nodevice.root",
    BLOCK_DEVICE["BlockDeviceMapping, NoDevice"],
    grade=Grade.UNSPECIFIED,
    keeps="NoDevice for another device than the root",
    breaks="NoDevice for the root device",
)
def root_suppressed(request: Request, world: World) -> bool | None:
    """Whether the root device can be left out is not said."""
    instance = source(request, world)
    root = instance.root_device if instance else None
    named = any(e.no_device is not None and e.device == root for e in mappings(request))
    return None if root and named else True


@rule.request(
    "bdm.nodevice.unknown",
    BLOCK_DEVICE["BlockDeviceMapping, NoDevice"],
    grade=Grade.UNSPECIFIED,
    keeps="NoDevice for a device of the instance's",
    breaks="NoDevice for a device that the instance lacks",
    aws=Aws(
        "agrees",
        "accepted: a public integration suite does so",
        _ISSUE + "ansible-collections/amazon.aws",
    ),
)
def unknown_suppressed(request: Request, world: World) -> bool | None:
    """Whether a device that the instance lacks can be left out is not said."""
    own = own_devices(request, world)
    named = any(
        e.no_device is not None and e.device and e.device not in own for e in mappings(request)
    )
    return None if named else True
