"""The IAM policy that a run needs: its actions and no others, in its region and no other.

The policy lets the run change and remove instances and volumes only if they have the run's tag. It
has no such condition for images and the snapshots of CreateImage: the requests that create them are
under test and cannot all be tagged. There the ledger and the names protect other resources.

Source: Service Authorization Reference, Actions, resources, and condition keys for Amazon EC2.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from conformance.engine.client.ledger import RUN_TAG

_TAGGED = {f"aws:ResourceTag/{RUN_TAG}": "*"}
_TAGGING = {f"aws:RequestTag/{RUN_TAG}": "*"}
_ON_INSTANCES = (
    "ModifyInstanceAttribute", "RebootInstances", "StartInstances", "StopInstances",
    "TerminateInstances",
)  # fmt: skip
_ON_VOLUMES = ("DeleteVolume", "AttachVolume", "DetachVolume")
_ON_IMAGES = ("DeregisterImage", "DisableImage", "EnableImage")
SELDOM = {
    "CreateTags": ("DeleteTags",),
    "RunInstances": ("DescribeAvailabilityZones", "DescribeSubnets"),
}
"""By action of a plan: those that the run sends after an unusual answer only, and `doctor`'s."""
_PARAMETERS = "parameter/aws/service/ami-amazon-linux-latest/*"
"""AWS's public parameters of Amazon Linux: RunInstances resolves one where no image is listed."""
_LAUNCHED_WITH = ("image", "key-pair", "network-interface", "security-group", "snapshot", "subnet")


def policy(
    actions: Collection[str], partition: str, region: str, instance_id: str | None = None
) -> dict[str, Any]:
    """The policy for these actions of EC2 and the seldom ones, ready to attach.

    A configured source instance lacks the run's tag: the policy names it. Snapshots of its volumes
    are allowed without a condition, since the volumes' ids are unknown here.
    """
    seldom = {more for name, each in SELDOM.items() if name in actions for more in each}
    needed = sorted({*actions, *seldom})
    arns = _Arns(partition, region)
    reading = [name for name in needed if name.startswith(("Describe", "Get"))]
    statements = [_statement("Read", reading, ["*"])]

    def add(sid: str, names: Sequence[str], kinds: Sequence[str], like: Any = None) -> None:
        present = [name for name in names if name in needed]
        if present:
            statements.append(_statement(sid, present, arns.of(*kinds), like))

    add("LaunchTagged", ["RunInstances"], ["instance", "volume"], _TAGGING)
    add("LaunchWith", ["RunInstances"], _LAUNCHED_WITH)
    if "RunInstances" in needed:
        parameters = [f"arn:{partition}:ssm:{region}::{_PARAMETERS}"]
        statements.append(_statement("NewestImage", ["GetParameters"], parameters, service="ssm"))
    add("OwnInstances", _ON_INSTANCES, ["instance"], _TAGGED)
    add("VolumesTagged", ["CreateVolume"], ["volume"], _TAGGING)
    add("OwnVolumes", _ON_VOLUMES, ["volume", "instance"], _TAGGED)
    add("ImagesOfOwnInstances", ["CreateImage"], ["instance"], _TAGGED)
    add("Images", ["CreateImage"], ["image", "snapshot"])
    add("SnapshotsOfOwnVolumes", ["CreateSnapshot"], ["volume"], _TAGGED)
    add("Snapshots", ["CreateSnapshot"], ["snapshot"], _TAGGING)
    if instance_id:
        given = [f"arn:{partition}:ec2:{region}:*:instance/{instance_id}"]
        statements.append(_statement("ImagesOfTheGivenInstance", ["CreateImage"], given))
        add("SnapshotsOfTheGivenOnesVolumes", ["CreateSnapshot"], ["volume"])
    add("RemoveImages", _ON_IMAGES, ["image"])
    add("RemoveSnapshots", ["DeleteSnapshot", "DeregisterImage"], ["snapshot"])
    makers = [
        n for n in ("CreateImage", "CreateSnapshot", "CreateVolume", "RunInstances") if n in needed
    ]
    if makers:
        kinds = arns.of("image", "instance", "snapshot", "volume")
        tags = _statement("TagWhatIsMade", ["CreateTags"], kinds)
        tags["Condition"] = {"StringEquals": {"ec2:CreateAction": makers}}
        statements.append(tags)
    add("TagImagesLater", ["CreateTags", "DeleteTags"], ["image", "snapshot"])
    return {"Version": "2012-10-17", "Statement": [s for s in statements if s["Action"]]}


def _statement(
    sid: str,
    names: Sequence[str],
    resources: list[str],
    like: Any = None,
    *,
    service: str = "ec2",
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "Sid": sid,
        "Effect": "Allow",
        "Action": [f"{service}:{name}" for name in names],
        "Resource": resources,
    }
    if like:
        made["Condition"] = {"StringLike": like}
    return made


class _Arns:
    def __init__(self, partition: str, region: str) -> None:
        self._head = f"arn:{partition}:ec2:{region}"

    def of(self, *kinds: str) -> list[str]:
        """All resources of these kinds in the region. Images and snapshots have no account."""
        return [
            f"{self._head}:{'' if kind in ('image', 'snapshot') else '*'}:{kind}/*"
            for kind in kinds
        ]
