"""Tags in the model: expectations, and the rule that each difference violates."""

from __future__ import annotations

import pytest
from hypothesis import given

from conformance.model import CATALOGUE, judge
from conformance.model.expectation import Accept, Either, Expectation, Reject
from conformance.model.judge import effect_violations
from conformance.model.request import Draft, Placeholder, Request, UniqueName, create_image
from conformance.model.world import Effects, Image, Instance, Snapshot, World
from strategies import tags
from strategies.tags import Tag, beside, on_image, on_snapshots, tagged

SOURCE = Instance("i-0000000000000000a", "running", root_device_type="ebs", tags={"run": "1"})
WORLD = World({SOURCE.id: SOURCE})


def bound(draft: Draft) -> Request:
    def fill(value: Placeholder | UniqueName) -> str:
        return value.shape if isinstance(value, UniqueName) else SOURCE.id

    return draft.bind(fill)


def due(draft: Draft) -> Expectation:
    return judge(bound(draft), WORLD)


ACCEPTED = {
    "nothing": create_image(),
    "rich": tags.RICH,
    "rich snapshots": tags.RICH_SNAPSHOTS,
    "fifty on both": tags.FIFTY_ON_BOTH,
    "few on both": tags.FEW_ON_BOTH,
    "cases": tags.CASES,
    "empty": tags.EMPTY,
    "unreserved": tags.UNRESERVED,
    "the page's example": tagged(("image", [tags.PURPOSE]), ("snapshot", [tags.PURPOSE])),
    "127 characters of two bytes": on_image(("é" * 127, "я" * 255)),
    "without permission to tag": tags.UNTAGGED_WITHOUT_PERMISSION,
}  # fmt: skip


@pytest.mark.parametrize("draft", ACCEPTED.values(), ids=ACCEPTED)
def test_must_be_accepted(draft: Draft) -> None:
    assert due(draft) == Accept()


REFUSED = {
    "tag.rt.other": (*tags.OTHER_TYPES, tags.OTHER_TYPE_BESIDE, *tags.every_other_type()),
    "tag.rt.missing": tags.UNTYPED,
    "tag.count.50": tags.TOO_MANY,
    "tag.key.max": tags.KEY_TOO_LONG,
    "tag.key.empty": tags.NO_KEY,
    "tag.key.aws": tags.RESERVED_KEYS,
    "tag.value.max": tags.VALUE_TOO_LONG,
    "auth.tags": tags.TAGGED_WITHOUT_PERMISSION,
}


@pytest.mark.parametrize("rule_id", REFUSED)
def test_must_be_rejected_for_one_rule(rule_id: str) -> None:
    for draft in REFUSED[rule_id]:
        assert due(draft) == Reject(CATALOGUE[rule_id].codes, (rule_id,)), draft


@pytest.mark.parametrize("draft", tags.PARTLY_INVALID, ids=range(len(tags.PARTLY_INVALID)))
def test_one_bad_tag_among_good_ones(draft: Draft) -> None:
    assert isinstance(due(draft), Reject)


UNSPECIFIED = {
    "tag.rt.case": tags.TYPES_IN_ANOTHER_CASE,
    "tag.rt.repeat": tags.REPEATED_TYPE,
    "tag.spec.no_tags": tags.NO_TAGS,
    "tag.key.unique": tags.REPEATED_KEYS,
    "tag.key.max": (tags.BETWEEN_KEYS,),
    "tag.value.max": (tags.BETWEEN_VALUES,),
    "tag.key.aws_case": tags.RESERVED_IN_ANOTHER_CASE,
    "tag.value.absent": tags.NO_VALUE,
    "tag.value.aws": tags.RESERVED_VALUES,
    "tag.length.unit": tags.UNITS,
    "tag.charset": tags.CONTROLS,
}


@pytest.mark.parametrize("rule_id", UNSPECIFIED)
def test_unspecified(rule_id: str) -> None:
    for draft in UNSPECIFIED[rule_id]:
        assert due(draft) == Either((rule_id,)), draft


@pytest.mark.parametrize(
    "draft",
    [
        tagged(("image", tags.many(51)), ("image", tags.many(1))),
        create_image().having({"TagSpecification.2.ResourceType": "volume"}),
        create_image().having(
            {"TagSpecification.1.ResourceType": "image", "TagSpecification.1.Tag.2.Key": ""}
        ),
    ],
    ids=["51 of a type that comes twice", "another type at 2", "an empty key at 2"],
)
def test_an_ambiguous_list_breaks_nothing(draft: Draft) -> None:
    assert isinstance(due(draft), Either)


