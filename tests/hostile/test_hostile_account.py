"""Limits of an account and bad weather change no verdict, and leave nothing behind.

All limits at once meet each weather. Each limit alone meets one, with the rules that it bears on.
AMIPROOF_WHOLE tries every limit in every weather, with all rules.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.engine.client.environment import rehearsal
from fixtures.persona import AWS, Persona, Share, install
from fixtures.reference import ACCOUNT, Endpoint
from fixtures.reference.message import Answer, Request
from fixtures.reference.params import parse_form
from fixtures.reference.state import State
from reports.results import Verdict
from tests.hostile.test_hostile_network import throttled
from tests.rehearsed import Rehearsed, rehearse

DELAYS = Persona(
    pending=AWS.pending,
    stopping=AWS.stopping,
    shutting_down=AWS.shutting_down,
    snapshot=AWS.snapshot,
    image=AWS.image,
    console=AWS.console,
)
LIMITS = {
    "snapshot rate": {"snapshot_interval": 15.0},
    "snapshot rate, met late": {"snapshot_interval": 16.0, "fails_late": 0.5},
    "every image fails that meets the rate": {"snapshot_interval": 25.0, "fails_late": 1.0},
    "pending snapshots": {"pending_snapshots": 1, "pending_snapshots_hdd": 1},
    "images at once fail": {"at_once": 1.0},
    "images of one instance collide for long": {"at_once": 20.0},
    "images at once are refused": {"at_once": 1.0, "collision": "refused"},
    "images without a reboot": {"pending_no_reboot": 1},
    "buckets": {
        "reads": AWS.reads,
        "listings": AWS.listings,
        "changes": AWS.changes,
        "actions": AWS.actions,
    },
    "reads before": {"unfound": AWS.unfound, "tags_late": AWS.tags_late},
    "reads after": {"gone_again": Share(0.3, (2, 5)), "pending_again": Share(0.3, (1, 3))},
    "mappings": {"mapping_late": Share(0.3, (1, 4))},
    "quotas": {"vcpus": 26, "instances": 24},
    "places": {"offered": {"t3.micro": "", "t3a.micro": "b"}},
    "capacity": {"no_capacity": frozenset({"t3.micro"})},
}
"""Settings of the persona, each beside its delays."""


def fair(endpoint: Endpoint) -> None:
    """Every request gets its answer."""


def throttling(endpoint: Endpoint) -> None:
    """A fifth of the requests is throttled."""
    chance = random.Random(5)

    def answer(request: Request) -> Answer | None:
        if chance.random() > 0.2:
            return None
        code, status = chance.choice([("RequestLimitExceeded", 503), ("Throttling", 400)])
        body = throttled(code, status).partition(b"\r\n\r\n")[2]
        return Answer(status, body, [("content-type", "text/xml")])

    _instead(endpoint, answer)


def outage(endpoint: Endpoint) -> None:
    """For some seconds every connection is dropped, unprocessed."""
    seen, began = 0, 0.0

    def answer(request: Request) -> Answer | None:
        nonlocal seen, began
        seen += 1
        if seen == 150:
            began = endpoint.clock.now()
        out = began and endpoint.clock.now() - began < 5
        return Answer(500, b"", dropped=True) if out else None

    _instead(endpoint, answer)


def lost(endpoint: Endpoint) -> None:
    """Some answers to requests that made something are lost."""
    seen = Counter[str]()
    original = endpoint.answer

    def answer(request: Request) -> Answer:
        given = original(request)
        action = dict(parse_form(request.query) + parse_form(request.body)).get("Action", "")
        made = given.status == 200 and action.startswith(("Create", "Run"))
        seen[action] += made and action != "CreateTags"
        first = made and seen[action] == 1 and action in ("RunInstances", "CreateSnapshot")
        if first or (made and action == "CreateImage" and seen[action] % 9 == 5):
            return Answer(500, b"", dropped=True)
        return given

    endpoint.answer = answer  # type: ignore[method-assign]


def _instead(endpoint: Endpoint, answer: Callable[[Request], Answer | None]) -> None:
    original = endpoint.answer
    endpoint.answer = lambda request: answer(request) or original(request)  # type: ignore[method-assign]


WEATHER = (fair, throttling, outage, lost)
WHOLE = "AMIPROOF_WHOLE" in os.environ
FAMILIES = (
    "" if WHOLE else "name inst.state noreboot st.image.launchable st.bdm st.snap lc tag.rt bdm.new"
)
ALONE = [(limit, WEATHER[number % 3]) for number, limit in enumerate(LIMITS)]
EVERY = [(limit, weather) for limit in LIMITS for weather in WEATHER]
PLAIN: dict[str, str] = {}


def held(state: State) -> dict[str, set[str]]:
    """The resources of the account, by kind."""
    return {
        "image": {i.id for i in state.images.values() if i.owner == ACCOUNT},
        "snapshot": {s.id for s in state.snapshots.values() if s.owner == ACCOUNT},
        "instance": {i.id for i in state.instances.values() if i.state != "terminated"},
        "volume": set(state.volumes),
    }


def run(persona: Persona, weather: Callable[[Endpoint], None], select: str = "") -> Rehearsed:
    """A run on an account, with nothing left behind."""
    with rehearsal(1) as (endpoint, environment):
        install(endpoint, persona)
        before = held(endpoint.state)
        weather(endpoint)
        ended = rehearse(environment, select=select)
        endpoint.state.settle(endpoint.clock.now() + 3600)
        assert held(endpoint.state) == before, ended.left
    return ended


def verdicts(ended: Rehearsed) -> dict[str, str]:
    """The verdicts except of the rules that an endpoint without defects never decides."""
    found = {rule.id: rule.status.value for rule in ended.results.rules}
    return {id: verdict for id, verdict in found.items() if id not in ("st.image.reason",)}


@pytest.fixture
def plain() -> dict[str, str]:
    """The verdicts without limits."""
    if not PLAIN:
        with rehearsal(1) as (_, environment):
            PLAIN.update(verdicts(rehearse(environment, "reference")))
    return PLAIN


@pytest.mark.parametrize(("limit", "weather"), EVERY if WHOLE else ALONE)
def test_a_limit_in_bad_weather(
    plain: dict[str, str], limit: str, weather: Callable[[Endpoint], None]
) -> None:
    ended = run(replace(DELAYS, **LIMITS[limit]), weather, "" if WHOLE else FAMILIES)
    found = verdicts(ended)
    assert len(found) > 40
    assert found == {id: verdict for id, verdict in plain.items() if id in found}
    assert ended.status == 0


@pytest.mark.parametrize("weather", WEATHER)
def test_every_limit_in_bad_weather(
    plain: dict[str, str], weather: Callable[[Endpoint], None]
) -> None:
    ended = run(AWS, weather)
    assert verdicts(ended) == plain
    assert ended.status == 0


@pytest.mark.parametrize("quota", [{"vcpus": 8}, {"instances": 8}])
def test_a_small_quota_is_no_deviation(plain: dict[str, str], quota: dict[str, int]) -> None:
    """Rules that it leaves undecided are named, and the run's status says so."""
    ended = run(replace(DELAYS, **quota), fair)  # type: ignore[arg-type]
    assert not ended.results.of(Verdict.FAIL)
    decided = {rule.id for rule in ended.results.of(Verdict.PASS)}
    lacking = {id for id, verdict in plain.items() if verdict == "pass"} - decided
    assert ended.status == (4 if lacking else 0)
    assert len(lacking) < 12
