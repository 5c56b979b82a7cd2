"""Rules about new EBS volumes in ``BlockDeviceMapping``: IOPS and throughput."""

from __future__ import annotations

from conformance.model.catalogue import rule
from conformance.model.entries import RequestedMapping, integer, new_volumes
from conformance.model.overlay import no_overlay, overlay
from conformance.model.request import Request
from conformance.model.rule import Aws, Grade
from conformance.model.rules.block_device_mapping.volume import (
    LAUNCH_ONLY,
    SIZES,
    Range,
    type_of,
    worst,
)
from conformance.model.sources import BLOCK_DEVICE, GUIDE_MAPPING
from conformance.model.world import Effects, World

IOPS = {
    "gp3": Range(3000, 16000, 80000),
    "io1": Range(100, 64000, 64000),
    "io2": Range(100, 64000, 256000),
}
"""The types that accept IOPS, with their documented ranges."""
THROUGHPUT = Range(125, 1000, 2000)
"""MiB/s, for gp3."""
IOPS_PER_GIB = {"gp3": 500, "io1": 50, "io2": 500}
"""Greatest ratios that other pages state; values beyond them are not checked."""
IOPS_PER_THROUGHPUT = 4
"""IOPS that a gp3 volume needs for each MiB/s."""
DEFAULT_IOPS = 3000

_IOPS = BLOCK_DEVICE["EbsBlockDevice, Iops"]
_THROUGHPUT = BLOCK_DEVICE["EbsBlockDevice, Throughput"]
_ISSUE = "https://github.com/"
_PROVISIONED = ("io1", "io2")


@rule.request(
    "bdm.iops.required",
    _IOPS,
    keeps="io1 and io2 volumes with Iops",
    breaks="io1 and io2 volumes without Iops",
    aws=Aws(
        "agrees",
        "requires iops at launch",
        _ISSUE + "test-kitchen/kitchen-ec2/issues/157",
    ),
    note=LAUNCH_ONLY,
)
def provisioned(request: Request, world: World) -> bool | None:
    """A new io1 or io2 volume must have Iops."""
    found = [e.ebs.get("Iops") for e in new_volumes(request, world) if type_of(e) in _PROVISIONED]
    return worst([False if iops is None else True if iops else None for iops in found])


def _iops_rule(id: str, type: str, *, keeps: str, breaks: str, note: str = "") -> None:
    """Add a rule about the IOPS of a volume type."""
    bounds = IOPS[type]

    def within(request: Request, world: World) -> bool | None:
        found = [e.ebs.get("Iops") for e in new_volumes(request, world) if type_of(e) == type]
        return worst([bounds.reads(iops) for iops in found if iops is not None])

    within.__doc__ = f"A new {type} volume must have {bounds.least} to {bounds.newest} IOPS."
    rule.request(
        id, _IOPS, keeps=keeps, breaks=breaks, note=f"{LAUNCH_ONLY} {note}".strip()
    )(within)  # fmt: skip


_iops_rule(
    "bdm.iops.gp3",
    "gp3",
    keeps="gp3 volumes of 3000 and 16000 IOPS, large enough for them",
    breaks="gp3 volumes of 2999 and 80001 IOPS",
    note="Older pages end at 16000; values between the two limits are not checked.",
)
_iops_rule(
    "bdm.iops.io1",
    "io1",
    keeps="io1 volumes of 100 and 64000 IOPS, large enough for them",
    breaks="io1 volumes of 99 and 64001 IOPS",
)
_iops_rule(
    "bdm.iops.io2",
    "io2",
    keeps="io2 volumes of 100 and 64000 IOPS, large enough for them",
    breaks="io2 volumes of 99 and 256001 IOPS",
    note="Older pages end at 64000; values between the two limits are not checked.",
)


def shows_default(request: Request, before: World, effects: Effects) -> str | None:
    """The image shows the IOPS of a gp3 volume for which the request names none."""
    if not any(map(_by_default, new_volumes(request, before))):
        return None
    if (view := overlay(request, before, effects)) is None:
        return no_overlay(request, before, effects)
    found = [view.mapped(entry.device) for entry in view.added if _by_default(entry)]
    if any(mapping and mapping.iops is not None for mapping in found):
        return None
    return "inconclusive: the image shows no IOPS of a gp3 volume for which the request names none"


