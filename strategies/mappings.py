"""Block device mappings: each documented kind alone, many at once, and each single way to be wrong.

An accepted request makes an image, so what is accepted comes in crowds too: one request with many
devices, each of which keeps rules of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hypothesis import strategies as st

from conformance.model.mapping_performance import IOPS, THROUGHPUT
from conformance.model.mapping_volume import SIZES
from conformance.model.request import Draft, Placeholder, Value, create_image
from strategies.exclusions import unless

Entry = Mapping[str, Value]
"""The fields of one ``BlockDeviceMapping.N``."""

NEW = "/dev/sdh"
"""A device that source instances lack."""
NEW_DEVICES = (*(f"/dev/sd{letter}" for letter in "hijklmnz"), "/dev/xvdba", "/dev/xvdcz")
"""Of the guide's list."""


def of_entries(*entries: Entry) -> dict[str, Value]:
    """The parameters of these mappings, numbered from 1."""
    return {
        f"BlockDeviceMapping.{number}.{field}": value
        for number, entry in enumerate(entries, 1)
        for field, value in entry.items()
    }


def mapped(*entries: Entry) -> Draft:
    """A request with these mappings."""
    return create_image().having(of_entries(*entries))


def ebs(device: Value = NEW, /, **fields: Value) -> Entry:
    """An EBS volume on a device: ``ebs("/dev/sdh", VolumeSize="8")``."""
    return {"DeviceName": device, **{f"Ebs.{field}": value for field, value in fields.items()}}


def new(**fields: Value) -> Draft:
    """A request with one volume more than the instance has."""
    return mapped(ebs(**fields))


def typed(type: str, size: int, **fields: Value) -> Draft:
    """A request with one new volume of this type and size in GiB, and IOPS if it needs any."""
    return new(**volume(type, size, **fields))


def volume(type: str, size: int, **fields: Value) -> dict[str, Value]:
    """The fields of a new volume of a type."""
    least = {"Iops": str(IOPS[type].least)} if type in ("io1", "io2") else {}
    return {"VolumeSize": str(size), "VolumeType": type, **least, **fields}


def entries(
    volumes: Iterable[Mapping[str, Value]], devices: Iterable[str] = NEW_DEVICES
) -> tuple[Entry, ...]:
    """New volumes, each on a device of its own."""
    return tuple(ebs(device, **fields) for device, fields in zip(devices, volumes, strict=False))


# Volumes that the instance has.

ROOT, ADDED, ENCRYPTED = (
    Placeholder.ROOT_DEVICE,
    Placeholder.ADDED_DEVICE,
    Placeholder.ENCRYPTED_DEVICE,
)


def flag(device: Value, value: str) -> Entry:
    """DeleteOnTermination for a device."""
    return ebs(device, DeleteOnTermination=value)


def flagged(value: str) -> Draft:
    """A mapping of the root volume with such a DeleteOnTermination."""
    return mapped(flag(ROOT, value))


ROOT_KEPT = flagged("false")
"""The plainest mapping there is: the root volume is not to be deleted."""
FLAGS = mapped(flag(ROOT, "false"), flag(ADDED, "false"), flag(ENCRYPTED, "true"))
"""Each flag turned round; the instance has true for the root and the first, false for the other."""
FLAGS_ALONE = (ROOT_KEPT, mapped(flag(ADDED, "false")), mapped(flag(ENCRYPTED, "true")))
FLAGS_REPEATED = mapped(flag(ROOT, "true"), flag(ADDED, "true"), flag(ENCRYPTED, "false"))
"""Each flag as the instance has it."""
MEMBER = ROOT_KEPT.renaming(
    "BlockDeviceMapping.1.DeviceName", "BlockDeviceMapping.member.1.DeviceName"
).renaming(
    "BlockDeviceMapping.1.Ebs.DeleteOnTermination",
    "BlockDeviceMapping.member.1.Ebs.DeleteOnTermination",
)
"""Numbered as other services number their lists: no parameter of this action."""

OTHER_SIZE = (
    mapped(ebs(ADDED, VolumeSize="3")),
    mapped(ebs(ADDED, VolumeSize="1")),
    mapped(ebs(ROOT, VolumeSize="500")),
)
OTHER_TYPE = mapped(ebs(ADDED, VolumeType="st1"))
OTHER_IOPS = mapped(ebs(ADDED, Iops="3333"))
OTHER_THROUGHPUT = mapped(ebs(ADDED, Throughput="333"))
OTHER_SNAPSHOT = mapped(ebs(ENCRYPTED, SnapshotId=Placeholder.SNAPSHOT))
OTHER_FIELDS = (OTHER_TYPE, OTHER_IOPS, OTHER_THROUGHPUT, OTHER_SNAPSHOT)
SAME_SIZE = mapped(ebs(ADDED, VolumeSize="2"))
ENCRYPTS = (
    mapped(ebs(ADDED, Encrypted="true")),
    mapped(ebs(ROOT, Encrypted="true")),
    mapped(ebs(ADDED, Encrypted="true", DeleteOnTermination="false")),
)
"""Encrypted=true for volumes that are not."""
STAYS_UNENCRYPTED = mapped(ebs(ADDED, Encrypted="false"))
STAY_AS_THEY_ARE = mapped(ebs(ADDED, Encrypted="false"), ebs(ENCRYPTED, Encrypted="false"))
"""Encrypted=false for a volume that is not, and for one that is."""
STAYS_ENCRYPTED = (
    mapped(ebs(ENCRYPTED, Encrypted="false")),
    mapped(ebs(ENCRYPTED, Encrypted="true")),
)


