"""Mappings of new EBS volumes: empty, from a snapshot, of each type and size."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import strategies as st

from conformance.model.request import Draft, Placeholder, Value
from conformance.model.rules.block_device_mapping.performance import IOPS, THROUGHPUT
from conformance.model.rules.block_device_mapping.volume import SIZES
from strategies.exclusions import unless
from strategies.mappings.entries import entries, mapped, new, typed, volume

EMPTY = new(VolumeSize="8")
"""The minimal new volume."""
FROM_SNAPSHOT = new(SnapshotId=Placeholder.SNAPSHOT)
LEAST = {type: volume(type, bounds.least) for type, bounds in SIZES.items()}
for _type in ("io1", "io2"):
    LEAST[_type] |= {"Iops": str(IOPS[_type].least)}
SLOWEST_GP3 = volume("gp3", 8, Iops=str(IOPS["gp3"].least), Throughput=str(THROUGHPUT.least))
GREATEST = {type: volume(type, bounds.greatest) for type, bounds in SIZES.items()}
for _type, _bounds in IOPS.items():
    GREATEST[_type] |= {"Iops": str(_bounds.greatest)}
GREATEST["gp3"] |= {"Throughput": str(THROUGHPUT.greatest)}

LEAST_VOLUMES: tuple[Mapping[str, Value], ...] = (
    *LEAST.values(),
    SLOWEST_GP3,
    {"VolumeSize": "8"},
    {"VolumeSize": "8", "Encrypted": "true"},
)
ALL_LEAST = mapped(*entries(LEAST_VOLUMES))
"""The least volume of each type, with the least IOPS and throughput, one without a type, and an
encrypted one. They are ten, so the last index has two digits."""
GREATEST_VOLUMES: tuple[Mapping[str, Value], ...] = (
    *GREATEST.values(),
    {"VolumeSize": "8", "DeleteOnTermination": "true"},
    {"VolumeSize": "8", "Encrypted": "false", "DeleteOnTermination": "false"},
)
ALL_GREATEST = mapped(*entries(GREATEST_VOLUMES))
"""The greatest values that every vintage of the page allows, and two volumes with flags."""
OF_SNAPSHOT: tuple[Mapping[str, Value], ...] = (
    {"SnapshotId": Placeholder.SNAPSHOT},
    {"SnapshotId": Placeholder.SNAPSHOT, "VolumeSize": "2"},
    {"SnapshotId": Placeholder.SNAPSHOT, "VolumeSize": "3", "VolumeType": "gp3"},
)
ALL_FROM_SNAPSHOT = mapped(*entries(OF_SNAPSHOT))
"""From a snapshot of 2 GiB: without a size, with 2 GiB, with 3 GiB."""


def sizes(type: str) -> tuple[Draft, Draft]:
    """The least and the greatest volume of a type."""
    return typed(type, SIZES[type].least), typed(type, SIZES[type].greatest)


def ordinary(type: str) -> Draft:
    """A volume of 500 GiB, a legal size for every type."""
    return typed(type, 500)


def slowest(type: str) -> Draft:
    """A volume with the least IOPS of its type, and the least throughput."""
    return new(**SLOWEST_GP3) if type == "gp3" else typed(type, 500, Iops=str(IOPS[type].least))


def fastest(type: str) -> Draft:
    """A volume with the greatest IOPS that every vintage allows for its type."""
    return typed(type, SIZES[type].greatest // 4, Iops=str(IOPS[type].greatest))


MOST_THROUGHPUT = typed("gp3", 64, Iops="4000", Throughput=str(THROUGHPUT.greatest))


def beyond_sizes(type: str) -> tuple[Draft, ...]:
    """Volumes 1 GiB too small, 1 GiB too large, and ten times too large."""
    bounds = SIZES[type]
    return tuple(typed(type, n) for n in (bounds.least - 1, bounds.newest + 1, 10 * bounds.newest))


BEYOND_ANY_SIZE = (new(VolumeSize="0"), typed("gp2", -8))
"""A volume of 0 GiB without a type, and one of fewer."""


def beyond_iops(type: str) -> tuple[Draft, ...]:
    """Volumes with one IOPS too few and one too many, large enough for either."""
    bounds, size = IOPS[type], SIZES[type].greatest
    return tuple(typed(type, size, Iops=str(n)) for n in (bounds.least - 1, bounds.newest + 1))


BEYOND_THROUGHPUT = tuple(
    typed("gp3", 64, Iops=str(iops), Throughput=str(n))
    for n, iops in ((THROUGHPUT.least - 1, 3000), (THROUGHPUT.newest + 1, 16000))
)
THROUGHPUT_OF_OTHERS = tuple(
    typed(type, max(bounds.least, 125), Throughput="125")
    for type, bounds in SIZES.items()
    if type != "gp3"
)
WITHOUT_IOPS = tuple(new(VolumeSize="8", VolumeType=type) for type in ("io1", "io2"))
IOPS_OF_OTHERS = tuple(
    typed(type, max(SIZES[type].least, 125), Iops="3000") for type in ("gp2", "st1", "standard")
)
BEYOND_RATIO = (
    typed("io1", 4, Iops="64000"),
    typed("gp3", 8, Iops="3000", Throughput="1000"),
)
NO_SIZE_OR_SNAPSHOT = (
    new(DeleteOnTermination="true"),
    new(VolumeType="gp2"),
    new(Encrypted="true"),
)
"""A new volume with neither size nor snapshot."""
LARGER_THAN_SNAPSHOT = new(SnapshotId=Placeholder.SNAPSHOT, VolumeSize="3")
SMALLER_THAN_SNAPSHOT = new(SnapshotId=Placeholder.SNAPSHOT, VolumeSize="1")
NO_SUCH_SNAPSHOT = (
    new(SnapshotId="snap-09b4e7d31c5fa8260"),
    new(SnapshotId="snap-5e9a3c71"),
    new(SnapshotId="snap-09b4e7d31c5fa8260", VolumeSize="8"),
)
"""IDs of the documented form that no snapshot has. No document has them."""
MALFORMED_SNAPSHOT = tuple(
    new(SnapshotId=id)
    for id in ("snap-1", "0123456789abcdef0", "ami-0123456789abcdef0", "snap-", "nonsense")
)
ENCRYPTED_FROM_SNAPSHOT = tuple(
    new(SnapshotId=Placeholder.SNAPSHOT, Encrypted=value) for value in ("true", "false")
)
NON_INTEGER_SIZES = tuple(new(VolumeSize=size) for size in ("8.5", "8GiB", "1_0", "eight", "0x8"))
ENCRYPTED_MAYBE = new(VolumeSize="8", Encrypted="maybe")
"""An empty volume, encrypted by a word that spells no boolean."""
UNKNOWN_TYPES = tuple(
    new(VolumeSize="8", VolumeType=type) for type in ("gp1", "gp4", "io3", "ssd", "st")
)
KEY = "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"
"""A key that no volume has by default."""
UNSUPPORTED = {
    "bdm.unsup.kms": new(VolumeSize="8", Encrypted="true", KmsKeyId=KEY),
    "bdm.unsup.outpost": new(
        VolumeSize="8",
        OutpostArn="arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef0",
    ),
    "bdm.unsup.az": new(VolumeSize="8", AvailabilityZone="us-east-1a"),
    "bdm.unsup.initrate": new(SnapshotId=Placeholder.SNAPSHOT, VolumeInitializationRate="100"),
}
"""One request for each unsupported field, by rule."""
CARD_INDEX = new(VolumeSize="8", EbsCardIndex="0")


def unknown_types() -> st.SearchStrategy[Draft]:
    """New volumes of unknown types, with the letters of known ones."""
    words = st.text("abcdefgiopst123456789", min_size=2, max_size=4)
    return unless(SIZES.__contains__, words).map(lambda type: new(VolumeSize="8", VolumeType=type))


def malformed_snapshot() -> st.SearchStrategy[Draft]:
    """IDs with the prefix snap- that are too short or too long."""
    hexadecimal = "0123456789abcdef"
    digits = st.one_of(
        st.text(hexadecimal, max_size=7), st.text(hexadecimal, min_size=18, max_size=24)
    )
    return digits.map(lambda tail: new(SnapshotId=f"snap-{tail}"))


def beyond_size(type: str) -> st.SearchStrategy[Draft]:
    """Sizes outside the range of every vintage: negative, too small, too large."""
    bounds = SIZES[type]
    below = st.integers(-1000, bounds.least - 1)
    above = st.integers(bounds.newest + 1, 1 << 40)
    return st.one_of(above, below).map(lambda size: typed(type, size))


def within_size(type: str) -> st.SearchStrategy[Draft]:
    """Sizes within the range of every vintage."""
    bounds = SIZES[type]
    return st.integers(bounds.least, bounds.greatest).map(lambda size: typed(type, size))
