"""Scenarios are interleaved: what waits, waits together, and a window counts from its act."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.engine.client.polling import Patience
from conformance.engine.scenarios.acts import SeeImage, Until
from conformance.engine.scenarios.scenario import Scenario, Story
from conformance.engine.scenarios.scheduler import Scheduler
from conformance.model.history import AnyStep, Described, Ended, History
from conformance.model.request import Draft, create_image
from conformance.model.world import Image

WINDOW = 5.0


@dataclass
class Endpoint:
    """Shows each image from a time on, and counts the requests."""

    shown_at: dict[str, float]
    moment: float = 0.0
    slept: float = 0.0
    requests: list[tuple[str, ...]] = field(default_factory=list)

    def now(self) -> float:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += seconds
        self.slept += seconds

    def images(self, params: Any) -> list[Image]:
        ids = tuple(id for _, id in params)
        self.requests.append(ids)
        return [Image(id, "available") for id in ids if self.shown_at[id] <= self.moment]

    def image(self, image_id: str) -> Image | None:
        return next(iter(self.images([("ImageId.1", image_id)])), None)


def scheduler(endpoint: Endpoint) -> Scheduler:
    clock: Any = endpoint
    patience = Patience(WINDOW, clock)
    session: Any = SimpleNamespace(patience=patience, observer=endpoint)
    return Scheduler(session, lambda scenario: History(scenario.name))


def waits_for(image_id: str, since: float = 0.0) -> Scenario:
    """A scenario that waits for one image."""

    def there(step: AnyStep) -> bool:
        return isinstance(step, Described) and step.image is not None

    def tell(session: object, draft: Draft) -> Story:
        seen: Described = yield Until(f"image {image_id}", SeeImage(image_id), there, since)
        return None if seen.image else "it never came"

    return Scenario(image_id, create_image(), tell)


def test_two_that_never_come_cost_one_window() -> None:
    endpoint = Endpoint({"a": 99.0, "b": 99.0})
    work = scheduler(endpoint)
    units = [work.begin(waits_for(id)) for id in "ab"]
    ends = [work.finish(unit).last(Ended) for unit in units]
    assert ends == [Ended(why="it never came")] * 2
    assert endpoint.slept == pytest.approx(WINDOW, abs=0.1)


def test_what_waits_is_looked_at_in_one_request() -> None:
    endpoint = Endpoint({"a": 1.0, "b": 1.0})
    work = scheduler(endpoint)
    units = [work.begin(waits_for(id)) for id in "ab"]
    assert [work.finish(unit).ended for unit in units] == ["", ""]
    assert {len(ids) for ids in endpoint.requests} == {2}


def test_a_window_counts_from_the_act() -> None:
    endpoint = Endpoint({"a": 99.0}, moment=4.0)
    work = scheduler(endpoint)
    work.finish(work.begin(waits_for("a", since=0.0)))
    assert endpoint.slept == pytest.approx(1.0, abs=0.1)


def test_a_poll_sleeps_never_and_sends_nothing_before_its_time() -> None:
    endpoint = Endpoint({"a": 99.0})
    work = scheduler(endpoint)
    work.begin(waits_for("a"))
    work.poll()
    sent = len(endpoint.requests)
    work.poll()
    assert endpoint.slept == 0
    assert len(endpoint.requests) == sent


def test_what_flaps_is_not_taken_for_settled() -> None:
    """The image is shown once, then not for a while: the confirming look sees that."""
    endpoint = Endpoint({"a": 1.0})
    work = scheduler(endpoint)
    hidden = iter([False, True])
    shows = endpoint.image

    def flaps(image_id: str) -> Image | None:
        image = shows(image_id)
        return None if image and next(hidden, False) else image

    endpoint.image = flaps  # type: ignore[method-assign]
    history = work.finish(work.begin(waits_for("a")))
    assert not history.ended
    [wait] = work._patience.take_waits()
    assert wait.kind == "flapping"


def test_in_a_batch_a_scenario_goes_on_up_to_its_next_image() -> None:
    endpoint = Endpoint(dict.fromkeys("abc", 0.0))
    work = scheduler(endpoint)

    def stops(session: object, draft: Draft) -> Story:
        yield Until("image b", SeeImage("b"), lambda step: True, 0.0, imageless=True)
        yield Until("image b", SeeImage("b"), lambda step: True, 0.0)
        return None

    scenarios = (
        replace(waits_for("a"), launches=True),
        replace(waits_for("b"), tell=stops),
        waits_for("c"),
    )
    units = [work.begin(replace(each, apart=True)) for each in scenarios]
    work.poll(apart=True, imageless=True)
    work.poll(apart=True, imageless=True)
    assert [len(unit.steps) for unit in units] == [1, 1, 0]
    work.poll(apart=True)
    assert all(unit.done for unit in units)
