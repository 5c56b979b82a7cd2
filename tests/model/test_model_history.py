"""Rules about several requests are decided by a history alone: no endpoint, no clock."""

from __future__ import annotations

import json

import msgspec
import pytest

from conformance.model.answer import Accepted, Rejected
from conformance.model.catalogue import CATALOGUE
from conformance.model.history import (
    AnyStep,
    Came,
    ConsoleSeen,
    Created,
    Deregistered,
    DeregisterRefused,
    Described,
    Disabled,
    Ended,
    History,
    InstanceSeen,
    Launched,
    LaunchRefused,
    Listed,
    SnapshotDeleted,
    SnapshotsSeen,
    Tagged,
    TagsSeen,
)
from conformance.model.judge import history_findings
from conformance.model.rule import Arm, Decides, Kind, Lacks, Violates
from conformance.model.world import DeviceMapping, Effects, Image, Instance, Snapshot, Volume, World

IMAGE, AGAIN, UNKNOWN = "ami-1", "ami-2", "ami-0"
SOURCE = Instance("i-1", "running", volumes=(Volume("vol-1", "/dev/xvda"),))
ROOT = DeviceMapping("/dev/xvda", ebs=True, snapshot_id="snap-1", delete_on_termination=True)
SNAPSHOT = Snapshot("snap-1")
LAUNCHED = Instance(
    "i-2", "running", volumes=(Volume("vol-2", "/dev/xvda", delete_on_termination=True),)
)
CREATED = Created(
    params=(("Action", "CreateImage"), ("InstanceId", "i-1"), ("Name", "n")),
    summary="CreateImage: accepted",
    before=World({"i-1": SOURCE}),
    came=Came.of(Accepted(IMAGE)),
    effects=Effects(Image(IMAGE, "available", mappings=(ROOT,)), (SNAPSHOT,)),
)
SHOWN = Described(image_id=IMAGE, image=Image(IMAGE, "available"))
IN_USE = SnapshotDeleted(snapshot_id="snap-1", came=Came.of(Rejected("InvalidSnapshot.InUse", 400)))
REFUSES = DeregisterRefused(image_id=IMAGE, code="Bad", what="Bad (400)")
REFUSED = LaunchRefused(image_id=IMAGE, why="InvalidAMIID.Unavailable")
CONFORMING: tuple[AnyStep, ...] = (
    CREATED,
    SHOWN,
    Launched(image_id=IMAGE, instance=LAUNCHED),
    InstanceSeen(instance_id="i-2", instance=LAUNCHED),
    Tagged(ids=(IMAGE, "snap-1"), key="later", value="yes"),
    TagsSeen(tags=({"later": "yes"}, {"later": "yes"})),
    IN_USE,
    SnapshotsSeen(asked=("snap-1",), shown=(SNAPSHOT,)),
    Deregistered(image_id=IMAGE),
    Described(image_id=IMAGE, image=None),
    REFUSED,
    SnapshotsSeen(asked=("snap-1",), shown=(SNAPSHOT,)),
    SnapshotDeleted(snapshot_id="snap-1", came=Came.of(Accepted(""))),
    LaunchRefused(image_id=UNKNOWN, why="InvalidAMIID.NotFound"),
)
"""The deregistration scenario of a conforming endpoint."""
DISABLED: tuple[AnyStep, ...] = (
    CREATED,
    Listed(image_id=IMAGE, there=True),
    Disabled(image_id=IMAGE),
    Listed(image_id=IMAGE, there=False),
    Listed(image_id=IMAGE, there=True, disabled_too=True),
)
BOOTED: tuple[AnyStep, ...] = (
    ConsoleSeen(instance_id="i-1", digest=1),
    CREATED,
    ConsoleSeen(instance_id="i-1", digest=2),
)
STAYED_UP: tuple[AnyStep, ...] = (
    ConsoleSeen(instance_id="i-1", digest=1),
    msgspec.structs.replace(CREATED, params=(*CREATED.params, ("NoReboot", "true"))),
    ConsoleSeen(instance_id="i-1", digest=1),
)
BOTH = {Arm.KEEPS, Arm.BREAKS}
CASES = [
    ("lc.deregister", CONFORMING, BOTH),
    ("lc.deregister.snapshots", CONFORMING, BOTH),
    ("lc.deregister.visible", CONFORMING, BOTH),
    ("lc.snapshot.in_use", CONFORMING, BOTH),
    ("lc.tags_later", CONFORMING, BOTH),
    ("st.image.launchable", CONFORMING, BOTH),
    ("st.bdm.devices", CONFORMING, set[Arm]()),
    ("lc.disabled_hidden", DISABLED, BOTH),
    ("noreboot.false", BOOTED, {Arm.KEEPS}),
    ("noreboot.false", STAYED_UP, {Arm.BREAKS}),
    ("noreboot.true", STAYED_UP, {Arm.KEEPS}),
    ("noreboot.true", BOOTED, {Arm.BREAKS}),
]


