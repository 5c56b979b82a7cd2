"""The parameters of RunInstances for a source instance.

A source instance has its root volume and the volumes of :data:`ADDED`. Their DeleteOnTermination
flags differ, so that an image shows whether it took each volume's own flag.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.engine.client.ledger import RUN_TAG
from conformance.engine.core.target import Target
from conformance.model.codes import QUOTAS
from conformance.model.world import Volume

ADDED = (("/dev/sdf", 2, True), ("/dev/sdg", 1, False))
"""Added volumes: device, GiB, DeleteOnTermination. The second is encrypted. Only the first source
instance keeps the second volume when it is terminated."""
ROOT_SIZE = 8
"""GiB of a root volume that the launch has to map."""
STORE = ("/dev/sdh", "ephemeral0")
"""Device and virtual name of an instance store volume."""
STORE_TYPE = "m3.medium"
"""A type whose instance store volume is not NVMe, so that its mapping counts."""
TYPES = ("t3.micro", "t3a.micro", "t2.micro", "t3.small", "m5.large")
"""Types of source instances, the cheapest first."""
TYPES_BY_ARCHITECTURE = {"arm64": ("t4g.micro", "t4g.small", "m6g.large")}
"""The same for images of another architecture."""
REFUSED_TYPE = frozenset({"Unsupported", "UnsupportedOperation", "InvalidInstanceType"}) | QUOTAS
"""Error codes of a launch that another type may not get: the zone, the capacity or a quota."""


@dataclass
class LaunchOptions:
    """Parameters that this target needs in a launch, learnt from earlier launches."""

    encrypts: bool = True
    """Whether the target encrypts the added volume that asks for it, and that one alone."""
    mapped_root: tuple[tuple[str, int, bool], ...] = ()
    """The root volume, where the target attaches none unless the launch maps it."""


def run_instances(
    target: Target,
    instance_type: str,
    image_id: str,
    options: LaunchOptions,
    run_id: str,
    token: str,
    *,
    added: bool,
    kept: bool,
    store: bool,
    root: Volume | None = None,
    most: int = 1,
) -> list[tuple[str, str]]:
    """The parameters of a launch; see :meth:`.instances.Instances.launch`."""
    params = [
        ("ImageId", image_id),
        ("MinCount", "1"),
        ("MaxCount", str(most)),
        ("InstanceType", instance_type),
    ]
    if target.subnet_id:
        params.append(("SubnetId", target.subnet_id))
    volumes = (*ADDED, *(() if root else options.mapped_root)) if added else ()
    number = 0
    for number, (device, size, flag) in enumerate(volumes, 1):
        head = f"BlockDeviceMapping.{number}."
        params += [
            (head + "DeviceName", device),
            (head + "Ebs.VolumeSize", str(size)),
            (head + "Ebs.DeleteOnTermination", "true" if flag or not kept else "false"),
        ]
        if device == ADDED[-1][0] and options.encrypts:
            params.append((head + "Ebs.Encrypted", "true"))
    if root is not None:
        head = f"BlockDeviceMapping.{number + 1}."
        params += [
            (head + "DeviceName", root.device),
            (head + "Ebs.VolumeSize", str(root.size)),
            (head + "Ebs.VolumeType", root.type or "gp2"),
            (head + "Ebs.DeleteOnTermination", str(bool(root.delete_on_termination)).lower()),
        ]
    if store:
        device, virtual = STORE
        params += [
            ("BlockDeviceMapping.1.DeviceName", device),
            ("BlockDeviceMapping.1.VirtualName", virtual),
        ]
    # A launch that is repeated after a lost answer launches nothing more, for its token.
    return [*params, *run_tag(run_id, "instance", "volume"), ("ClientToken", token)]


def run_tag(run_id: str, *kinds: str) -> list[tuple[str, str]]:
    """The parameters that tag new resources of these kinds as the run's."""
    params = []
    for number, kind in enumerate(kinds, 1):
        head = f"TagSpecification.{number}."
        params += [
            (head + "ResourceType", kind),
            (head + "Tag.1.Key", RUN_TAG),
            (head + "Tag.1.Value", run_id),
        ]
    return params
