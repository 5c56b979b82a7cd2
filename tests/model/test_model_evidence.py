"""The evidence of rules on effects: what an answer has to show before a rule counts it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.model import CATALOGUE
from conformance.model.judge import effect_violations, lacking_evidence
from conformance.model.overlay import NO_VOLUMES
from conformance.model.request import (
    Draft,
    Form,
    Request,
    UniqueName,
    create_image,
)
from conformance.model.world import DeviceMapping, Effects, Image, Instance, Snapshot, World
from strategies import descriptions, mappings
from tests.model.devices import ACCOUNT, MAPPED, SLOTS, SNAPSHOTS, VOLUMES

INSTANCE = Instance(
    "i-0000000a",
    "running",
    root_device="/dev/xvda",
    architecture="x86_64",
    launch_time="2026-01-01T00:00:00.000Z",
    volumes=VOLUMES,
    instance_store={"/dev/sdh": "ephemeral0"},
)
STORE = DeviceMapping("/dev/sdh", virtual_name="ephemeral0")
NEW = DeviceMapping("/dev/sdi", ebs=True, size=8, encrypted=False, type="gp2", iops=3000)
ADDS = create_image(
    **{
        "BlockDeviceMapping.1.DeviceName": NEW.device,
        "BlockDeviceMapping.1.Ebs.VolumeSize": "8",
    }
)
PLAIN = create_image()
TAGS = {"purpose": "test"}
TAGGED = create_image(
    **{
        "TagSpecification.1.ResourceType": "image",
        "TagSpecification.1.Tag.1.Key": "purpose",
        "TagSpecification.1.Tag.1.Value": "test",
        "TagSpecification.2.ResourceType": "snapshot",
        "TagSpecification.2.Tag.1.Key": "purpose",
        "TagSpecification.2.Tag.1.Value": "test",
    }
)
SNAPSHOTS_TAGGED = create_image(
    **{
        "TagSpecification.1.ResourceType": "snapshot",
        "TagSpecification.1.Tag.1.Key": "purpose",
        "TagSpecification.1.Tag.1.Value": "test",
    }
)
WORLD = World(
    {INSTANCE.id: INSTANCE},
    snapshots={"snap-0000000a": Snapshot("snap-0000000a", "vol-2", 2, False)},
    account=ACCOUNT,
)
IMAGE = Image(
    "ami-1",
    "available",
    description="a",
    owner=ACCOUNT,
    public=False,
    type="machine",
    root_device="/dev/xvda",
    root_device_type="ebs",
    architecture="x86_64",
    creation_date="2026-01-01T00:00:05.000Z",
    mappings=(*MAPPED, STORE, NEW),
    tags=TAGS,
)
EFFECTS = Effects(
    IMAGE,
    tuple(replace(each, tags=TAGS) for each in SNAPSHOTS),
    INSTANCE,
    {"ami-1": TAGS},
)
BARE_WORLD = replace(WORLD, instances={INSTANCE.id: replace(INSTANCE, volumes=())})


def bound(draft: Draft) -> Request:
    return draft.bind(lambda v: v.shape if isinstance(v, UniqueName) else SLOTS[v])


def image(**changes: object) -> Effects:
    return replace(EFFECTS, image=replace(IMAGE, **changes))  # type: ignore[arg-type]


def mapped(**changes: object) -> Effects:
    """The image's mappings with other fields."""
    return image(mappings=tuple(replace(m, **changes) for m in IMAGE.mappings))  # type: ignore[arg-type]


NO_SNAPSHOTS = replace(EFFECTS, snapshots=())
NO_MAPPINGS = image(mappings=())
UNTAGGED = replace(EFFECTS, image=replace(IMAGE, tags={}), snapshots=SNAPSHOTS)
SIZED = mappings.OTHER_SIZE[0]
ADDS_GP3 = ADDS.having({"BlockDeviceMapping.1.Ebs.VolumeType": "gp3"})

