"""Public observations of AWS, judged by the model: allowed, or a known deviation of AWS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.model import CATALOGUE, judge
from conformance.model.answer import Accepted, Outcome, Rejected, Throttled
from conformance.model.attribution import Undecided, attribute
from conformance.model.aws import adopt, by_aws
from conformance.model.codes import THROTTLING
from conformance.model.expectation import Either, Expectation
from conformance.model.judge import effect_violations, reindex
from conformance.model.request import API_VERSION, Request, Signing
from conformance.model.world import (
    DeviceMapping,
    Effects,
    Image,
    Instance,
    Snapshot,
    Volume,
    World,
)
from conformance.wire.decoding import describe
from conformance.wire.decoding.decode import outcome_of, parse
from fixtures.observed import Observed, bodies, observations
from fixtures.observed.readings import READINGS, Described, NotApplicable, Sent

INSTANCE = "i-0123456789abcdef0"
SNAPSHOT = "snap-0123456789abcdef0"
ACCOUNT = "111122223333"
VOLUMES = (
    Volume("vol-1", "/dev/sda1", 8, False, True, "gp2"),
    Volume("vol-2", "/dev/sdf", 1, False, True, "gp2"),
    Volume("vol-3", "/dev/sdg", 2, True, False, "gp2"),
)
BY_ID = {each.id: each for each in observations()}
SENT = {id: reading for id, reading in READINGS.items() if isinstance(reading, Sent)}
DESCRIBED = {id: reading for id, reading in READINGS.items() if isinstance(reading, Described)}


def _world(state: str) -> World:
    instance = Instance(
        INSTANCE, state, root_device="/dev/sda1", root_device_type="ebs", volumes=VOLUMES
    )
    snapshot = Snapshot(SNAPSHOT, "vol-9", 2, False, "completed")
    return World(
        instances={INSTANCE: instance} if state else {},
        snapshots={SNAPSHOT: snapshot},
        account=ACCOUNT,
    )


def _request(given: dict[str, str], unsigned: str = "") -> Request:
    plain = {"Action": "CreateImage", "Version": API_VERSION, "InstanceId": INSTANCE}
    params = {**plain, "Name": "amiproof", **given}
    return Request(tuple(params.items()), signing=Signing(unsigned or "valid"))


def _outcome(seen: Observed) -> Outcome:
    if seen.outcome == "success":
        return Accepted("ami-12345678")
    if seen.code in THROTTLING:
        return Throttled(seen.code, seen.http_status or 503)
    return Rejected(seen.code or "", seen.http_status or 400, seen.message or "")


def test_every_observation_is_read_once() -> None:
    assert list(BY_ID) == [seen.id for seen in observations()], "an id comes twice"
    assert BY_ID.keys() == READINGS.keys()
    for id, reading in READINGS.items():
        assert not isinstance(reading, NotApplicable) or reading.why, id
        assert BY_ID[id].source.startswith("https://") or BY_ID[id].source, id


def _judged(id: str) -> tuple[Expectation, Outcome, bool]:
    """The expectation for an observed request, its outcome, and whether that is allowed."""
    reading, seen = SENT[id], BY_ID[id]
    request, world = _request(dict(reading.given), reading.unsigned), _world(reading.state)
    if reading.name_in_use:
        world = World(world.instances, {request.name or "": "ami-00000000"}, world.snapshots)
    due, outcome = judge(request, world), _outcome(seen)
    undecided = isinstance(attribute(due, outcome, "a rule"), Undecided)
    without_code = isinstance(outcome, Rejected) and not outcome.code
    refused = without_code and (isinstance(due, Either) or not due.allows(Accepted("")))
    return due, outcome, due.allows(outcome) or undecided or refused


@pytest.mark.parametrize("id", sorted(SENT))
def test_an_answer_of_aws(id: str) -> None:
    reading = SENT[id]
    due, outcome, allowed = _judged(id)
    if reading.deviates or reading.formerly:
        if reading.formerly:
            assert "accepted before" in CATALOGUE[reading.formerly].aws.note
        else:
            _known(reading.deviates)
        assert not allowed, f"{id}: the model allows it: AWS does not deviate"
    else:
        assert allowed, f"{id}: {due} does not allow {outcome}"


def _broken(reading: Described) -> set[str]:
    """The rules that an image and its snapshots, as observed, break."""
    request, world = _request(dict(reading.given)), _world("running")
    snapshots = tuple(
        Snapshot(
            f"snap-{n}", v.id, v.size, v.encrypted, "completed",
            reading.description or "Created by CreateImage for ami-12345678", ACCOUNT,
            reading.snapshot_tags,
        )
        for n, v in enumerate(VOLUMES)
    )  # fmt: skip
    mappings = tuple(
        DeviceMapping(
            v.device, ebs=True, snapshot_id=s.id, size=reading.sizes.get(v.device, v.size),
            encrypted=v.encrypted,
            delete_on_termination=v.delete_on_termination, type=v.type,
        )
        for v, s in zip(VOLUMES, snapshots, strict=True)
        if not reading.mapped or v.device in reading.mapped
    )  # fmt: skip
    image = Image(
        "ami-12345678",
        reading.state,
        name="amiproof",
        description=request.description,
        owner=ACCOUNT,
        public=False,
        type="machine",
        creation_date="2026-01-01T00:00:00.000Z",
        root_device="/dev/sda1",
        root_device_type="ebs",
        source_instance=INSTANCE,
        mappings=mappings,
    )
    kept = (
        snapshots
        if not reading.mapped
        else tuple(s for v, s in zip(VOLUMES, snapshots, strict=True) if v.device in reading.mapped)
    )
    effects = Effects(image, kept, world.instances[INSTANCE])
    return {c.rule for c in effect_violations(request, world, effects)}


@pytest.mark.parametrize("id", sorted(DESCRIBED))
def test_observations_of_aws(id: str) -> None:
    reading, broken = DESCRIBED[id], _broken(DESCRIBED[id])
    if reading.deviates:
        _known(reading.deviates)
        assert reading.deviates in broken
    else:
        assert not broken


@pytest.fixture
def by_aws_judged() -> Iterator[None]:
    """This process judges by AWS during a test."""
    documents = dict(CATALOGUE)
    adopt()
    yield
    CATALOGUE.update(documents)
    reindex()


@pytest.mark.usefixtures("by_aws_judged")
def test_by_aws_every_observation_is_allowed() -> None:
    for id, reading in SENT.items():
        if not reading.formerly:
            due, outcome, allowed = _judged(id)
            assert allowed, f"{id}: {due} does not allow {outcome}"
    for id, seen in DESCRIBED.items():
        assert not _broken(seen), id


def _known(rule_id: str) -> None:
    aws = CATALOGUE[rule_id].aws
    assert aws.status == "deviates"
    assert aws.source


@pytest.mark.parametrize("name", sorted(bodies()))
def test_a_body_of_aws_is_read(name: str) -> None:
    body = bodies()[name]
    action = name.split("_")[0]
    request = Request((("Action", "CreateImage" if action == "error" else action),))
    if action == "error":
        code = name.removesuffix(".xml").split("_")[1]
        outcome, _ = outcome_of(request, 400, {"Content-Type": "text/xml;charset=UTF-8"}, body)
        assert isinstance(outcome, Rejected)
        assert outcome.code == code
        assert outcome.message
        return
    outcome, answer = outcome_of(request, 200, {"Content-Type": "text/xml;charset=UTF-8"}, body)
    assert isinstance(outcome, Accepted)
    eager = parse(body)
    if action == "DescribeImages":
        found = describe.images(eager)
        assert found
        assert all(i.id.startswith("ami-") and i.state and i.owner and i.mappings for i in found)
        assert answer.root is not None
        assert describe.images(answer.root) == found
    elif action == "DescribeSnapshots":
        shown = describe.snapshots(eager)
        assert shown
        assert all(s.id.startswith("snap-") and s.volume_id and s.size and s.state for s in shown)
        assert answer.root is not None
        assert describe.snapshots(answer.root) == shown
    else:
        assert eager.value("snapshotId")


def test_by_aws_its_observed_answers_are_due() -> None:
    """A code that AWS returns is the only one due; a request that AWS accepts may be accepted."""
    tagged = {
        "TagSpecification.1.ResourceType": "image",
        "TagSpecification.1.Tag.1.Key": "aws:a",
        "TagSpecification.1.Tag.1.Value": "b",
    }
    documented = Rejected("InvalidTagKey.Malformed", 400)
    reserved = CATALOGUE["tag.key.aws"]
    assert judge(_request(tagged), _world("running")).allows(documented)
    assert by_aws(reserved).codes == {"InvalidParameterValue"}
    taken = CATALOGUE["bdm.new.size_or_snap"]
    request = _request({"BlockDeviceMapping.1.DeviceName": "/dev/sdh",
                        "BlockDeviceMapping.1.Ebs.DeleteOnTermination": "true"})  # fmt: skip
    assert taken.on_request is not None
    assert taken.on_request(request, _world("running")) is False
    lenient = by_aws(taken).on_request
    assert lenient is not None
    assert lenient(request, _world("running")) is None
