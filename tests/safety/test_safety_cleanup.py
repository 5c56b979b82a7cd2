"""Clean-up: what is hidden is found, what can go together does, what is somebody else's stays."""

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
from conformance.engine.resources.cleanup import clean_up
from conformance.engine.resources.names import new_run_id
from conformance.model.request import create_image
from fixtures.changes import before
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


def test_a_snapshot_of_somebody_else_stays(run: tuple[Counting, Session]) -> None:
    """An endpoint that maps what it should not: the image goes, and not what is not the run's."""
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
