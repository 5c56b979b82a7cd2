"""Block device mappings in the model: expectations, and the rules that wrong effects violate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.model import judge
from conformance.model.expectation import Accept, Either, Reject
from conformance.model.judge import effect_violations
from conformance.model.request import Draft, Request, UniqueName, create_image
from conformance.model.world import DeviceMapping, Effects, Image, Instance, Snapshot, World
from strategies import mappings
from tests.model.devices import MAPPED, SLOTS, SNAPSHOTS, VOLUMES

INSTANCE = Instance("i-0000000a", "running", root_device="/dev/xvda", volumes=VOLUMES)
WORLD = World(
    {INSTANCE.id: INSTANCE},
    snapshots={"snap-0000000a": Snapshot("snap-0000000a", "vol-2", 2, False)},
)
PLAIN = create_image()


def bound(draft: Draft) -> Request:
    return draft.bind(lambda v: v.shape if isinstance(v, UniqueName) else SLOTS[v])


KEPT = (
    mappings.ROOT_KEPT,
    mappings.FLAGS,
    mappings.FLAGS_REPEATED,
    mappings.STAY_AS_THEY_ARE,
    *mappings.STAYS_ENCRYPTED,
    mappings.ALL_LEAST,
    mappings.ALL_GREATEST,
    mappings.ALL_FROM_SNAPSHOT,
    mappings.STORES,
    mappings.OMITTED_BOTH,
    *mappings.LISTED_ALONE,
    mappings.MOST_THROUGHPUT,
    *(mappings.fastest(type) for type in ("gp3", "io1", "io2")),
)
BROKEN = {
    "bdm.enc.unenc_volume": mappings.ENCRYPTS,
    "bdm.enc.from_snapshot": mappings.ENCRYPTED_FROM_SNAPSHOT,
    "bdm.new.size_or_snap": mappings.NO_SIZE_OR_SNAPSHOT,
    "bdm.new.size_ge_snap": (mappings.SMALLER_THAN_SNAPSHOT,),
    "bdm.snap.notfound": mappings.NO_SUCH_SNAPSHOT,
    "bdm.snap.malformed": mappings.MALFORMED_SNAPSHOT,
    "bdm.size.gp2": mappings.beyond_sizes("gp2"),
    "bdm.size.gp3": mappings.beyond_sizes("gp3"),
    "bdm.size.io1": mappings.beyond_sizes("io1"),
    "bdm.size.io2": mappings.beyond_sizes("io2"),
    "bdm.size.hdd": mappings.beyond_sizes("st1") + mappings.beyond_sizes("sc1"),
    "bdm.size.standard": mappings.beyond_sizes("standard"),
    "bdm.size.type": mappings.NON_INTEGER_SIZES,
    "bdm.type.enum": mappings.UNKNOWN_TYPES,
    "bdm.iops.required": mappings.WITHOUT_IOPS,
    "bdm.iops.gp3": mappings.beyond_iops("gp3"),
    "bdm.iops.io1": mappings.beyond_iops("io1"),
    "bdm.iops.io2": mappings.beyond_iops("io2"),
    "bdm.throughput.gp3_only": mappings.THROUGHPUT_OF_OTHERS,
    "bdm.throughput.range": mappings.BEYOND_THROUGHPUT,
    "bdm.virtual.form": mappings.NOT_VIRTUAL,
}
SILENT = (
    *mappings.OTHER_SIZE,
    *mappings.OTHER_FIELDS,
    mappings.SAME_SIZE,
    *mappings.UNSUPPORTED.values(),
    mappings.CARD_INDEX,
    *mappings.IOPS_OF_OTHERS,
    *mappings.BEYOND_RATIO,
    *mappings.MORE_STORES,
    mappings.OMITTED_ROOT,
    mappings.OMITTED_UNKNOWN,
    mappings.OMITTED_INSIDE,
    *mappings.UNLISTED_DEVICES,
    mappings.NO_DEVICE_NAME,
    mappings.TWICE,
    mappings.ALIAS,
    mappings.TWO_FORMS,
    mappings.NAME_ALONE,
)


@pytest.mark.parametrize("draft", KEPT, ids=str)
def test_must_be_accepted(draft: Draft) -> None:
    assert judge(bound(draft), WORLD) == Accept()


@pytest.mark.parametrize("rule_id", BROKEN)
def test_must_be_rejected_for_one_rule(rule_id: str) -> None:
    for draft in BROKEN[rule_id]:
        due = judge(bound(draft), WORLD)
        assert isinstance(due, Reject), draft
        assert due.rules == (rule_id,), draft


@pytest.mark.parametrize("draft", SILENT, ids=str)
def test_unspecified(draft: Draft) -> None:
    assert isinstance(judge(bound(draft), WORLD), Either)


ROOT, ADDED, ENCRYPTED = MAPPED
EMPTY = DeviceMapping("/dev/sdh", ebs=True, size=8, encrypted=False, type="gp2")
FROM_SNAPSHOT = replace(EMPTY, snapshot_id="snap-0000000a", size=2)


def broken_by(
    draft: Draft, *shown: DeviceMapping, snapshots: tuple[Snapshot, ...] = SNAPSHOTS
) -> set[str]:
    """The rules about mappings and snapshots that an image with these mappings violates."""
    image = Image("ami-1", "available", mappings=shown)
    effects = Effects(image, snapshots, INSTANCE)
    found = effect_violations(bound(draft), WORLD, effects)
    return {c.rule for c in found if c.rule.startswith(("bdm.", "st.bdm.", "st.snap."))}


def test_a_correct_image_violates_nothing() -> None:
    assert not broken_by(PLAIN, *MAPPED)
    assert not broken_by(mappings.EMPTY, *MAPPED, EMPTY)
    assert not broken_by(mappings.FROM_SNAPSHOT, *MAPPED, FROM_SNAPSHOT)
    another = replace(EMPTY, encrypted=True, unsupported={"KmsKeyId": "the account's own"})
    assert not broken_by(mappings.UNSUPPORTED["bdm.unsup.kms"], *MAPPED, another)
    assert not broken_by(mappings.OMITTED, ROOT, ENCRYPTED)


STORE = DeviceMapping("/dev/sdh", virtual_name="ephemeral0")
DEFECTS = {
    "a volume is lost": (PLAIN, (ROOT, ADDED), SNAPSHOTS, "st.bdm.devices"),
    "a device too many": (PLAIN, (*MAPPED, EMPTY), SNAPSHOTS, "st.bdm.devices"),
    "the others are lost": (mappings.EMPTY, (EMPTY,), SNAPSHOTS, "st.bdm.merge"),
    "the instance's flag is lost": (
        PLAIN, (ROOT, ADDED, replace(ENCRYPTED, delete_on_termination=True)), SNAPSHOTS,
        "st.bdm.dot_inherit",
    ),
    "the requested flag is lost": (
        mappings.ROOT_KEPT, MAPPED, SNAPSHOTS, "bdm.existing.dot",
    ),
    "a snapshot is missing": (PLAIN, MAPPED, SNAPSHOTS[:2], "st.snap.per_volume"),
    "two of one volume": (
        PLAIN, MAPPED, (*SNAPSHOTS, replace(SNAPSHOTS[0], id="snap-9")), "st.snap.per_volume",
    ),
    "another snapshot is mapped": (
        PLAIN, (replace(ROOT, snapshot_id="snap-9"), ADDED, ENCRYPTED), SNAPSHOTS,
        "st.snap.in_bdm",
    ),
    "the snapshot is larger": (
        PLAIN, MAPPED, (replace(SNAPSHOTS[0], size=9), *SNAPSHOTS[1:]), "st.snap.size",
    ),
    "the snapshot is not encrypted": (
        PLAIN, MAPPED, (*SNAPSHOTS[:2], replace(SNAPSHOTS[2], encrypted=False)), "st.snap.enc",
    ),
    "the description names nothing": (
        PLAIN, MAPPED, (replace(SNAPSHOTS[0], description="a copy"), *SNAPSHOTS[1:]),
        "st.snap.desc",
    ),
    "the size has changed": (
        mappings.OTHER_SIZE[0], (ROOT, replace(ADDED, size=3), ENCRYPTED), SNAPSHOTS,
        "bdm.existing.size",
    ),
    "the type has changed": (
        mappings.OTHER_TYPE, (ROOT, replace(ADDED, type="st1"), ENCRYPTED), SNAPSHOTS,
        "bdm.existing.only_dot",
    ),
    "the flag encrypts": (
        mappings.STAYS_UNENCRYPTED, (ROOT, replace(ADDED, encrypted=True), ENCRYPTED), SNAPSHOTS,
        "bdm.existing.encryption",
    ),
    "the flag decrypts": (
        mappings.STAYS_ENCRYPTED[0], (ROOT, ADDED, replace(ENCRYPTED, encrypted=False)), SNAPSHOTS,
        "bdm.enc.enc_volume",
    ),
    "the new volume is ignored": (mappings.EMPTY, MAPPED, SNAPSHOTS, "bdm.new.ebs_empty"),
    "the new volume is smaller": (
        mappings.EMPTY, (*MAPPED, replace(EMPTY, size=1)), SNAPSHOTS, "bdm.new.ebs_empty",
    ),
    "the new volume is encrypted": (
        mappings.EMPTY, (*MAPPED, replace(EMPTY, encrypted=True)), SNAPSHOTS, "bdm.enc.new_empty",
    ),
    "the new volume has the key": (
        mappings.UNSUPPORTED["bdm.unsup.kms"],
        (*MAPPED, replace(EMPTY, encrypted=True, unsupported={"KmsKeyId": mappings.KEY})),
        SNAPSHOTS, "bdm.unsup.kms",
    ),
    "the new volume has the zone": (
        mappings.UNSUPPORTED["bdm.unsup.az"],
        (*MAPPED, replace(EMPTY, unsupported={"AvailabilityZone": "us-east-1a"})),
        SNAPSHOTS, "bdm.unsup.az",
    ),
    "the snapshot is ignored": (
        mappings.FROM_SNAPSHOT, (*MAPPED, replace(FROM_SNAPSHOT, snapshot_id=None)), SNAPSHOTS,
        "bdm.new.ebs_snapshot",
    ),
    "the device is there all the same": (
        mappings.OMITTED, MAPPED, SNAPSHOTS, "bdm.nodevice.presence",
    ),
    "instance store is EBS": (
        mappings.STORE, (*MAPPED, replace(EMPTY, snapshot_id="snap-9")), SNAPSHOTS,
        "bdm.virtual.effect",
    ),
}  # fmt: skip


@pytest.mark.parametrize("defect", DEFECTS)
def test_one_defect_violates_one_rule(defect: str) -> None:
    draft, shown, snapshots, rule_id = DEFECTS[defect]
    assert broken_by(draft, *shown, snapshots=snapshots) == {rule_id}


def test_an_instance_store_volume_keeps_no_data() -> None:
    source = replace(INSTANCE, instance_store={"/dev/sdh": "ephemeral0"})
    world = replace(WORLD, instances={source.id: source})
    kept = Image("ami-1", "available", mappings=(*MAPPED, STORE))
    lost = replace(kept, mappings=(*MAPPED, EMPTY))
    for image, expected in ((kept, set()), (lost, {"st.bdm.ephemeral"})):
        found = effect_violations(bound(PLAIN), world, Effects(image, SNAPSHOTS, source))
        assert {c.rule for c in found if c.rule.startswith("st.bdm.")} == expected
