"""Rules about new EBS volumes in ``BlockDeviceMapping``: snapshot, size, type.

The documents do not say whether CreateImage itself checks the ranges. The EbsBlockDevice page
states them wherever the type is used. So a value outside the range of every vintage of the page
must be rejected. A value between the limits of two vintages is not checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from conformance.model.catalogue import rule
from conformance.model.entries import RequestedMapping, integer, integer_reading, new_volumes
from conformance.model.request import Request
from conformance.model.rule import Aws, Grade
from conformance.model.sources import BLOCK_DEVICE, BOTOCORE, ERRORS, GUIDE_MAPPING
from conformance.model.world import World


@dataclass(frozen=True, slots=True)
class Range:
    """A documented range. Its upper limit may differ between vintages of the page."""

    least: int
    greatest: int
    """The greatest value that every vintage allows."""
    newest: int
    """The greatest value that any vintage allows."""

    def reads(self, text: str) -> bool | None:
        """True within every vintage's range, False outside all of them, None between."""
        number = integer(text)
        if number is None:
            return integer_reading(text)
        if not self.least <= number <= self.newest:
            return False
        return True if number <= self.greatest else None


SIZES = {
    "gp2": Range(1, 16384, 16384),
    "gp3": Range(1, 16384, 65536),
    "io1": Range(4, 16384, 16384),
    "io2": Range(4, 16384, 65536),
    "st1": Range(125, 16384, 16384),
    "sc1": Range(125, 16384, 16384),
    "standard": Range(1, 1024, 1024),
}
"""GiB, by type."""
ANY_SIZE = Range(1, 1024, 1024)
"""GiB that every common type allows: for a volume without a type, whatever the default is."""

NO_SIZE = Range(1, 65536, 65536)
"""GiB beyond which no type has a volume, in no vintage."""

_PAGE = "EbsBlockDevice, "
LAUNCH_ONLY = "The documents do not say whether CreateImage checks this, or only a launch."
_UNCHECKED = Aws(
    "unknown",
    "accepted a mapping without a size once; it may not check sizes",
    "https://github.com/hashicorp/packer/issues/2360",
)
_ISSUE = "https://github.com/"
_SNAPSHOT = re.compile(r"snap-(?:[0-9a-f]{8}|[0-9a-f]{17})")
_NEARLY_SNAPSHOT = re.compile(r"snap-[0-9A-Za-z]{8,17}", re.ASCII)


def worst(readings: list[bool | None]) -> bool | None:
    """One reading for several entries: False if any is, else None if any is, else True."""
    return False if False in readings else None if None in readings else True


def type_of(entry: RequestedMapping) -> str | None:
    return entry.ebs.get("VolumeType")


@rule.request(
    "bdm.enc.from_snapshot",
    BLOCK_DEVICE[_PAGE + "Encrypted"],
    keeps="a new volume from a snapshot, without Encrypted",
    breaks="a new volume from a snapshot, with Encrypted=true or false",
    aws=Aws(
        "deviates",
        "RunInstances rejected it until 2018 and accepted it in 2023",
        _ISSUE + "boto/boto3/issues/3936",
        accepts=True,
    ),
)
def not_from_snapshot(request: Request, world: World) -> bool:
    """A new volume from a snapshot must not have Encrypted, whatever its value."""
    return not any(
        e.ebs.get("SnapshotId") and "Encrypted" in e.ebs for e in new_volumes(request, world)
    )


@rule.request(
    "bdm.new.size_or_snap",
    BLOCK_DEVICE[_PAGE + "VolumeSize"],
    keeps="a new volume with a size, or with a snapshot",
    breaks="a new volume with neither",
    aws=Aws(
        "deviates",
        "CreateImage accepted such mappings; launching the image failed",
        _ISSUE + "hashicorp/packer/issues/1500",
        accepts=True,
    ),
    note="A size or snapshot that is present but empty is not checked.",
)
def size_or_snapshot(request: Request, world: World) -> bool | None:
    """A new volume must have a size or a snapshot."""
    readings: list[bool | None] = []
    for entry in new_volumes(request, world):
        given = [entry.ebs[f] for f in ("VolumeSize", "SnapshotId") if f in entry.ebs]
        readings.append(True if any(given) else None if given else False)
    return worst(readings)