LACKING: dict[str, tuple[Draft, World, Effects, str]] = {
    "st.image.owner": (PLAIN, replace(WORLD, account=None), EFFECTS, "account is unknown"),
    "st.image.private": (PLAIN, WORLD, image(public=None), "no isPublic"),
    "st.image.inherit": (
        PLAIN, WORLD, image(architecture=None, root_device=None), "no attribute is shown",
    ),
    "st.image.date": (PLAIN, WORLD, image(creation_date=None), "see st.image.type"),
    "st.bdm.devices": (PLAIN, BARE_WORLD, EFFECTS, NO_VOLUMES),
    "st.bdm.merge": (ADDS, BARE_WORLD, EFFECTS, NO_VOLUMES),
    "st.bdm.dot_inherit": (PLAIN, WORLD, NO_MAPPINGS, "see st.bdm.devices"),
    "st.bdm.ephemeral": (PLAIN, WORLD, image(mappings=MAPPED), "no instance store volume"),
    "st.snap.per_volume": (PLAIN, BARE_WORLD, NO_SNAPSHOTS, NO_VOLUMES),
    "st.snap.in_bdm": (PLAIN, WORLD, NO_SNAPSHOTS, "see st.snap.per_volume"),
    "st.snap.size": (
        PLAIN, WORLD, replace(EFFECTS, snapshots=tuple(replace(s, size=None) for s in SNAPSHOTS)),
        "both show a size",
    ),
    "st.snap.enc": (
        PLAIN, WORLD,
        replace(EFFECTS, snapshots=tuple(replace(s, encrypted=None) for s in SNAPSHOTS)),
        "whether they are encrypted",
    ),
    "st.snap.desc": (PLAIN, WORLD, NO_SNAPSHOTS, "see st.snap.per_volume"),
    "st.snap.owner": (PLAIN, replace(WORLD, account=None), EFFECTS, "account is unknown"),
    "noreboot.identity": (
        PLAIN, BARE_WORLD, replace(EFFECTS, instance=BARE_WORLD.instances[INSTANCE.id]), NO_VOLUMES,
    ),
    "st.instance.same": (PLAIN, WORLD, replace(EFFECTS, instance=None), "see noreboot.identity"),
    "tag.optional": (PLAIN, WORLD, replace(EFFECTS, image=None), "see st.image.exists"),
    "tag.rt.image": (TAGGED, WORLD, replace(EFFECTS, image=None), "see st.image.exists"),
    "tag.rt.snapshot": (
        SNAPSHOTS_TAGGED, WORLD, replace(UNTAGGED, snapshots=()), "see st.snap.per_volume",
    ),
    "tag.rt.both": (TAGGED, BARE_WORLD, NO_SNAPSHOTS, NO_VOLUMES),
    "tag.immediate": (
        TAGGED, WORLD, replace(EFFECTS, described_tags={}), "DescribeTags was not read",
    ),
    **dict.fromkeys(
        ("tag.key.unique", "tag.key.max", "tag.key.case", "tag.value.max", "tag.value.empty",
         "tag.charset"),
        (TAGGED, WORLD, UNTAGGED, "see tag.rt.image"),
    ),
    "bdm.existing.dot": (mappings.ROOT_KEPT, WORLD, NO_MAPPINGS, "see st.bdm.merge"),
    "bdm.existing.size": (SIZED, WORLD, mapped(size=None), "do not both show VolumeSize"),
    "bdm.existing.only_dot": (
        mappings.OTHER_TYPE, WORLD, mapped(type=None), "show none of the fields",
    ),
    "bdm.existing.encryption": (
        mappings.STAYS_UNENCRYPTED, WORLD, mapped(encrypted=None), "do not both show Encrypted",
    ),
    "bdm.enc.enc_volume": (
        mappings.STAYS_ENCRYPTED[0], WORLD, mapped(encrypted=None), "do not both show Encrypted",
    ),
    "bdm.iops.default": (ADDS_GP3, WORLD, mapped(iops=None), "shows no IOPS"),
    "bdm.enc.new_empty": (ADDS, WORLD, mapped(encrypted=None), "does not show whether"),
    **dict.fromkeys(
        ("bdm.new.ebs_empty", "bdm.new.ebs_snapshot", "bdm.virtual.effect", "bdm.nodevice.presence",
         "bdm.unsup.kms", "bdm.unsup.outpost", "bdm.unsup.az", "bdm.unsup.initrate"),
        (ADDS, WORLD, NO_MAPPINGS, "see st.bdm.merge"),
    ),
    "desc.plus": (
        create_image(Description="é a").sent(form=Form(space="+")), WORLD, EFFECTS,
        "do not specify every character",
    ),
    "desc.roundtrip": (
        create_image(Description="a b").sent(form=Form(space="+")), WORLD, EFFECTS,
        "desc.plus or wire.urlencode",
    ),
    "wire.urlencode": (
        create_image(Description="a&b c").sent(form=Form(space="+")), WORLD, EFFECTS,
        "desc.plus compares",
    ),
}  # fmt: skip
"""By rule: a request whose effects cannot contradict it, and a part of the reason."""

