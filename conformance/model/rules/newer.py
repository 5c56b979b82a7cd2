"""Rules about parameters of later pages: ``SnapshotLocation``, ``BootModeOverride``."""

from __future__ import annotations

from conformance.model.catalogue import rule
from conformance.model.entries import source
from conformance.model.request import Request
from conformance.model.rule import Grade
from conformance.model.sources import BOTOCORE, CREATE_IMAGE, ERRORS
from conformance.model.world import World

LOCATIONS = frozenset({"regional", "local"})
BOOT_MODE = "uefi"
_LOCATION = CREATE_IMAGE["SnapshotLocation (2025)"]


@rule.request(
    "snaploc.enum",
    _LOCATION,
    BOTOCORE["SnapshotLocationEnum"],
    only_with=("SnapshotLocation",),
    keeps="a request without SnapshotLocation",
    breaks="locations other than regional and local",
    note=(
        "A target that does not know the parameter rejects it too. The values in another "
        "case are not checked."
    ),
)
def listed_location(request: Request, world: World) -> bool | None:
    """SnapshotLocation must be regional or local."""
    location = request.get("SnapshotLocation")
    if location is None or location in LOCATIONS:
        return True
    return None if location.strip().lower() in LOCATIONS | {""} else False


@rule.request(
    "snaploc.region_instance",
    _LOCATION,
    only_with=("SnapshotLocation",),
    keeps="a request without SnapshotLocation",
    breaks=("SnapshotLocation=local for an instance in an Availability Zone: ignored or rejected"),
    note=(
        "The page does not say whether such a request is rejected. The instance cannot "
        "have local snapshots."
    ),
)
def omitted_in_a_region(request: Request, world: World) -> bool | None:
    """SnapshotLocation must be omitted for an instance outside Local Zones and Outposts."""
    return None if request.get("SnapshotLocation") in LOCATIONS else True


rule.scenario(
    "snaploc.default",
    "Without SnapshotLocation, the snapshots of an instance in a Local Zone are regional.",
    _LOCATION,
    keeps="a request without SnapshotLocation, for an instance in a Local Zone",
    breaks="the same request with SnapshotLocation=local",
    uncovered="needs an instance in a Local Zone",
)
rule.scenario(
    "snaploc.outpost",
    "SnapshotLocation is required for an instance on an Outpost with local snapshots.",
    BOTOCORE["CreateImageRequest, SnapshotLocation"],
    codes={"InvalidParameterValue"},
    keeps="a request with SnapshotLocation, for an instance on an Outpost",
    breaks="the same request without it",
    uncovered="needs an instance on an Outpost",
)


@rule.request(
    "bootmode.enum",
    BOTOCORE["CreateImageRequest, BootModeOverride"],
    only_with=("BootModeOverride",),
    keeps="a request without BootModeOverride",
    breaks="other modes, and uefi for an instance whose boot mode is legacy-bios",
    note="A target that follows the older page may reject uefi as an unknown parameter.",
)
def listed_boot_mode(request: Request, world: World) -> bool | None:
    """BootModeOverride must be uefi, and the instance's boot mode must be uefi too."""
    mode = request.get("BootModeOverride")
    if mode is None:
        return True
    if mode == BOOT_MODE:
        instance = source(request, world)
        return False if instance and instance.boots_by == "legacy-bios" else None
    return None if mode.strip().lower() in (BOOT_MODE, "") else False


@rule.request(
    "seed.version",
    CREATE_IMAGE["Request Parameters"],
    ERRORS["UnknownParameter"],
    grade=Grade.UNSPECIFIED,
    codes={"UnknownParameter"},
    only_with=("SnapshotLocation", "BootModeOverride"),
    keeps="a request with the older page's parameters alone",
    breaks=("a request with SnapshotLocation or BootModeOverride: applied, or rejected as unknown"),
)
def older_parameters(request: Request, world: World) -> bool | None:
    """Parameters that only later pages document may be unknown."""
    newer = {"SnapshotLocation", "BootModeOverride"} & request.values.keys()
    return None if newer else True
