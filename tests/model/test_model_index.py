"""The judge skips rules that a request cannot break; each of them reads it as kept."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

import strategies
from conformance.model import CATALOGUE, judge
from conformance.model.judge import readings
from conformance.model.request import (
    Draft,
    Form,
    Placeholder,
    Request,
    Signing,
    UniqueName,
    create_image,
)
from conformance.model.world import Instance, Snapshot, Volume, World

INSTANCES = tuple(
    Instance(
        f"i-{number:017x}",
        state,
        root_device="/dev/sda1",
        root_device_type=root,
        boot_mode=boot,
        volumes=(Volume("vol-1", "/dev/sda1", encrypted=False), Volume("vol-2", "/dev/sdf")),
    )
    for number, (state, root, boot) in enumerate(
        (
            ("running", "ebs", None),
            ("stopping", "ebs", "legacy-bios"),
            ("pending", "ebs", "uefi"),
            ("terminated", "ebs", None),
            ("running", "instance-store", None),
        )
    )
)
SNAPSHOT = Snapshot("snap-0123456789abcdef0", size=8)
WORLD = World(
    {instance.id: instance for instance in INSTANCES},
    {"in-use": "ami-00000001"},
    {SNAPSHOT.id: SNAPSHOT},
)
VALUES = st.sampled_from(
    ("", " ", "true", "True", "maybe", "0", "8", "70000", "3.5", "in-use", "IN-USE", "a,b", "né",
     "ab", "a" * 129, "aws:x", "a{b", "gp3", "io1", "gp9", "regional", "LOCAL", "uefi", "image",
     "Image", "snapshot", "volume", "/dev/sda1", "/dev/sdf", "sdf", "xvdg", "ephemeral0",
     "ephemeral99", "i-1", "i-0123456z", SNAPSHOT.id, "snap-1", *(i.id for i in INSTANCES))
)  # fmt: skip
FIELDS = (
    "DeviceName", "VirtualName", "NoDevice", "Ebs.VolumeSize", "Ebs.VolumeType", "Ebs.Encrypted",
    "Ebs.Iops", "Ebs.Throughput", "Ebs.SnapshotId", "Ebs.NoDevice", "Ebs.DeleteOnTermination",
    "ResourceType", "Tag.1.Key", "Tag.1.Value", "Tag.3.Key", "Tag.0.Value", "EbsCardIndex", "",
)  # fmt: skip
HEADS = (
    "Action", "Version", "Name", "InstanceId", "Description", "NoReboot", "DryRun", "ClientToken",
    "SnapshotLocation", "BootModeOverride", "BlockDeviceMapping", "TagSpecification", "Tag", "name",
    "blockDeviceMapping", "TagSpecifications", "Other", "denied",
)  # fmt: skip
PARAMETERS = st.tuples(
    st.sampled_from(HEADS)
    | st.builds(
        lambda head, index, field: f"{head}{index}.{field}",
        st.sampled_from(HEADS),
        st.sampled_from((".1", ".2", ".0", ".x", "", ".1.1")),
        st.sampled_from(FIELDS),
    ),
    VALUES,
)
FORMS = st.builds(Form, st.sampled_from(("GET", "POST")), content_type=st.just("text/plain"))


def _unindexed(request: Request, world: World) -> dict[str, bool | None]:
    return {id: r.on_request(request, world) for id, r in CATALOGUE.items() if r.on_request}


def _fill(value: Placeholder | UniqueName) -> str:
    if isinstance(value, UniqueName):
        return value.shape
    return SNAPSHOT.id if value is Placeholder.SNAPSHOT else INSTANCES[0].id


def _fixed_drafts(value: object) -> Iterator[Draft]:
    if isinstance(value, Draft):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _fixed_drafts(each)


def test_each_fixed_draft_reads_the_same_with_and_without_the_index() -> None:
    drafts: set[Draft] = set()
    for module in pkgutil.walk_packages(strategies.__path__, "strategies."):
        for value in vars(importlib.import_module(module.name)).values():
            drafts.update(_fixed_drafts(value))
    assert len(drafts) > 100
    for draft in drafts:
        request = draft.bind(_fill)
        assert readings(request, WORLD) == _unindexed(request, WORLD), draft


@given(st.lists(PARAMETERS, max_size=8), st.sampled_from(Signing), st.just(Form()) | FORMS)
def test_each_generated_request_reads_the_same_with_and_without_the_index(
    params: list[tuple[str, str]], signing: Signing, form: Form
) -> None:
    request = Request(tuple(params), form, signing)
    assert readings(request, WORLD) == _unindexed(request, WORLD)


def test_a_request_is_read_by_the_rules_of_its_own_parameters_alone() -> None:
    plain, described = (
        draft.bind(_fill).traits for draft in (create_image(), create_image(Description="x"))
    )
    assert described - plain == {"Description"}
    skipped = [r for r in CATALOGUE.values() if r.only_with and not r.only_with & plain]
    assert len(skipped) > 40
    assert judge(create_image().bind(_fill), WORLD).rules == ()
