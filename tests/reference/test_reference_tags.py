"""The tags of CreateImage, and its newer parameters."""

from __future__ import annotations

import pytest

from fixtures.reference.preloaded import UEFI_IMAGE


def specification(kind: str | None, *tags: tuple[str, str], number: int = 1) -> dict[str, str]:
    """One tag specification."""
    prefix = f"TagSpecification.{number}."
    found = {} if kind is None else {f"{prefix}ResourceType": kind}
    for index, (key, value) in enumerate(tags, start=1):
        found[f"{prefix}Tag.{index}.Key"] = key
        found[f"{prefix}Tag.{index}.Value"] = value
    return found


def tags_of(shown: dict) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in shown.get("Tags", [])}


def test_image_tags(world, rich_instance):
    reply = world.create(rich_instance, specification("image", ("Env", "a"), ("env", "")))
    assert tags_of(world.image(reply)) == {"Env": "a", "env": ""}
    assert [tags_of(each) for each in world.snapshots(reply)] == [{}, {}, {}]


def test_snapshot_tags(world, rich_instance):
    reply = world.create(rich_instance, specification("snapshot", ("k", "v")))
    assert tags_of(world.image(reply)) == {}
    assert [tags_of(each) for each in world.snapshots(reply)] == [{"k": "v"}] * 3


def test_both(world, instance):
    fields = specification("image", ("a", "1")) | specification("snapshot", ("b", "2"), number=2)
    reply = world.create(instance, fields)
    assert tags_of(world.image(reply)) == {"a": "1"}
    assert [tags_of(each) for each in world.snapshots(reply)] == [{"b": "2"}]


def test_no_tags_are_inherited(world):
    tags = [
        {"ResourceType": kind, "Tags": [{"Key": "a", "Value": "b"}]}
        for kind in ("instance", "volume")
    ]
    reply = world.create(world.launch(TagSpecifications=tags))
    assert tags_of(world.image(reply)) == {}
    assert [tags_of(each) for each in world.snapshots(reply)] == [{}]


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("kind", ["instance", "volume", "nonsense", "Image", "IMAGE", "", None])
def test_other_resource_type(world, instance, kind):
    reply = world.create(instance, specification(kind, ("a", "b")))
    assert reply.outcome == (400, "InvalidParameterValue")


@pytest.mark.usefixtures("untouched")
def test_one_bad_specification_spoils_all(world, instance):
    fields = specification("image", ("a", "1")) | specification("volume", ("b", "2"), number=2)
    assert world.create(instance, fields).status == 400


@pytest.mark.parametrize(("count", "status"), [(50, 200), (51, 400)])
def test_count(world, instance, count, status):
    tags = [(f"k{n}", "v") for n in range(count)]
    fields = specification("image", *tags) | specification("snapshot", *tags, number=2)
    before = world.footprint()
    reply = world.create(instance, fields)
    assert reply.status == status
    if status == 200:
        assert len(tags_of(world.image(reply))) == count
    else:
        assert reply.code == "TagLimitExceeded"
        assert world.footprint() == before


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("k" * 128, "v"),
        ("k", "v" * 256),
        ("k", ""),
        ("AWS:k", "v"),
        ("awsome", "aws:v"),
        (" ké<&>", "\U0001f600 \t\r\n!"),
    ],
)
def test_legal_tag(world, instance, key, value):
    reply = world.create(instance, specification("image", (key, value)))
    assert tags_of(world.image(reply)) == {key: value}


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("", "v", "InvalidTagKey.Malformed"),
        ("k" * 129, "v", "InvalidTagKey.Malformed"),
        ("aws:", "v", "InvalidTagKey.Malformed"),
        ("aws:k", "v", "InvalidTagKey.Malformed"),
        ("k", "v" * 257, "InvalidParameterValue"),
        ("k", "\x00", "InvalidCharacter"),
    ],
)
@pytest.mark.parametrize("kind", ["image", "snapshot"])
def test_illegal_tag(world, instance, kind, key, value, code):
    assert world.create(instance, specification(kind, (key, value))).outcome == (400, code)


@pytest.mark.usefixtures("untouched")
def test_repeated_key(world, instance):
    reply = world.create(instance, specification("image", ("k", "1"), ("k", "2")))
    assert reply.outcome == (400, "InvalidParameterValue")


def test_value_left_out(world, instance):
    fields = specification("image", ("k", ""))
    del fields["TagSpecification.1.Tag.1.Value"]
    assert tags_of(world.image(world.create(instance, fields))) == {"k": ""}


@pytest.mark.usefixtures("untouched")
def test_key_left_out(world, instance):
    fields = specification("image", ("k", "v"))
    del fields["TagSpecification.1.Tag.1.Key"]
    assert world.create(instance, fields).outcome == (400, "InvalidTagKey.Malformed")


@pytest.mark.usefixtures("untouched")
def test_specification_without_tags(world, instance):
    assert world.create(instance, specification("image")).outcome == (400, "InvalidParameterValue")


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"SnapshotLocation": "elsewhere"}, "InvalidParameterValue"),
        ({"SnapshotLocation": "regional"}, "InvalidParameterCombination"),
        ({"BootModeOverride": "bios"}, "InvalidParameterValue"),
        ({"BootModeOverride": "uefi"}, "InvalidParameterCombination"),
    ],
)
def test_newer_parameters(world, instance, fields, code):
    assert world.create(instance, fields).outcome == (400, code)


def test_boot_mode_is_inherited_and_may_be_repeated(world):
    instance = world.launch(UEFI_IMAGE)
    assert world.image(world.create(instance))["BootMode"] == "uefi"
    assert world.image(world.create(instance, BootModeOverride="uefi"))["BootMode"] == "uefi"