# New volumes.

EMPTY = new(VolumeSize="8")
"""The plainest new volume."""
FROM_SNAPSHOT = new(SnapshotId=Placeholder.SNAPSHOT)
LEAST = {type: volume(type, bounds.least) for type, bounds in SIZES.items()}
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
LEAST_CROWD = mapped(*entries(LEAST_VOLUMES))
"""The least volume of each type with the least IOPS and throughput, one without a type, and an
encrypted one: ten, so that the last has an index of two digits."""
GREATEST_VOLUMES: tuple[Mapping[str, Value], ...] = (
    *GREATEST.values(),
    {"VolumeSize": "8", "DeleteOnTermination": "true"},
    {"VolumeSize": "8", "Encrypted": "false", "DeleteOnTermination": "false"},
)
GREATEST_CROWD = mapped(*entries(GREATEST_VOLUMES))
"""The greatest of each that every vintage allows, and two with flags of their own."""
OF_SNAPSHOT: tuple[Mapping[str, Value], ...] = (
    {"SnapshotId": Placeholder.SNAPSHOT},
    {"SnapshotId": Placeholder.SNAPSHOT, "VolumeSize": "2"},
    {"SnapshotId": Placeholder.SNAPSHOT, "VolumeSize": "3", "VolumeType": "gp3"},
)
SNAPSHOT_CROWD = mapped(*entries(OF_SNAPSHOT))
"""Of a snapshot of 2 GiB: without a size, with its own, with a greater one."""


def sizes(type: str) -> tuple[Draft, Draft]:
    """The least and the greatest volume of a type."""
    return new(**LEAST[type]), typed(type, SIZES[type].greatest)


def ordinary(type: str) -> Draft:
    """A volume of a type, of a size that is neither small nor large for any of them."""
    return typed(type, 500)


def slowest(type: str) -> Draft:
    """A volume with the least IOPS of its type, and with the least throughput."""
    return new(**SLOWEST_GP3) if type == "gp3" else ordinary(type)


