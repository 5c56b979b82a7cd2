"""Mappings of new volumes of a snapshot: the limits of type, size, IOPS and throughput hold too."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.model.request import Draft, Placeholder, Value
from conformance.model.rules.block_device_mapping.performance import IOPS, THROUGHPUT
from conformance.model.rules.block_device_mapping.volume import SIZES
from strategies.mappings.entries import NEW_DEVICES, entries, mapped, new, volume

SNAPSHOT_SIZE = 2
"""GiB of the run's snapshot. A volume of it is never smaller."""
MORE_DEVICES = (*NEW_DEVICES, *(f"/dev/xvdb{letter}" for letter in "bcdefg"))
"""Devices of the guide's list that source instances lack, two for each type."""


def _fields(type: str, size: int, **fields: Value) -> dict[str, Value]:
    return {"SnapshotId": Placeholder.SNAPSHOT, **volume(type, size, **fields)}


def of_snapshot(type: str, size: int, **fields: Value) -> Draft:
    """A request with one new volume of the snapshot."""
    return new(**_fields(type, size, **fields))


_LEAST = {
    type: _fields(
        type,
        max(bounds.least, SNAPSHOT_SIZE),
        **({"Iops": str(IOPS[type].least)} if type in ("io1", "io2") else {}),
    )
    for type, bounds in SIZES.items()
}
_GREATEST = {
    type: _fields(
        type,
        bounds.greatest,
        **({"Iops": str(IOPS[type].greatest)} if type in IOPS else {}),
        **({"Throughput": str(THROUGHPUT.greatest)} if type == "gp3" else {}),
    )
    for type, bounds in SIZES.items()
}
_SLOWEST_GP3 = _fields("gp3", 8, Iops=str(IOPS["gp3"].least), Throughput=str(THROUGHPUT.least))
BOUNDS_OF_SNAPSHOT: tuple[Mapping[str, Value], ...] = (
    *_LEAST.values(),
    *_GREATEST.values(),
    _SLOWEST_GP3,
)
ALL_BOUNDS_OF_SNAPSHOT = mapped(*entries(BOUNDS_OF_SNAPSHOT, MORE_DEVICES))
"""Of the snapshot: the least and the greatest volume of each type, and the slowest gp3."""


def sizes_of_snapshot(type: str) -> tuple[Draft, Draft]:
    """The least volume of a type that the snapshot allows, and the greatest."""
    bounds = SIZES[type]
    return of_snapshot(type, max(bounds.least, SNAPSHOT_SIZE)), of_snapshot(type, bounds.greatest)


def beyond_sizes_of_snapshot(type: str) -> tuple[Draft, ...]:
    """Volumes 1 GiB too large, and 1 GiB too small where the snapshot is smaller still."""
    bounds = SIZES[type]
    sizes = (bounds.least - 1, bounds.newest + 1)
    return tuple(of_snapshot(type, size) for size in sizes if size >= SNAPSHOT_SIZE)


def iops_of_snapshot(type: str) -> tuple[Draft, Draft]:
    """A volume with the least IOPS of its type, and one with the greatest."""
    least, greatest = str(IOPS[type].least), str(IOPS[type].greatest)
    size = SIZES[type].greatest // 4
    return of_snapshot(type, 500, Iops=least), of_snapshot(type, size, Iops=greatest)


def beyond_iops_of_snapshot(type: str) -> tuple[Draft, ...]:
    """Volumes with one IOPS too few and one too many, large enough for either."""
    bounds, size = IOPS[type], SIZES[type].greatest
    return tuple(
        of_snapshot(type, size, Iops=str(n)) for n in (bounds.least - 1, bounds.newest + 1)
    )


THROUGHPUTS_OF_SNAPSHOT = (
    of_snapshot("gp3", 8, Throughput=str(THROUGHPUT.least)),
    of_snapshot("gp3", 64, Iops="4000", Throughput=str(THROUGHPUT.greatest)),
)
BEYOND_THROUGHPUT_OF_SNAPSHOT = (
    of_snapshot("gp3", 64, Iops="3000", Throughput=str(THROUGHPUT.least - 1)),
    of_snapshot("gp3", 64, Iops="16000", Throughput=str(THROUGHPUT.newest + 1)),
)
THROUGHPUT_OF_GP2_OF_SNAPSHOT = of_snapshot("gp2", 8, Throughput="125")
UNKNOWN_TYPE_OF_SNAPSHOT = of_snapshot("gp4", 8)
NON_INTEGER_SIZE_OF_SNAPSHOT = new(SnapshotId=Placeholder.SNAPSHOT, VolumeSize="8GiB")
WITHOUT_IOPS_OF_SNAPSHOT = tuple(
    new(SnapshotId=Placeholder.SNAPSHOT, VolumeSize="8", VolumeType=type) for type in ("io1", "io2")
)