def test_the_types_are_those_of_the_installed_botocore() -> None:
    types = {value for d in tags.every_other_type() for n, value in d.params if "Type" in n}
    assert {"natgateway", "vpc-flow-log", "subnet"} <= types
    assert not types & {"image", "snapshot"}
    assert len(types) > 80


@given(tags.texts())
def test_texts_are_legal(draft: Draft) -> None:
    assert due(draft) == Accept()


@given(tags.counts())
def test_up_to_50_are_legal(draft: Draft) -> None:
    assert due(draft) == Accept()


@given(tags.keys_too_long())
def test_long_keys_break_one_rule(draft: Draft) -> None:
    assert due(draft) == Reject(None, ("tag.key.max",))


@given(tags.reserved_keys())
def test_reserved_keys_break_one_rule(draft: Draft) -> None:
    assert due(draft) == Reject(CATALOGUE["tag.key.aws"].codes, ("tag.key.aws",))


# Effects.


def violated(
    draft: Draft,
    image: dict[str, str],
    *snapshots: dict[str, str],
    described: dict[str, dict[str, str]] | None = None,
    repeated: tuple[str, ...] = (),
) -> list[str]:
    """The rules about tags that an image and snapshots with these tags violate."""
    effects = Effects(
        Image("ami-1", tags=image, repeated_keys=repeated),
        tuple(Snapshot(f"snap-{n}", tags=each) for n, each in enumerate(snapshots)),
        SOURCE,
        described or {},
    )
    found = effect_violations(bound(draft), WORLD, effects)
    return [c.rule for c in found if c.rule.startswith("tag.")]


PURPOSE = {"purpose": "test"}
RICH = {key or "": value or "" for key, value in tags.RICH_TAGS}


def with_tag(*tag: Tag) -> dict[str, str]:
    return PURPOSE | {key or "": value or "" for key, value in tag}


@pytest.mark.parametrize(
    ("draft", "image", "snapshots"),
    [
        (create_image(), {}, [{}, {}]),
        (create_image(), {"aws:created-by": "a service"}, [{}, {}]),
        (tags.RICH, RICH, [{}, {}]),
        (tags.RICH_SNAPSHOTS, {}, [RICH, RICH]),
        (tagged(("image", [("a", "1")]), ("snapshot", [("a", "2")])), {"a": "1"}, [{"a": "2"}] * 2),
        # Of these nothing is said, so nothing is wrong with what becomes of them.
        (on_image(("a", None)), {}, [{}]),
        (on_image(("a", "1"), ("a", "2")), {"a": "1"}, [{}]),
        (beside(("AWS:a", "1")), PURPOSE, [{}]),
        (tagged(("image", [("a", "1")]), ("image", [("b", "2")])), {"b": "2"}, [{}]),
        (tagged(("Image", [("a", "1")])), {}, [{}]),
        (on_image(("k" * 128, "v")), {"k" * 127: "v"}, [{}]),
        (create_image().having({"TagSpecification.2.ResourceType": "image"}), {"x": "y"}, [{}]),
    ],
)  # fmt: skip
def test_correct_tags_violate_nothing(
    draft: Draft, image: dict[str, str], snapshots: list[dict[str, str]]
) -> None:
    assert violated(draft, image, *snapshots) == []


BOTH = tagged(("image", [("a", "1"), ("both", "i")]), ("snapshot", [("b", "2"), ("both", "s")]))
IMAGE_OF_BOTH, SNAPSHOT_OF_BOTH = {"a": "1", "both": "i"}, {"b": "2", "both": "s"}


