"""The rejection queue: rejected requests are checked for orphans in bulk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.engine.client.client import GuardedClient
from conformance.engine.client.connect import connect
from conformance.engine.client.guard import Guard
from conformance.engine.client.ledger import Ledger
from conformance.engine.core.target import Keys, Target
from conformance.engine.execution.session import Session
from conformance.engine.property.session_parts import open_session
from conformance.model.request import create_image
from fixtures.reference import ADMINISTRATOR, Endpoint, serving
from fixtures.registry import FAULTS

ILLEGAL = tuple(create_image(Description="a" * length) for length in range(256, 260))


@contextmanager
def _session(folder: Path, fault: str | None = None) -> Iterator[Session]:
    endpoint = Endpoint()
    if fault is not None:
        FAULTS[fault].change(endpoint)
    keys = Keys(ADMINISTRATOR.access_key, ADMINISTRATOR.secret_key)
    with serving(endpoint) as url:
        target = Target(name="reference", endpoint=url, keys=keys, window=0.4)
        ledger = Ledger(folder)
        with GuardedClient(connect(target), Guard(ledger)) as client:
            yield open_session(target, client, ledger, "20260101-000000-test").session
        ledger.close()


def _reject(session: Session) -> None:
    session.create(create_image())
    for draft in ILLEGAL:
        trial = session.create(draft)
        assert not trial.accepted
        session.rejections.add(trial)


def test_a_conforming_target_leaves_no_orphan(tmp_path: Path) -> None:
    with _session(tmp_path) as session:
        _reject(session)
        assert len(session.rejections.waiting) == len(ILLEGAL)
        assert not session.rejections.check()
        assert not session.rejections.waiting
        assert not session.rejections.take_leaks()


def test_an_orphaned_image_is_attributed_to_its_request(tmp_path: Path) -> None:
    with _session(tmp_path, "error/a-refusal-leaves-a-failed-image") as session:
        _reject(session)
        assert session.rejections.check()
        [leak] = session.rejections.take_leaks()
        assert leak.rule == "err.atomic"
        assert leak.trial.draft in ILLEGAL
        assert not session.rejections.take_leaks()
        # The clean-up finds the orphan in the ledger.
        names = session.registry.names
        assert names[leak.trial.request.name or ""] in session.ledger.ever("image")


def test_the_effects_of_an_accepted_request_are_not_an_orphans(tmp_path: Path) -> None:
    """A request that is accepted while rejections wait has its own snapshots."""
    with _session(tmp_path, "error/one-refusal-in-seven-leaves-a-snapshot") as session:
        session.create(create_image())
        for number in range(14):
            draft = create_image(Description="a" * (256 + number))
            session.rejections.add(session.create(draft))
        trial = session.create(create_image(Description="after rejections"))
        assert trial.accepted
        assert not trial.violations