def _by_default(entry: RequestedMapping) -> bool:
    return type_of(entry) == "gp3" and "Iops" not in entry.ebs


@rule.effect(
    "bdm.iops.default",
    _IOPS,
    keeps="a new gp3 volume without Iops",
    breaks="a rejected request, which creates no image",
    note="An image that shows no IOPS of such a volume decides nothing.",
    requires=("bdm.new.ebs_empty",),
    evidence=shows_default,
)
def default_iops(request: Request, before: World, effects: Effects) -> str | None:
    """A new gp3 volume without Iops must have 3000 IOPS where the image shows any."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for entry in filter(_by_default, view.added):
        mapping = view.mapped(entry.device)
        if mapping is not None and mapping.iops not in (None, DEFAULT_IOPS):
            return (
                f"the image has {mapping.iops} IOPS for {entry.device}, a gp3 volume without Iops"
            )
    return None


@rule.request(
    "bdm.iops.other",
    _IOPS,
    GUIDE_MAPPING["Block device mapping"],
    grade=Grade.UNSPECIFIED,
    keeps="gp2, st1, sc1 and standard volumes without Iops",
    breaks="gp2, st1 and standard volumes, and a volume without a type, with Iops",
    aws=Aws(
        "unknown",
        "answered InvalidParameterCombination for a volume without a type",
        _ISSUE + "hashicorp/packer/pull/2201",
    ),
)
def no_iops_for_others(request: Request, world: World) -> bool | None:
    """The documents do not say whether volumes of other types may have Iops."""
    given = any("Iops" in e.ebs and type_of(e) not in IOPS for e in new_volumes(request, world))
    return None if given else True


def _beyond_ratio(entry: RequestedMapping, world: World) -> bool:
    type = type_of(entry)
    if type not in IOPS:
        return False
    iops = integer(entry.ebs.get("Iops", str(DEFAULT_IOPS if type == "gp3" else 0)))
    snapshot = world.snapshots.get(entry.ebs.get("SnapshotId", ""))
    size = integer(entry.ebs.get("VolumeSize", "")) or (snapshot.size if snapshot else None)
    throughput = integer(entry.ebs.get("Throughput", "0"))
    given = "Iops" in entry.ebs
    return bool(
        iops
        and (
            (given and size and iops > size * IOPS_PER_GIB[type])
            or (throughput and throughput * IOPS_PER_THROUGHPUT > iops)
        )
    )


@rule.request(
    "bdm.iops.ratio",
    _IOPS,
    grade=Grade.UNSPECIFIED,
    keeps="IOPS that the size allows, and throughput that the IOPS allow",
    breaks="64000 IOPS on 4 GiB; 1000 MiB/s on 3000 IOPS",
    aws=Aws(
        "agrees",
        "other actions answer InvalidParameterValue: the ratio is too high",
        _ISSUE + "rocicorp/mono/pull/4410",
    ),
)
def ratios(request: Request, world: World) -> bool | None:
    """The documents set no ratio of IOPS to size, or of throughput to IOPS."""
    beyond = any(_beyond_ratio(entry, world) for entry in new_volumes(request, world))
    return None if beyond else True


@rule.request(
    "bdm.throughput.gp3_only",
    _THROUGHPUT,
    keeps="a gp3 volume with Throughput",
    breaks="volumes of every other type with Throughput",
    note=f"{LAUNCH_ONLY} A volume without a type is not checked.",
)
def throughput_for_gp3(request: Request, world: World) -> bool | None:
    """Throughput is valid for gp3 volumes only."""
    types = [type_of(e) for e in new_volumes(request, world) if "Throughput" in e.ebs]
    others = [type for type in types if type != "gp3"]
    return worst([False if type in SIZES else None for type in others])


@rule.request(
    "bdm.throughput.range",
    _THROUGHPUT,
    keeps="gp3 volumes of 125 and 1000 MiB/s, with enough IOPS",
    breaks="gp3 volumes of 124 and 2001 MiB/s",
    note=f"{LAUNCH_ONLY} Older pages end at 1000; values between the two limits are not checked.",
)
def throughput_range(request: Request, world: World) -> bool | None:
    """A new gp3 volume must have a throughput of 125 to 2000 MiB/s."""
    found = [e.ebs.get("Throughput") for e in new_volumes(request, world) if type_of(e) == "gp3"]
    return worst([THROUGHPUT.reads(value) for value in found if value is not None])
