"""Clean-up: finds hidden resources, removes them together, keeps those of other owners."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.engine.client.api import Api
from conformance.engine.client.client import GuardedClient
from conformance.engine.client.connect import connect
from conformance.engine.client.guard import Guard
from conformance.engine.client.ledger import Header, Ledger
from conformance.engine.core.target import Keys, Target
from conformance.engine.execution.session import Session
from conformance.engine.property.session_parts import open_session
from conformance.engine.resources import inventory
from conformance.engine.resources.cleanup import clean_up
from conformance.engine.resources.names import new_run_id
from conformance.model.request import create_image
from fixtures.changes import before, changed
from fixtures.reference import ACCOUNT, ADMINISTRATOR, Endpoint, Timing, serving
from fixtures.reference.errors import ApiError
from fixtures.reference.message import Answer, Request
from fixtures.reference.params import Call, parse_form
from fixtures.reference.state import Image, Snapshot


class Counting(Endpoint):
    """The reference, with nothing to wait for, counting calls."""

    def __init__(self) -> None:
        super().__init__(timing=Timing(0.0, 0.0, 0.0, 0.0))
        self.calls: Counter[str] = Counter()

    def perform(self, request: Request, request_id: str) -> Answer:
        self.calls[dict(parse_form(request.body)).get("Action", "")] += 1
        return super().perform(request, request_id)

    def made(self) -> list[Image]:
        """Images that were made of an instance."""
        return [image for image in self.state.images.values() if image.source_instance]

    def own_snapshots(self) -> list[Snapshot]:
        return [s for s in self.state.snapshots.values() if s.owner == ACCOUNT]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[tuple[Counting, Session]]:
    endpoint = Counting()
    with serving(endpoint) as url:
        keys = Keys(ADMINISTRATOR.access_key, ADMINISTRATOR.secret_key)
        target = Target(name=url, endpoint=url, keys=keys, window=0.3)
        run_id = new_run_id()
        ledger = Ledger(tmp_path / run_id)
        ledger.open(Header(run_id, url, url, target.region, ""))
        with GuardedClient(connect(target), Guard(ledger)) as client:
            yield endpoint, open_session(target, client, ledger, run_id).session


def cleaned(session: Session) -> list[str]:
    return clean_up(session.ledger, Api(session.client), session.target.window)


def test_an_image_that_was_disabled_when_the_run_ended(run: tuple[Counting, Session]) -> None:
    endpoint, session = run
    trial = session.create(create_image())
    session.api.call("DisableImage", [("ImageId", trial.image_id or "")])
    assert cleaned(session) == []
    assert endpoint.made() == []
    assert endpoint.own_snapshots() == []


def test_snapshots_go_with_their_image(run: tuple[Counting, Session]) -> None:
    endpoint, session = run
    for number in range(5):
        session.create(create_image(Description=str(number)))
    assert len(endpoint.own_snapshots()) == 15
    endpoint.calls.clear()
    assert cleaned(session) == []
    assert endpoint.made() == []
    assert endpoint.own_snapshots() == []
    assert all(i.state == "terminated" for i in endpoint.state.instances.values())
    assert endpoint.calls["DeregisterImage"] == 5
    assert endpoint.calls["DeleteSnapshot"] == 0
    assert endpoint.calls["TerminateInstances"] == 1


def test_one_by_one_where_the_endpoint_cannot_do_more(run: tuple[Counting, Session]) -> None:
    endpoint, session = run
    for number in range(3):
        session.create(create_image(Description=str(number)))

    def refuse(call: Call) -> None:
        if call.text("DeleteAssociatedSnapshots"):
            raise ApiError("UnknownParameter", "The parameter is not recognized")

    before(endpoint.deregister_image, "perform", refuse)
    assert cleaned(session) == []
    assert endpoint.made() == []
    assert endpoint.own_snapshots() == []


def test_a_foreign_snapshot_stays(run: tuple[Counting, Session]) -> None:
    """The endpoint maps a foreign snapshot: the clean-up removes the image alone."""
    endpoint, session = run
    trial = session.create(create_image())
    image = endpoint.state.images[trial.image_id or ""]
    own = next(d for d in image.devices if d.ebs is not None and d.ebs.snapshot_id)
    assert own.ebs is not None
    mine = endpoint.state.snapshots[own.ebs.snapshot_id or ""]
    others = replace(mine, id="snap-0aaaaaaaaaaaaaaaa", volume_id="vol-0bbbbbbbbbbbbbbbb",
                     description="mine", tags={})  # fmt: skip
    endpoint.state.snapshots[others.id] = others
    swapped = replace(own, ebs=replace(own.ebs, snapshot_id=others.id))
    devices = tuple(swapped if d is own else d for d in image.devices)
    endpoint.state.remove_image(image)
    del endpoint.state.deregistered[image.id]
    endpoint.state.add_image(replace(image, devices=devices))
    assert cleaned(session) == []
    assert endpoint.made() == []
    assert [s.id for s in endpoint.own_snapshots()] == [others.id]


@pytest.mark.parametrize("earlier", [True, False], ids=["earlier", "of-the-image"])
def test_a_snapshot_without_a_mark_goes_unless_it_is_earlier(
    run: tuple[Counting, Session], earlier: bool
) -> None:
    """Only the mapping of the run's image names it: a snapshot from before the run stays."""
    endpoint, session = run
    plain = Snapshot("snap-0aaaaaaaaaaaaaaaa", ACCOUNT, "vol-ffffffff", 1, 0.0, 0.0)
    if earlier:
        endpoint.state.snapshots[plain.id] = plain
    inventory.record(session.ledger, Api(session.client))
    endpoint.state.snapshots[plain.id] = plain
    _map(endpoint, session, plain)
    assert cleaned(session) == []
    assert endpoint.made() == []
    assert [s.id for s in endpoint.own_snapshots()] == [plain.id] * earlier