@rule.request(
    "bdm.new.size_ge_snap",
    BLOCK_DEVICE[_PAGE + "VolumeSize"],
    GUIDE_MAPPING["Block device mapping"],
    keeps="a new volume of its snapshot's size",
    breaks="a new volume 1 GiB smaller than its snapshot",
    aws=Aws(
        "agrees",
        "RunInstances: InvalidBlockDeviceMapping",
        _ISSUE + "scylladb/scylladb/issues/6999",
    ),
)
def not_smaller_than_snapshot(request: Request, world: World) -> bool | None:
    """A new volume must not be smaller than its snapshot."""
    readings: list[bool | None] = []
    for entry in new_volumes(request, world):
        snapshot = world.snapshots.get(entry.ebs.get("SnapshotId", ""))
        size = integer(entry.ebs.get("VolumeSize", ""))
        if snapshot and size is not None:
            readings.append(None if snapshot.size is None else size >= snapshot.size)
    return worst(readings)


@rule.request(
    "bdm.snap.notfound",
    ERRORS["InvalidSnapshot.NotFound, InvalidBlockDeviceMapping"],
    grade=Grade.DETAIL,
    codes={"InvalidSnapshot.NotFound", "InvalidBlockDeviceMapping"},
    keeps="a new volume from a snapshot of the account",
    breaks="a new volume from a well-formed ID that no snapshot has",
)
def snapshot_exists(request: Request, world: World) -> bool:
    """The snapshot of a new volume must exist."""
    ids = [entry.ebs.get("SnapshotId") for entry in new_volumes(request, world)]
    return all(not id or id in world.snapshots or not _NEARLY_SNAPSHOT.fullmatch(id) for id in ids)


@rule.request(
    "bdm.snap.malformed",
    ERRORS["InvalidSnapshotID.Malformed, InvalidBlockDeviceMapping"],
    grade=Grade.DETAIL,
    codes={"InvalidSnapshotID.Malformed", "InvalidParameterValue", "InvalidBlockDeviceMapping"},
    keeps="a new volume from the ID of a snapshot",
    breaks="IDs that are cut short, without snap-, or of another prefix",
    aws=Aws(
        "unknown",
        "DescribeSnapshots: InvalidParameterValue",
        _ISSUE + "aws-samples/copy-encrypted-ami/issues/5",
    ),
    note=("IDs with 9 to 16 characters, or not of lower-case hexadecimal digits, are not checked."),
)
def snapshot_well_formed(request: Request, world: World) -> bool | None:
    """A snapshot ID must be snap- followed by 8 or 17 characters."""
    readings: list[bool | None] = []
    for entry in new_volumes(request, world):
        id = entry.ebs.get("SnapshotId")
        if id is not None and not _SNAPSHOT.fullmatch(id):
            readings.append(None if not id or _NEARLY_SNAPSHOT.fullmatch(id) else False)
    return worst(readings)


def _size(entry: RequestedMapping, bounds: Range, world: World) -> bool | None:
    """The reading of a new volume's size, or else of its snapshot's, which is never False."""
    if (given := entry.ebs.get("VolumeSize")) is not None:
        return None if integer(given) is None else bounds.reads(given)
    snapshot = world.snapshots.get(entry.ebs.get("SnapshotId", ""))
    if snapshot is None or snapshot.size is None:
        return True
    return bounds.reads(str(snapshot.size)) or None


def _untyped_size(entry: RequestedMapping, world: World) -> bool | None:
    """The reading of the size of a volume without a type: False if no type has it."""
    if _size(entry, NO_SIZE, world) is False:
        return False
    return _size(entry, ANY_SIZE, world) or None


