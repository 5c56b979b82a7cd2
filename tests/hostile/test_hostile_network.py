"""Network faults change no verdict: throttling, outages, lost responses, late consistency."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.reference import ACCOUNT, Endpoint
from fixtures.reference.message import Request
from fixtures.reference.params import Call as EndpointCall
from fixtures.reference.state import Image
from reports.results import Verdict
from tests.hostile.conftest import Call, Done, Hostile, Sender, http, settings
from tests.hostile.test_hostile_answers import FEW, bounded, hang_up
from tests.warm import Warm

FAMILIES = "name.length name.unique st.image st.snap resp err tag lc.deregister"
RULES = () if os.environ.get("AMIPROOF_WHOLE") else ("--select", FAMILIES)
"""A few families. AMIPROOF_WHOLE selects all rules, which takes minutes."""


def throttled(code: str, status: int) -> bytes:
    return http(
        f"<Response><Errors><Error><Code>{code}</Code><Message>slower</Message></Error></Errors>"
        "<RequestID>r</RequestID></Response>".encode(),
        status,
    )


class Throttling(Hostile):
    """Throttles a fifth of the requests."""

    def __init__(self) -> None:
        super().__init__(lambda call: None)
        self.chance = random.Random(5)
        self.refused = 0

    def _decide(self, request: Request) -> bytes | Sender:
        if not self.counts or self.chance.random() > 0.2:
            return super()._decide(request)
        self.refused += 1
        codes = [throttled("RequestLimitExceeded", 503), throttled("Throttling", 400)]
        return self.chance.choice(codes)


class Outage(Hostile):
    """Drops connections, unprocessed, while ``out`` is true of the number of requests so far."""

    def __init__(self, out: Callable[[int], bool]) -> None:
        super().__init__(lambda call: None)
        self.out = out
        self.seen = 0

    def _decide(self, request: Request) -> bytes | Sender:
        self.seen += 1
        return hang_up if self.out(self.seen) else super()._decide(request)


class Late(Endpoint):
    """The endpoint lists a new resource 0.4 seconds late."""

    def __init__(self) -> None:
        super().__init__()
        seen = self.describe_images.visible

        def visible(image: Image, call: EndpointCall) -> bool:
            return seen(image, call) and call.now - image.created > 0.4

        self.describe_images.visible = visible  # type: ignore[method-assign]


def verdicts(done: Done) -> dict[str, str]:
    return {rule.id: rule.status.value for rule in done.results.rules}


LOSING = ("--select", "bdm.new.ebs_snapshot lc.new_name_again wire.names.rule name.length")
"""Rules whose properties send concurrently, through boto3, or in a scenario."""


@pytest.mark.parametrize("phase", range(2))
def test_every_second_answer_is_lost(
    hostile: Callable[..., Hostile], run: Callable[..., Done], phase: int
) -> None:
    made = [phase]

    def twist(call: Call) -> Sender | None:
        if call.action not in ("CreateImage", "RunInstances", "CreateSnapshot"):
            return None
        made[0] += call.accepted
        return hang_up if call.accepted and made[0] % 2 else None

    done = run(hostile(twist).url, *LOSING, window=5)
    bounded(done, "every second answer lost")
    assert done.status in (0, 4), done.said
    assert not done.results.of(Verdict.FAIL)
    assert len(done.results.of(Verdict.PASS)) >= 4


@pytest.mark.parametrize("lost", [1, 2])
def test_a_name_that_is_used_again(
    hostile: Callable[..., Hostile], run: Callable[..., Done], lost: int
) -> None:
    """The response to the first or to the second use of a name is lost."""
    accepted: list[str] = []

    def twist(call: Call) -> Sender | None:
        if call.action != "CreateImage" or not call.accepted or not call.params["Name"].isdigit():
            return None  # the history of a deregistration has a name of digits
        accepted.append(call.params["Name"])
        return hang_up if len(accepted) == lost else None

    done = run(hostile(twist).url, "--select", "name.reuse_after_deregister", window=5)
    assert len(accepted) >= lost
    assert done.status == 0, done.said


PLAIN: dict[str, str] = {}


@pytest.fixture
def plain(hostile: Callable[..., Hostile], run: Callable[..., Done]) -> dict[str, str]:
    """The verdicts without network faults."""
    if not PLAIN:
        done = run(hostile(lambda call: None).url, *RULES, window=5)
        assert done.status == 0, done.said
        PLAIN.update(verdicts(done))
    return PLAIN


def test_throttling(run: Callable[..., Done], plain: dict[str, str]) -> None:
    weather = Throttling()
    try:
        done = run(weather.url, *RULES, window=5)
    finally:
        weather.close()
    bounded(done, "throttling")
    assert done.status == 0, done.said
    assert weather.refused > 30
    assert verdicts(done) == plain


def test_an_outage_in_mid_run(run: Callable[..., Done], plain: dict[str, str]) -> None:
    """For two seconds the endpoint drops every connection, unprocessed."""
    began: list[float] = []

    def out(number: int) -> bool:
        if number == 60:
            began.append(time.monotonic())
        return bool(began) and time.monotonic() - began[0] < 2

    server = Outage(out)
    try:
        done = run(server.url, *RULES, window=5)
    finally:
        server.close()
    bounded(done, "an outage of two seconds")
    assert began
    assert done.status == 0, done.said
    assert verdicts(done) == plain


def test_answers_that_get_lost(
    hostile: Callable[..., Hostile], run: Callable[..., Done], plain: dict[str, str]
) -> None:
    """Every seventh accepted CreateImage is carried out, and its answer lost; so is the first
    answer to each other request that makes something."""
    accepted: list[str] = []

    def twist(call: Call) -> Sender | None:
        if call.action in ("RunInstances", "CreateSnapshot") and call.number == 1:
            return hang_up
        if call.action != "CreateImage" or not call.accepted:
            return None
        accepted.append(call.params.get("Name", ""))
        return hang_up if len(accepted) % 7 == 1 else None

    server = hostile(twist)
    done = run(server.url, *RULES, window=5)
    bounded(done, "lost answers")
    assert done.status == 0, done.said
    assert len(accepted) > 8
    assert len(set(accepted)) == len(accepted)  # none was sent blindly again
    assert verdicts(done) == plain
    assert not [i for i in server.endpoint.state.images.values() if i.source_instance]
    assert not [s for s in server.endpoint.state.snapshots.values() if s.owner == ACCOUNT]


def test_lost_answers_about_source_instances(
    hostile: Callable[..., Hostile], run: Callable[..., Done]
) -> None:
    """The responses that name the first instance and the snapshot are lost. The run finds both."""
    lost: list[str] = []

    def twist(call: Call) -> Sender | None:
        first = call.action in ("RunInstances", "CreateSnapshot") and call.action not in lost
        if not first or not call.accepted:
            return None
        lost.append(call.action)
        return hang_up

    server = hostile(twist)
    done = run(server.url, "--select", "name.length.max bdm.new.ebs_snapshot", window=5)
    assert done.status == 0, done.said
    assert sorted(lost) == ["CreateSnapshot", "RunInstances"]
    state = server.endpoint.state
    state.settle(time.time())
    assert all(i.state == "terminated" for i in state.instances.values())
    assert len(state.instances) == server.counts["RunInstances"] - 1
    assert not [s for s in state.snapshots.values() if "amiproof" in (s.description or "")]


def test_late_consistency(
    hostile: Callable[..., Hostile], run: Callable[..., Done], plain: dict[str, str]
) -> None:
    done = run(hostile(lambda call: None, Late()).url, *RULES, window=5)
    bounded(done, "late consistency")
    assert done.status == 0, done.said
    assert verdicts(done) == plain


def test_an_endpoint_that_dies_for_good(
    run: Callable[..., Done], warm: Warm, tmp_path: Path
) -> None:
    """The run ends and reports possible orphans. A later sweep finds it."""
    dead = [False]

    def out(number: int) -> bool:
        dead[0] = dead[0] or number == 80
        return dead[0]

    server = Outage(out)
    done = run(server.url, *RULES)
    bounded(done, "dies for good")
    assert done.status == 5, done.said
    assert "left behind" in done.said
    assert "stopped answering" in done.said
    server.out = lambda number: False
    swept = warm.run(("sweep", "hostile"), tmp_path, settings(tmp_path), timeout=60)
    server.close()
    assert swept.returncode == 0, swept.stdout + swept.stderr
    state = server.endpoint.state
    state.settle(time.time())
    assert not [i for i in state.images.values() if i.source_instance]
    assert all(i.state == "terminated" for i in state.instances.values())
    assert not state.volumes


def test_throttled_for_ever(hostile: Callable[..., Hostile], run: Callable[..., Done]) -> None:
    def twist(call: Call) -> bytes | None:
        creates = call.action == "CreateImage" and call.number > 1
        return throttled("RequestLimitExceeded", 503) if creates else None

    done = run(hostile(twist).url, *FEW)
    bounded(done, "throttled for ever")
    assert done.status == 4, done.said  # and what it made all the same is gone
    assert not [r for r in done.results.rules if r.status == "fail"]
