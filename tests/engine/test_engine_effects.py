"""Batches: one observation shows the effects of all requests, each attributed to its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.engine.client.client import GuardedClient
from conformance.engine.client.connect import connect
from conformance.engine.client.guard import Guard
from conformance.engine.client.ledger import Ledger
from conformance.engine.core.target import Keys, Target
from conformance.engine.execution.batch import create_shared
from conformance.engine.execution.session import Session
from conformance.engine.property.session_parts import open_session
from conformance.model.request import Draft, Request, create_image
from conformance.wire.exchange import Exchange
from fixtures.changes import after
from fixtures.reference import ADMINISTRATOR, NO_TAGS, Endpoint, serving
from fixtures.reference.create_image import Draft as Made
from strategies import covering, unspecified

PLAIN = create_image()
TOGETHER = (*covering.ALL, unspecified.ALL)


class _Counted(GuardedClient):
    """A client that counts its requests."""

    def send(self, request: Request, service: str = "ec2") -> Exchange:
        self.sent: Counter[str] = getattr(self, "sent", Counter())
        self.sent[dict(request.params)["Action"]] += 1
        return super().send(request, service)


@contextmanager
def _session(endpoint: Endpoint, folder: Path) -> Iterator[tuple[Session, _Counted]]:
    keys = Keys(ADMINISTRATOR.access_key, ADMINISTRATOR.secret_key)
    with serving(endpoint) as url:
        target = Target(
            name="reference",
            endpoint=url,
            keys=keys,
            no_tags_keys=Keys(NO_TAGS.access_key, NO_TAGS.secret_key),
            window=0.4,
        )
        ledger = Ledger(folder)
        with _Counted(connect(target), Guard(ledger)) as client:
            yield open_session(target, client, ledger, "20260101-000000-test").session, client
        ledger.close()


def _broken(session: Session, drafts: tuple[Draft, ...]) -> list[set[str]]:
    return [{c.rule for c in session.create(draft).violations} for draft in drafts]


def test_one_observation_serves_the_whole_batch(tmp_path: Path) -> None:
    with _session(Endpoint(), tmp_path) as (session, client):
        create_shared(session, PLAIN, *TOGETHER)
        trials = [session.create(draft) for draft in (PLAIN, *TOGETHER)]
        assert (
            client.sent["CreateImage"] <= len(trials) + 2
        )  # and those that meet a transient state
        # The account's images, the public ones, and the effects.
        assert client.sent["DescribeImages"] == 3
        assert client.sent["DescribeTags"] == 1
    seen = [t for t in trials if t.effects is not None and t.effects.image is not None]
    assert len(seen) >= 6
    assert {t.effects.image.id for t in seen if t.effects and t.effects.image} == {
        t.image_id for t in seen
    }
    assert not [c for t in trials for c in t.violations]
    snapshots = [s.id for t in seen for s in (t.effects.snapshots if t.effects else ())]
    assert snapshots
    assert len(snapshots) == len(set(snapshots))


def test_a_changed_instance_is_attributed_to_the_request_that_changed_it(tmp_path: Path) -> None:
    endpoint = Endpoint()

    def stop(draft: Made) -> None:
        if draft.description == "stops":
            draft.instance.state = "stopped"

    after(endpoint.create_image, "register", stop)
    others = tuple(create_image(Description=f"other {n}") for n in range(3))
    stops = create_image(Description="stops")
    with _session(endpoint, tmp_path) as (session, _):
        create_shared(session, PLAIN, *others, stops)
        assert "st.instance.same" in _broken(session, (stops,))[0]
        assert not any(_broken(session, (PLAIN, *others)))


def test_no_other_request_is_sent_if_the_first_is_rejected(tmp_path: Path) -> None:
    with _session(Endpoint(), tmp_path) as (session, client):
        create_shared(session, create_image(Name="a"), *(PLAIN, create_image(NoReboot="true")))
        assert client.sent["CreateImage"] <= 2  # and those that meet a transient state
        assert not session.has(PLAIN)
