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
    """A request that sets DeleteOnTermination of the root volume."""
    return mapped(flag(ROOT, value))


ROOT_KEPT = flagged("false")
"""The minimal mapping: the root volume is kept on termination."""
FLAGS = mapped(flag(ROOT, "false"), flag(ADDED, "false"), flag(ENCRYPTED, "true"))
"""Each flag inverted: the instance has true for the root and ADDED, false for ENCRYPTED."""
FLAGS_ALONE = (ROOT_KEPT, mapped(flag(ADDED, "false")), mapped(flag(ENCRYPTED, "true")))
FLAGS_REPEATED = mapped(flag(ROOT, "true"), flag(ADDED, "true"), flag(ENCRYPTED, "false"))
"""Each flag with the instance's value."""
MEMBER = ROOT_KEPT.renaming(
    "BlockDeviceMapping.1.DeviceName", "BlockDeviceMapping.member.1.DeviceName"
).renaming(
    "BlockDeviceMapping.1.Ebs.DeleteOnTermination",
    "BlockDeviceMapping.member.1.Ebs.DeleteOnTermination",
)
"""The list form of other AWS services: an unknown parameter for EC2."""

OTHER_SIZE = (
    mapped(ebs(ADDED, VolumeSize="3")),
    mapped(ebs(ADDED, VolumeSize="1")),
    mapped(ebs(ROOT, VolumeSize="500")),
)
OTHER_TYPE = mapped(ebs(ADDED, VolumeType="st1"))
OTHER_IOPS = mapped(ebs(ADDED, Iops="3333"))
OTHER_THROUGHPUT = mapped(ebs(ADDED, Throughput="333"))
OTHER_SNAPSHOT = mapped(ebs(ENCRYPTED, SnapshotId=Placeholder.SNAPSHOT))
OTHER_KIND = mapped({"DeviceName": ADDED, "VirtualName": "ephemeral0"})
"""An instance store volume in the place of an EBS volume."""
OTHER_FIELDS = (OTHER_TYPE, OTHER_IOPS, OTHER_THROUGHPUT, OTHER_SNAPSHOT, OTHER_KIND)
SAME_SIZE = mapped(ebs(ADDED, VolumeSize="2"))
ENCRYPTS = (
    mapped(ebs(ADDED, Encrypted="true")),
    mapped(ebs(ROOT, Encrypted="true")),
    mapped(ebs(ADDED, Encrypted="true", DeleteOnTermination="false")),
)
"""Encrypted=true for unencrypted volumes."""
STAYS_UNENCRYPTED = mapped(ebs(ADDED, Encrypted="false"))
STAY_AS_THEY_ARE = mapped(ebs(ADDED, Encrypted="false"), ebs(ENCRYPTED, Encrypted="false"))
"""Encrypted=false for an unencrypted volume and for an encrypted one."""
STAYS_ENCRYPTED = (
    mapped(ebs(ENCRYPTED, Encrypted="false")),
    mapped(ebs(ENCRYPTED, Encrypted="true")),
)
