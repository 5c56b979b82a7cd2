"""Rules about parameters that later pages have: ``SnapshotLocation``, ``BootModeOverride``."""

from __future__ import annotations

from conformance.model.entries import source
from conformance.model.request import Request
from conformance.model.rule import Grade, rule
from conformance.model.sources import BOTOCORE, CREATE_IMAGE, ERRORS
from conformance.model.world import World

LOCATIONS = frozenset({"regional", "local"})
BOOT_MODE = "uefi"
_LOCATION = CREATE_IMAGE["SnapshotLocation (2025)"]


@rule.request(
    "snaploc.enum",
    _LOCATION,
    BOTOCORE["SnapshotLocationEnum"],
    keeps="a request without SnapshotLocation",
    breaks="locations other than regional and local",
    note=(
        "Where the parameter is unknown a request that has it is refused all the same. Whether "
        "REGIONAL is regional is not said."
    ),
)
def listed_location(request: Request, world: World) -> bool | None:
    """SnapshotLocation is regional or local; anything else is refused."""
    location = request.get("SnapshotLocation")
    if location is None or location in LOCATIONS:
        return True
    return None if location.strip().lower() in LOCATIONS | {""} else False


@rule.request(
    "snaploc.region_instance",
    _LOCATION,
    keeps="a request without SnapshotLocation",
    breaks="SnapshotLocation=local for an instance in a plain zone: ignored or refused",
    note=(
        "The page says that it is only supported elsewhere and to omit it here, and not whether a "
        "request that has it is refused. Local snapshots of such an instance there are none."
    ),
)
def omitted_in_a_region(request: Request, world: World) -> bool | None:
    """SnapshotLocation is left out for an instance that is in no Local Zone and on no Outpost."""
    return None if request.get("SnapshotLocation") in LOCATIONS else True


rule.scenario(
    "snaploc.default",
    "Without SnapshotLocation the snapshots of an instance in a Local Zone are regional.",
    _LOCATION,
    keeps="a request without SnapshotLocation, about an instance in a Local Zone",
    breaks="the same request with SnapshotLocation=local",
    uncovered="needs an instance in a Local Zone",
)
rule.scenario(
    "snaploc.outpost",
    "For an instance on an Outpost with local snapshots SnapshotLocation is required.",
    BOTOCORE["CreateImageRequest, SnapshotLocation"],
    codes={"InvalidParameterValue"},
    keeps="a request with SnapshotLocation, about an instance on an Outpost",
    breaks="the same request without it",
    uncovered="needs an instance on an Outpost",
)


@rule.request(
    "bootmode.enum",
    BOTOCORE["CreateImageRequest, BootModeOverride"],
    keeps="a request without BootModeOverride",
    breaks="modes other than uefi, and uefi for an instance that boots by legacy-bios",
    note="uefi for an instance that boots by uefi may be unknown to a server of the older page.",
)
def listed_boot_mode(request: Request, world: World) -> bool | None:
    """BootModeOverride is uefi, and only for an instance that boots by uefi now."""
    mode = request.get("BootModeOverride")
    if mode is None:
        return True
    if mode == BOOT_MODE:
        instance = source(request, world)
        return False if instance and instance.boot_mode == "legacy-bios" else None
    return None if mode.strip().lower() in (BOOT_MODE, "") else False


@rule.request(
    "seed.version",
    CREATE_IMAGE["Request Parameters"],
    ERRORS["UnknownParameter"],
    grade=Grade.UNSPECIFIED,
    codes={"UnknownParameter"},
    keeps="a request with the older page's parameters alone",
    breaks="a request with SnapshotLocation or BootModeOverride: honoured, or unknown",
)
def older_parameters(request: Request, world: World) -> bool | None:
    """Parameters that only later pages have may be unknown."""
    newer = {"SnapshotLocation", "BootModeOverride"} & set(request.names())
    return None if newer else True
