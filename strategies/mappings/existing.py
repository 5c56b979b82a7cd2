"""Mappings of volumes that the instance has."""

from __future__ import annotations

from conformance.model.request import Draft, Placeholder, Value
from strategies.mappings.entries import Entry, ebs, mapped

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