@pytest.mark.parametrize(("rule_id", "steps", "arms"), CASES)
def test_a_conforming_history_decides(
    rule_id: str, steps: tuple[AnyStep, ...], arms: set[Arm]
) -> None:
    findings = list(history_findings(rule_id, History("x", steps)))
    assert {each.arm for each in findings if isinstance(each, Decides)} == arms
    assert not [each for each in findings if isinstance(each, Violates | Lacks)]


def replaced(steps: tuple[AnyStep, ...], old: AnyStep, new: AnyStep) -> tuple[AnyStep, ...]:
    """The steps with one in place of another, wherever it stands."""
    assert old in steps
    return tuple(new if each == old else each for each in steps)


@pytest.mark.parametrize(
    ("rule_id", "steps", "observed"),
    [
        (
            "lc.deregister",
            replaced(CONFORMING, REFUSED, Launched(image_id=IMAGE, instance=LAUNCHED)),
            "RunInstances launches",
        ),
        (
            "lc.deregister",
            (*CONFORMING[:8], REFUSES, SHOWN),
            "DeregisterImage of the available image: Bad (400)",
        ),
        ("lc.deregister.visible", replaced(CONFORMING, CONFORMING[9], SHOWN), "still shows"),
        (
            "lc.deregister.snapshots",
            (*CONFORMING[:11], SnapshotsSeen(asked=("snap-1",), shown=()), *CONFORMING[12:]),
            "0 of 1 snapshots",
        ),
        ("lc.snapshot.in_use", replaced(CONFORMING, IN_USE, CONFORMING[12]), "a success"),
        (
            "lc.tags_later",
            replaced(CONFORMING, CONFORMING[5], TagsSeen(tags=({"later": "yes"}, {}))),
            "lacks the tag",
        ),
        (
            "st.image.launchable",
            replaced(CONFORMING, CONFORMING[2], REFUSED),
            "RunInstances of the image: InvalidAMIID.Unavailable",
        ),
        (
            "st.bdm.devices",
            replaced(
                CONFORMING,
                CONFORMING[3],
                InstanceSeen(
                    instance_id="i-2",
                    instance=Instance("i-2", "running", volumes=(Volume("vol-2", "/dev/sda1"),)),
                ),
            ),
            "has no /dev/xvda",
        ),
        (
            "lc.disabled_hidden",
            replaced(DISABLED, DISABLED[3], DISABLED[1]),
            "lists the image after DisableImage",
        ),
        (
            "lc.disabled_hidden",
            (*DISABLED[:4], Listed(image_id=IMAGE, there=False, disabled_too=True)),
            "does not list the disabled image",
        ),
        ("noreboot.false", (*BOOTED[:2], BOOTED[0]), "no boot"),
        ("noreboot.true", (*STAYED_UP[:2], BOOTED[2]), "another boot"),
    ],
)
def test_a_violating_history(rule_id: str, steps: tuple[AnyStep, ...], observed: str) -> None:
    findings = history_findings(rule_id, History("x", steps))
    violated = [each for each in findings if isinstance(each, Violates)]
    assert len(violated) == 1
    assert observed in violated[0].observed


@pytest.mark.parametrize("rule_id", [id for id, rule in CATALOGUE.items() if rule.on_history])
def test_a_history_that_ended_early_decides_nothing(rule_id: str) -> None:
    findings = list(history_findings(rule_id, History("x", (Ended(why="inconclusive: x"),))))
    assert findings == [Lacks("inconclusive: x")]


def test_a_refusal_of_an_image_that_is_found_late_is_no_violation() -> None:
    refused = DeregisterRefused(image_id=IMAGE, code="InvalidAMIID.NotFound", what="not found")
    steps = (*CONFORMING[:8], refused, *CONFORMING[8:])
    findings = list(history_findings("lc.deregister", History("x", steps)))
    assert not [each for each in findings if isinstance(each, Violates)]


@pytest.mark.parametrize("rule_id", ["lc.deregister", "lc.snapshot.in_use"])
def test_an_image_that_is_shown_no_more_decides_nothing_of_its_deregistration(
    rule_id: str,
) -> None:
    deleted = SnapshotDeleted(snapshot_id="snap-1", came=Came.of(Accepted(None)))
    steps = replaced(CONFORMING[:8], IN_USE, deleted)
    gone = Described(image_id=IMAGE, image=None)
    findings = list(history_findings(rule_id, History("x", (*steps, REFUSES, gone))))
    assert not [each for each in findings if isinstance(each, Violates)]
    assert any("st.image.exists" in each.why for each in findings if isinstance(each, Lacks))


def test_a_history_survives_a_recording() -> None:
    history = History("x", (*CONFORMING, *DISABLED, *STAYED_UP))
    text = json.dumps(msgspec.to_builtins(history))
    again = msgspec.convert(json.loads(text), History)
    assert again == history


def test_every_rule_on_histories_has_a_check() -> None:
    assert all(
        rule.on_history is not None for rule in CATALOGUE.values() if rule.kind is Kind.HISTORY
    )
