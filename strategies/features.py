"""The features of requests: the minimal request with each, and the rule that it keeps.

A feature stands after those that it builds on. So the first feature of a request that a target
answers wrongly is the broken one, and the rules of later features require its rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from conformance.model.feature import Crowd, Feature
from conformance.model.request import (
    Draft,
    Form,
    Placeholder,
    Signing,
    UniqueName,
    Value,
    create_image,
)
from conformance.model.rules.name import LONGEST
from strategies import descriptions, instance_ids, mappings, names, tags

Test = Callable[[Draft], bool]
_EBS = r"BlockDeviceMapping\.\d+\.Ebs\."


def _has(name: str, *values: Value) -> Test:
    """A test for a parameter whose whole name matches, with one of these values if given."""
    pattern = re.compile(name)
    return lambda draft: any(
        pattern.fullmatch(each) and (not values or value in values) for each, value in draft.params
    )


def _volumes(draft: Draft) -> Iterator[tuple[bool, set[str]]]:
    """Each mapping: whether its device is a placeholder, which every instance has; its fields."""
    for index in draft.members("BlockDeviceMapping"):
        head = f"BlockDeviceMapping.{index}."
        fields = {n[len(head) :]: value for n, value in draft.params if n.startswith(head)}
        yield isinstance(fields.get("DeviceName"), Placeholder), set(fields)


def _on_existing(field: str) -> Test:
    return lambda draft: any(exists and field in fields for exists, fields in _volumes(draft))


def _on_new(*wanted: str) -> Test:
    """A test for a new empty volume with these fields."""
    return lambda draft: any(
        not exists and fields.issuperset(("Ebs.VolumeSize", *wanted))
        for exists, fields in _volumes(draft)
    )


def _has_longest_name(draft: Draft) -> bool:
    name = dict(draft.params).get("Name", "")
    return len(name.shape if isinstance(name, UniqueName) else str(name)) == LONGEST


ALL = (
    Feature("inst.state.running", create_image(), lambda draft: True),
    Feature(
        "wire.verb",
        create_image().sent(form=Form(verb="GET")),
        lambda draft: draft.form.verb == "GET",
    ),
    Feature("inst.state.stopped", instance_ids.STOPPED, _has("InstanceId", Placeholder.STOPPED)),
    Feature("inst.changed", instance_ids.CHANGED, _has("InstanceId", Placeholder.CHANGED)),
    Feature("name.length.max", names.LONGEST_LEGAL[0], _has_longest_name),
    Feature("desc.roundtrip", descriptions.ROUND_TRIP[1], _has("Description")),
    Feature("noreboot.true", create_image(NoReboot="true"), _has("NoReboot", "true")),
    Feature("noreboot.false", create_image(NoReboot="false"), _has("NoReboot", "false")),
    Feature("dryrun.false", create_image(DryRun="false"), _has("DryRun")),
    Feature("dryrun.permitted", create_image(DryRun="true"), _has("DryRun", "true")),
    Feature(
        "tag.rt.image", tags.ON_IMAGE, _has(r"TagSpecification\..*"), apart=("tag.rt.snapshot",)
    ),
    Feature("tag.count.50", tags.FEW, _has(r"TagSpecification\.\d+\.Tag\.2\..*")),
    Feature(
        "tag.rt.snapshot",
        tags.ON_SNAPSHOTS,
        _has(r"TagSpecification\.\d+\.ResourceType", "snapshot"),
    ),
    Feature("tag.rt.both", tags.FEW_ON_BOTH, _has(r"TagSpecification\.2\..*")),
    Feature(
        "bdm.existing.dot",
        mappings.ROOT_KEPT,
        _has(r"BlockDeviceMapping\..*"),
        apart=("bdm.existing.only_dot",),
    ),
    Feature("bdm.enc.unenc_volume", mappings.STAYS_UNENCRYPTED, _on_existing("Ebs.Encrypted")),
    Feature("bdm.nodevice.presence", mappings.OMITTED, _has(r"BlockDeviceMapping\.\d+\.NoDevice")),
    Feature("bdm.virtual.effect", mappings.STORE, _has(r"BlockDeviceMapping\.\d+\.VirtualName")),
    Feature("bdm.new.ebs_empty", mappings.EMPTY, _on_new()),
    Feature("bdm.new.ebs_snapshot", mappings.FROM_SNAPSHOT, _has(_EBS + "SnapshotId")),
    Feature(
        "bdm.new.size_ge_snap",
        mappings.LARGER_THAN_SNAPSHOT,
        lambda draft: any({"Ebs.SnapshotId", "Ebs.VolumeSize"} <= f for _, f in _volumes(draft)),
    ),
    Feature(
        "bdm.enc.new_empty",
        mappings.new(VolumeSize="8", Encrypted="true"),
        _on_new("Ebs.Encrypted"),
    ),
    Feature("bdm.type.enum", mappings.ordinary("standard"), _has(_EBS + "VolumeType")),
    Feature(
        "bdm.size.gp3", mappings.new(**mappings.LEAST["gp3"]), _has(_EBS + "VolumeType", "gp3")
    ),
    Feature("bdm.iops.gp3", mappings.typed("gp3", 8, Iops="3000"), _has(_EBS + "Iops")),
    Feature(
        "bdm.throughput.range",
        mappings.typed("gp3", 8, Throughput="125"),
        _has(_EBS + "Throughput"),
    ),
    Feature("bdm.list", mappings.FLAGS, lambda draft: len(draft.members("BlockDeviceMapping")) > 1),
)


def _lacks(name: str, *but: Value) -> Test:
    """A test for requests without a parameter, or with one of these values."""
    return lambda draft: all(each != name or value in but for each, value in draft.params)


def _literal(name: str) -> Test:
    """A test for a parameter that has a text of its own, not a placeholder's."""
    pattern = re.compile(name)
    return lambda draft: any(
        pattern.fullmatch(each) and not isinstance(value, Placeholder | UniqueName) and value != ""
        for each, value in draft.params
    )


CROWDED = (
    Crowd("tag.count.50", tags.FEW, tags.FIFTY, ("tag.rt.image",)),
    Crowd("tag.count.50", tags.FEW_ON_SNAPSHOTS, tags.FIFTY_ON_SNAPSHOTS, ("tag.rt.snapshot",)),
)

BREAKING = (
    Feature(
        "auth.denied",
        create_image().sent(signing=Signing.DENIED),
        lambda draft: draft.signing in (Signing.DENIED, Signing.NO_TAGS),
    ),
    Feature("name.required", create_image().without("Name"), _lacks("Name")),
    Feature("inst.required", create_image().without("InstanceId"), _lacks("InstanceId", "")),
    Feature("inst.exists", instance_ids.UNKNOWN[0], _literal("InstanceId")),
    Feature("bdm.snap.notfound", mappings.NO_SUCH_SNAPSHOT[0], _literal(_EBS + "SnapshotId")),
)
"""The features for which a target has to reject a request, each with the rule that says so.

A target that answers a request as wrongly as the plainest one decides no other rule by it.
"""