def test_a_snapshot_that_another_image_uses_stays(run: tuple[Counting, Session]) -> None:
    endpoint, session = run
    inventory.record(session.ledger, Api(session.client))
    trial = session.create(create_image())
    image = endpoint.state.images[trial.image_id or ""]
    other = replace(
        image, id="ami-0cccccccccccccccc", name="of another client", source_instance=None, tags={}
    )
    endpoint.state.add_image(other)
    snapshots, reported = cleaned(session)
    assert "image ami-0cccccccccccccccc, which is not the run's, uses it" in snapshots
    assert reported.startswith(f"image {other.id} (not touched: it names the run's snapshot, and")
    assert [each.id for each in endpoint.made()] == []
    assert other.id in endpoint.state.images
    used = {d.ebs.snapshot_id for d in other.devices if d.ebs is not None}
    assert {s.id for s in endpoint.own_snapshots()} == used


def test_pages_are_followed(run: tuple[Counting, Session], monkeypatch: pytest.MonkeyPatch) -> None:
    """An account with more snapshots than fit in one answer is listed whole."""
    endpoint, session = run
    for number in range(12):
        id = f"snap-{number:017x}"
        endpoint.state.snapshots[id] = Snapshot(id, ACCOUNT, "vol-ffffffff", 1, 0.0, 0.0)
    monkeypatch.setattr(inventory, "PAGE", 5)
    own = {snapshot.id for snapshot in endpoint.own_snapshots()}
    assert inventory.take(Api(session.client)).items["snapshot"].keys() == own
    assert endpoint.calls["DescribeSnapshots"] == -(-len(own) // 5)


def test_a_list_without_an_end_is_no_list(run: tuple[Counting, Session]) -> None:
    endpoint, session = run
    again: list[tuple[str, object]] = [("nextToken", "again")]
    changed(endpoint.describe_snapshots, "perform", lambda fields: [*fields, *again])
    assert "snapshot" not in inventory.take(Api(session.client)).items


def test_persistent_refusals_take_few_requests(run: tuple[Counting, Session]) -> None:
    endpoint, session = run
    for number in range(8):
        session.create(create_image(Description=str(number)))

    def refuse(call: Call) -> None:
        raise ApiError("DependencyViolation", f"{call.text('ImageId')} has dependencies")

    before(endpoint.deregister_image, "perform", refuse)
    endpoint.calls.clear()
    images, snapshots = cleaned(session)
    assert images.startswith("8 images (DeregisterImage: DependencyViolation (400) … has dep")
    assert snapshots.startswith("24 snapshots (an image that is left behind uses it)")
    assert endpoint.calls["DeregisterImage"] <= 40
    assert endpoint.calls["DeleteSnapshot"] == 0


def _map(endpoint: Counting, session: Session, snapshot: Snapshot) -> None:
    """Have an image of the run refer to one more snapshot."""
    trial = session.create(create_image())
    image = endpoint.state.images[trial.image_id or ""]
    own = next(d for d in image.devices if d.ebs is not None and d.ebs.snapshot_id)
    assert own.ebs is not None
    more = replace(own, name="/dev/sdz", ebs=replace(own.ebs, snapshot_id=snapshot.id))
    endpoint.state.remove_image(image)
    del endpoint.state.deregistered[image.id]
    endpoint.state.add_image(replace(image, devices=(*image.devices, more)))