def fastest(type: str) -> Draft:
    """A volume with the greatest IOPS of its type that every vintage allows."""
    return typed(type, SIZES[type].greatest // 4, Iops=str(IOPS[type].greatest))


MOST_THROUGHPUT = typed("gp3", 64, Iops="4000", Throughput=str(THROUGHPUT.greatest))


def beyond_sizes(type: str) -> tuple[Draft, ...]:
    """A volume one GiB too small, one too large, and far too large."""
    bounds = SIZES[type]
    return tuple(typed(type, n) for n in (bounds.least - 1, bounds.newest + 1, 10 * bounds.newest))


def beyond_iops(type: str) -> tuple[Draft, ...]:
    """A volume with one IOPS too few and one too many, large enough for any."""
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
NEITHER = (
    new(DeleteOnTermination="true"),
    new(VolumeType="gp2"),
    new(Encrypted="true"),
)
"""A new volume with neither size nor snapshot."""
LARGER_THAN_SNAPSHOT = new(SnapshotId=Placeholder.SNAPSHOT, VolumeSize="3")
SMALLER_THAN_SNAPSHOT = new(SnapshotId=Placeholder.SNAPSHOT, VolumeSize="1")
NO_SUCH_SNAPSHOT = (
    new(SnapshotId="snap-0123456789abcdef0"),
    new(SnapshotId="snap-01234567"),
    new(SnapshotId="snap-0123456789abcdef0", VolumeSize="8"),
)
MALFORMED_SNAPSHOT = tuple(
    new(SnapshotId=id)
    for id in ("snap-1", "0123456789abcdef0", "ami-0123456789abcdef0", "snap-", "nonsense")
)
ENCRYPTED_FROM_SNAPSHOT = tuple(
    new(SnapshotId=Placeholder.SNAPSHOT, Encrypted=value) for value in ("true", "false")
)
NO_INTEGER = tuple(new(VolumeSize=size) for size in ("8.5", "8GiB", "eight", "8,0", "0x8"))
NO_TYPE = tuple(new(VolumeSize="8", VolumeType=type) for type in ("gp1", "gp4", "io3", "ssd", "st"))
KEY = "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"
"""None that a volume has by default."""
UNSUPPORTED = {
    "bdm.unsup.kms": new(VolumeSize="8", Encrypted="true", KmsKeyId=KEY),
    "bdm.unsup.outpost": new(
        VolumeSize="8",
        OutpostArn="arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef0",
    ),
    "bdm.unsup.az": new(VolumeSize="8", AvailabilityZone="us-east-1a"),
    "bdm.unsup.initrate": new(SnapshotId=Placeholder.SNAPSHOT, VolumeInitializationRate="100"),
}
"""Fields that are for other actions, by rule."""
CARD_INDEX = new(VolumeSize="8", EbsCardIndex="0")


def no_type() -> st.SearchStrategy[Draft]:
    """New volumes of types that do not exist, spelt like those that do."""
    words = st.text("abcdefgiopst123456789", min_size=2, max_size=4)
    return unless(SIZES.__contains__, words).map(lambda type: new(VolumeSize="8", VolumeType=type))


def malformed_snapshot() -> st.SearchStrategy[Draft]:
    """Ids that begin as a snapshot's and are too short or too long."""
    hexadecimal = "0123456789abcdef"
    digits = st.one_of(
        st.text(hexadecimal, max_size=7), st.text(hexadecimal, min_size=18, max_size=24)
    )
    return digits.map(lambda tail: new(SnapshotId=f"snap-{tail}"))


def beyond_size(type: str) -> st.SearchStrategy[Draft]:
    """Sizes outside the range of every vintage: none, negative, too small, too large."""
    bounds = SIZES[type]
    below = st.integers(-1000, bounds.least - 1)
    above = st.integers(bounds.newest + 1, 1 << 40)
    return st.one_of(above, below).map(lambda size: typed(type, size))


def within_size(type: str) -> st.SearchStrategy[Draft]:
    """Sizes inside the range of every vintage."""
    bounds = SIZES[type]
    return st.integers(bounds.least, bounds.greatest).map(lambda size: typed(type, size))


# Instance store, devices left out, and entries that say too little or too much.


def store(virtual_name: str, device: Value = NEW) -> Entry:
    """An instance store volume on a device."""
    return {"DeviceName": device, "VirtualName": virtual_name}


STORE = mapped(store("ephemeral0"))


def store_entries(devices: Sequence[str]) -> tuple[Entry, ...]:
    """As many instance store volumes as every document knows."""
    return tuple(store(f"ephemeral{n}", device) for n, device in enumerate(devices[:4]))


STORES = mapped(*store_entries(NEW_DEVICES))
MORE_STORES = tuple(mapped(store(f"ephemeral{n}")) for n in (4, 23, 24))
NOT_VIRTUAL = tuple(
    mapped(store(name))
    for name in ("ephemeral", "ephemeralA", "ephemeral-1", "ephemeral0x", "disk0",
                 "0", "instance0")
)  # fmt: skip


def not_virtual() -> st.SearchStrategy[Draft]:
    """Virtual names that are no ephemeral and a number."""
    words = st.text("abcdefhlmpr", min_size=3, max_size=9)
    return unless("ephemeral".__eq__, words).map(lambda word: mapped(store(f"{word}0")))


def left_out(device: Value, value: str = "") -> Entry:
    """A device that the image is to leave out."""
    return {"DeviceName": device, "NoDevice": value}


LEFT_OUT = mapped(left_out(ADDED))
"""The documented form: NoDevice is there, and empty."""
LEFT_OUT_BOTH = mapped(left_out(ADDED), left_out(ENCRYPTED, "false"))
"""As the document says, whatever the value: false leaves out as well."""
LEFT_OUT_ALONE = (
    LEFT_OUT,
    mapped(left_out(ENCRYPTED, "false")),
    mapped(left_out(ADDED, "true")),
)
LEFT_OUT_ROOT = mapped(left_out(ROOT))
LEFT_OUT_UNKNOWN = mapped(left_out(NEW))
LEFT_OUT_INSIDE = mapped(ebs(ADDED, NoDevice="true"))
"""As an example of the query page writes it."""

LISTED_ALONE = tuple(
    mapped(ebs(d, VolumeSize="8")) for d in ("/dev/sdz", "/dev/xvdba", "/dev/xvdcz")
)
UNLISTED_DEVICES = tuple(
    mapped(ebs(d, VolumeSize="8")) for d in ("/dev/foo", "sdh", "/dev/sdh1", "/dev/xvdzz")
)
NO_DEVICE_NAME = mapped({"Ebs.VolumeSize": "8"})
TWICE = mapped(ebs(VolumeSize="8"), ebs(VolumeSize="9"))
ALIASED = "xvdf"
ALIAS = mapped(ebs(ALIASED, VolumeSize="8"))
TWO_FORMS = mapped({**ebs(VolumeSize="8"), "VirtualName": "ephemeral0"})
NAME_ALONE = mapped({"DeviceName": NEW})