SHOWS = {
    "desc.plus": descriptions.ROUND_TRIP[0].sent(form=Form(space="+")),
    "desc.roundtrip": create_image(Description="a"),
    "wire.urlencode": create_image(Description="a&b"),
}
"""The requests with evidence that differ from those without."""


def test_every_rule_with_evidence_is_here() -> None:
    assert {rule.id for rule in CATALOGUE.values() if rule.evidence} == LACKING.keys()


@pytest.mark.parametrize("rule_id", LACKING)
def test_effects_that_can_contradict_a_rule(rule_id: str) -> None:
    request = bound(SHOWS.get(rule_id, LACKING[rule_id][0]))
    assert lacking_evidence(CATALOGUE[rule_id], request, WORLD, EFFECTS) is None


@pytest.mark.parametrize("rule_id", LACKING)
def test_effects_that_cannot_contradict_a_rule(rule_id: str) -> None:
    draft, world, effects, reason = LACKING[rule_id]
    found = lacking_evidence(CATALOGUE[rule_id], bound(draft), world, effects)
    assert found is not None
    assert reason in found
    violated = {c.rule for c in effect_violations(bound(draft), world, effects)}
    assert rule_id not in violated


@pytest.mark.parametrize(
    ("rule_id", "call"),
    [
        ("st.image.type", "DescribeImages"),
        ("st.snap.per_volume", "DescribeSnapshots"),
        ("noreboot.identity", "DescribeInstances"),
        ("noreboot.identity", "DescribeVolumes"),
        ("tag.immediate", "DescribeTags"),
    ],
)
def test_a_failed_call_decides_nothing(rule_id: str, call: str) -> None:
    nothing = Effects(None, failed={call: "InternalError (500)"})
    reason = lacking_evidence(CATALOGUE[rule_id], bound(PLAIN), WORLD, nothing)
    assert reason == f"inconclusive: {call}: InternalError (500)"
    assert rule_id not in {c.rule for c in effect_violations(bound(PLAIN), WORLD, nothing)}


def broken(effects: Effects, world: World = WORLD, draft: Draft = PLAIN) -> set[str]:
    return {c.rule for c in effect_violations(bound(draft), world, effects)}


def test_promised_elements_must_be_shown() -> None:
    assert "st.image.owner" in broken(image(owner=None), replace(WORLD, account=None))
    ownerless = replace(EFFECTS, snapshots=tuple(replace(s, owner=None) for s in SNAPSHOTS))
    assert "st.snap.owner" in broken(ownerless, replace(WORLD, account=None))
    assert "st.snap.per_volume" in broken(NO_SNAPSHOTS)
    assert "st.bdm.devices" in broken(NO_MAPPINGS, BARE_WORLD)
    assert "st.bdm.devices" not in broken(EFFECTS, BARE_WORLD)


def test_an_error_in_place_of_the_image() -> None:
    error = Effects(None, image_error="InternalError (500)")
    assert "st.image.exists" in broken(error)
    lost = Effects(None, failed={"DescribeImages": "timed out"})
    assert "st.image.exists" not in broken(lost)


@pytest.mark.parametrize(
    "id", ["bdm.new.ebs_empty", "bdm.new.ebs_snapshot", "bdm.virtual.effect", "bdm.unsup.kms"]
)
def test_a_renamed_device_shows_nothing_of_what_was_asked_for_it(id: str) -> None:
    renamed = replace(NEW, device="/dev/xvdi")
    shown = replace(EFFECTS, image=replace(IMAGE, mappings=(*MAPPED, STORE, renamed)))
    request = bound(ADDS)
    assert lacking_evidence(CATALOGUE[id], request, WORLD, EFFECTS) is None
    why = lacking_evidence(CATALOGUE[id], request, WORLD, shown)
    assert why is not None
    assert "st.bdm.devices" in why