def _size_rule(id: str, *types: str, keeps: str, breaks: str, note: str = "") -> None:
    """Add a rule about the sizes of some types. The gp2 rule also reads entries without a type."""
    bounds = SIZES[types[0]]

    def within(request: Request, world: World) -> bool | None:
        readings = [
            _size(e, bounds, world) for e in new_volumes(request, world) if type_of(e) in types
        ]
        if "gp2" in types:
            untyped = [e for e in new_volumes(request, world) if not type_of(e)]
            readings += [_untyped_size(e, world) for e in untyped]
        return worst(readings)

    words = " or ".join(types)
    within.__doc__ = f"A new {words} volume must have {bounds.least} to {bounds.newest} GiB."
    rule.request(
        id,
        BLOCK_DEVICE[_PAGE + "VolumeSize"],
        keeps=keeps,
        breaks=breaks,
        aws=_UNCHECKED,
        note=f"{LAUNCH_ONLY} {note}".strip(),
    )(within)


_size_rule(
    "bdm.size.gp2",
    "gp2",
    keeps="gp2 volumes of 1 and 16384 GiB",
    breaks="gp2 volumes of 0 and 16385 GiB, and a volume without a type of 0 GiB",
    note="A volume without a type is checked only if its size suits every common type.",
)
_size_rule(
    "bdm.size.gp3",
    "gp3",
    keeps="gp3 volumes of 1 and 16384 GiB",
    breaks="gp3 volumes of 0 and 65537 GiB",
    note="Older pages end at 16384; values between the two limits are not checked.",
)
_size_rule(
    "bdm.size.io1",
    "io1",
    keeps="io1 volumes of 4 and 16384 GiB",
    breaks="io1 volumes of 3 and 16385 GiB",
)
_size_rule(
    "bdm.size.io2",
    "io2",
    keeps="io2 volumes of 4 and 16384 GiB",
    breaks="io2 volumes of 3 and 65537 GiB",
    note="Older pages end at 16384; values between the two limits are not checked.",
)
_size_rule(
    "bdm.size.hdd",
    "st1",
    "sc1",
    keeps="st1 and sc1 volumes of 125 and 16384 GiB",
    breaks="st1 and sc1 volumes of 124 and 16385 GiB",
)
_size_rule(
    "bdm.size.standard",
    "standard",
    keeps="standard volumes of 1 and 1024 GiB",
    breaks="standard volumes of 0 and 1025 GiB",
)


@rule.request(
    "bdm.size.type",
    BLOCK_DEVICE[_PAGE + "VolumeSize"],
    keeps="a new volume of 8 GiB",
    breaks="a new volume of 8.5, 8GiB or eight GiB",
    note="8.0, +8, 08 and an empty value are not checked: a target may read them as numbers.",
)
def size_is_an_integer(request: Request, world: World) -> bool | None:
    """VolumeSize must be a whole number of GiB."""
    sizes = [e.ebs["VolumeSize"] for e in new_volumes(request, world) if "VolumeSize" in e.ebs]
    return worst([integer_reading(size) for size in sizes])


@rule.request(
    "bdm.type.enum",
    BOTOCORE["VolumeType"],
    ERRORS["UnknownVolumeType, InvalidBlockDeviceMapping"],
    codes={"UnknownVolumeType", "InvalidParameterValue", "InvalidBlockDeviceMapping"},
    keeps="a new volume of each of the seven types",
    breaks="unknown volume types: gp1, gp4, io3, ssd",
    note="The error page's list lacks gp3 and io2. A type in another case is not checked.",
)
def type_exists(request: Request, world: World) -> bool | None:
    """VolumeType must be standard, io1, io2, gp2, sc1, st1 or gp3."""
    readings: list[bool | None] = []
    for entry in new_volumes(request, world):
        type = type_of(entry)
        if type is not None and type not in SIZES:
            readings.append(None if type.strip().lower() in {*SIZES, ""} else False)
    return worst(readings)
