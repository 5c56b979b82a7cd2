"""The volumes of the instance in the tests of the model, with their snapshots and mappings."""

from __future__ import annotations

from conformance.model.request import Placeholder
from conformance.model.world import DeviceMapping, Snapshot, Volume

ACCOUNT = "123456789012"
VOLUMES = (
    Volume("vol-1", "/dev/xvda", 8, False, True, "gp2"),
    Volume("vol-2", "/dev/sdf", 2, False, True, "gp2"),
    Volume("vol-3", "/dev/sdg", 1, True, False, "gp2"),
)
SLOTS = {
    Placeholder.RUNNING: "i-0000000a",
    Placeholder.ROOT_DEVICE: "/dev/xvda",
    Placeholder.ADDED_DEVICE: "/dev/sdf",
    Placeholder.ENCRYPTED_DEVICE: "/dev/sdg",
    Placeholder.SNAPSHOT: "snap-0000000a",
}
"""The values that the placeholders of a draft get."""
SNAPSHOTS = tuple(
    Snapshot(f"snap-{v.id}", v.id, v.size, v.encrypted, "completed", "for ami-1", ACCOUNT)
    for v in VOLUMES
)
MAPPED = tuple(
    DeviceMapping(
        v.device,
        ebs=True,
        snapshot_id=f"snap-{v.id}",
        size=v.size,
        encrypted=v.encrypted,
        delete_on_termination=v.delete_on_termination,
        type=v.type,
    )
    for v in VOLUMES
)