@pytest.mark.parametrize(
    ("rule_id", "draft", "image", "snapshots"),
    [
        ("tag.optional", create_image(), {"run": "1"}, [{}, {}]),
        ("tag.optional", create_image(), {}, [{}, {"run": "1"}]),
        ("tag.optional", create_image(), {"Name": "made up"}, [{}, {}]),
        ("tag.optional", tags.ON_IMAGE, {**PURPOSE, "run": "1"}, [{}, {}]),
        ("tag.rt.image", tags.ON_IMAGE, {}, [{}, {}]),
        ("tag.rt.image", tags.RICH, {}, [{}, {}]),
        ("tag.rt.image", tags.RICH, dict(list(RICH.items())[:9]), [{}, {}]),
        ("tag.rt.image", tags.RICH, RICH, [RICH, RICH]),
        ("tag.rt.image", tags.ON_IMAGE, {}, [PURPOSE, PURPOSE]),
        ("tag.rt.snapshot", tags.ON_SNAPSHOTS, {}, [{}, {}]),
        ("tag.rt.snapshot", tags.ON_SNAPSHOTS, {}, [PURPOSE, {}]),
        ("tag.rt.snapshot", tags.RICH_SNAPSHOTS, {}, [RICH, {}]),
        ("tag.rt.snapshot", tags.ON_SNAPSHOTS, PURPOSE, [PURPOSE, PURPOSE]),
        ("tag.rt.snapshot", tags.ON_SNAPSHOTS, PURPOSE, [{}, {}]),
        ("tag.rt.both", BOTH, IMAGE_OF_BOTH, [{}, {}]),
        ("tag.rt.both", BOTH, {}, [SNAPSHOT_OF_BOTH]),
        ("tag.rt.both", BOTH, SNAPSHOT_OF_BOTH, [SNAPSHOT_OF_BOTH]),
        ("tag.rt.both", BOTH, IMAGE_OF_BOTH | SNAPSHOT_OF_BOTH, [SNAPSHOT_OF_BOTH]),
        ("tag.key.case", tags.RICH, {k.lower(): v for k, v in RICH.items()}, [{}]),
        ("tag.key.case", tags.CASES, with_tag(("env", "three")), [{}]),
        ("tag.key.case", on_image(("Env", "1")), {"env": "1"}, [{}]),
        ("tag.key.case", on_snapshots(("Env", "1")), {}, [{"ENV": "1"}]),
        ("tag.value.empty", tags.RICH, {k: v for k, v in RICH.items() if v}, [{}]),
        ("tag.value.empty", tags.EMPTY, with_tag(("empty", "None")), [{}]),
        ("tag.charset", tags.RICH, {k.strip(): v for k, v in RICH.items()}, [{}]),
        ("tag.charset", tags.RICH, {k: v.strip() for k, v in RICH.items()}, [{}]),
        ("tag.charset", tags.RICH, {k: v for k, v in RICH.items() if k.isascii()}, [{}]),
        ("tag.charset", on_image(("ключ", "v")), {"????": "v"}, [{}]),
        ("tag.charset", on_image(("k", "Ä")), {"k": "A\u0308"}, [{}]),
        ("tag.charset", on_image(("k", "a&b")), {"k": "a"}, [{}]),
        ("tag.key.max", tags.RICH, {k[:100]: v for k, v in RICH.items()}, [{}]),
        ("tag.value.max", tags.RICH, {k: v[:128] for k, v in RICH.items()}, [{}]),
    ],
)  # fmt: skip
def test_one_difference_violates_one_rule(
    rule_id: str, draft: Draft, image: dict[str, str], snapshots: list[dict[str, str]]
) -> None:
    assert violated(draft, image, *snapshots) == [rule_id]


def test_a_repeated_key() -> None:
    assert violated(tags.ON_IMAGE, PURPOSE, {}, repeated=("purpose",)) == ["tag.key.unique"]


def test_describe_tags_shows_the_same() -> None:
    described = {"ami-1": PURPOSE, "snap-0": {}}
    assert violated(tags.ON_IMAGE, PURPOSE, {}, described=described) == []
    for wrong in (
        {**described, "ami-1": {}},
        {**described, "snap-0": PURPOSE},
        {**described, "ami-1": {"purpose": "?"}},
    ):
        assert violated(tags.ON_IMAGE, PURPOSE, {}, described=wrong) == ["tag.immediate"]
    # Where they are nowhere it is tag.rt.image's alone.
    assert violated(tags.ON_IMAGE, {}, {}, described=described) == ["tag.rt.image"]


def test_an_image_that_is_not_observed_violates_nothing() -> None:
    effects = Effects(None, (Snapshot("snap-0"),), SOURCE, {"snap-0": PURPOSE})
    for draft in (create_image(), tags.RICH, tags.RICH_SNAPSHOTS):
        found = effect_violations(bound(draft), WORLD, effects)
        assert not [c.rule for c in found if c.rule.startswith("tag.")]


def test_a_tag_under_another_key_and_one_with_another_value_are_said_so() -> None:
    request = bound(on_image(("Key", "one"), ("other", "two")))
    image = Image("ami-1", tags={"key": "one", "other": "2"})
    observed = {each.observed for each in effect_violations(request, WORLD, Effects(image))}
    assert observed >= {
        "the image has the requested tag 'Key' under the key 'key'",
        "the image's tag 'other' is '2'; the request has 'two'",
    }
