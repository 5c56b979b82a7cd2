"""A run on a big account: as on an empty one, but for the pages of its lists.

The figures: 30,000 public images of Amazon's, 5,000 own images, 20,000 own snapshots, and 1,000
instances.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import pytest

from conformance.engine.client.api import PAGE
from conformance.engine.client.environment import rehearsal
from fixtures.persona import AWS, Persona, install
from fixtures.reference.message import Answer, Request
from fixtures.reference.params import parse_form
from tests.rehearsed import Rehearsed, rehearse

BIG = {
    "public_images": 30_000,
    "own_images": 5_000,
    "own_snapshots": 20_000,
    "own_instances": 1_000,
}
ROOM = replace(AWS, seed=1, vcpus=None)
"""An account with so many instances has a quota for them."""
_PUBLIC_PAGES = 20
"""Pages that the run may read to find the public images that it launches."""
_MB = 1024 * 1024


@dataclass
class Seen:
    """What a run sent and took on one account."""

    ended: Rehearsed
    calls: Counter[str]
    """By action, without further pages."""
    pages: int
    """Further pages of lists."""
    body: int
    """The size of the largest answer."""
    seconds: float
    """Simulated."""

    @property
    def verdicts(self) -> dict[str, str]:
        return {rule.id: rule.status.value for rule in self.ended.results.rules}


def run(persona: Persona) -> Seen:
    """A quick run in virtual time, with the answers of the account measured."""
    calls, pages, largest = Counter[str](), 0, 0
    with rehearsal(1) as (endpoint, environment):
        install(endpoint, persona)
        original = endpoint.answer

        def answer(request: Request) -> Answer:
            nonlocal pages, largest
            given = original(request)
            params = dict(parse_form(request.query) + parse_form(request.body))
            if "NextToken" in params:
                pages += 1
            else:
                calls[params.get("Action", "")] += 1
            largest = max(largest, len(given.body))
            return given

        endpoint.answer = answer  # type: ignore[method-assign]
        ended = rehearse(environment)
        seconds = environment.clock.now()
    assert ended.status == 0
    return Seen(ended, calls, pages, largest, seconds)


@pytest.fixture(scope="module")
def empty() -> Seen:
    return run(ROOM)


@pytest.fixture(scope="module")
def big() -> Seen:
    return run(replace(ROOM, **BIG))  # type: ignore[arg-type]


def test_verdicts_are_the_same(empty: Seen, big: Seen) -> None:
    assert big.verdicts == empty.verdicts
    assert not big.ended.left


def test_no_body_is_large(big: Seen) -> None:
    assert big.body < 2 * _MB


def test_calls_are_the_same_but_for_pages(empty: Seen, big: Seen) -> None:
    """Lists of the account are read before and after the run, and by no look."""
    assert sum(big.calls.values()) <= 1.1 * sum(empty.calls.values())
    own = BIG["own_images"] + BIG["own_snapshots"] + BIG["own_instances"]
    assert empty.pages == 0
    assert big.pages <= 2 * own / PAGE + _PUBLIC_PAGES


def test_it_takes_no_longer(empty: Seen, big: Seen) -> None:
    assert big.seconds <= 1.3 * empty.seconds
