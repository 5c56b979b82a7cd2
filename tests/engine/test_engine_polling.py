"""Polling and pauses are bounded and absent on a fast endpoint; names never repeat."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from conformance.clock import VirtualClock
from conformance.engine.client.pacing import Pace
from conformance.engine.client.polling import Patience
from conformance.engine.resources.names import Names, first_number, new_run_id
from conformance.model.request import UniqueName


class Time(VirtualClock):
    """A virtual clock that keeps each sleep, and that a test can set."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        super().sleep(seconds)

    def set(self, moment: float) -> None:
        super().sleep(moment - self.now())


@pytest.fixture
def time() -> Time:
    return Time()


def patience(time: Time, window: float = 5.0) -> Patience:
    return Patience(window, time)


def shows(values: Iterable[bool]) -> Callable[[], bool]:
    """A check that returns these results in turn, then repeats the last."""
    given = list(values)
    return lambda: given.pop(0) if len(given) > 1 else given[0]


def test_a_fast_endpoint_is_not_slept_on(time: Time) -> None:
    waiting = patience(time)
    assert waiting.until("x", shows([True]), bool)
    assert not time.slept
    assert not waiting.take_waits()


def test_late_is_waited_for_and_noted(time: Time) -> None:
    waiting = patience(time)
    assert waiting.until("x", lambda: time.now() > 1, bool)
    (wait,) = waiting.take_waits()
    assert (wait.subject, wait.kind) == ("x", "late")
    assert 1 < wait.seconds < 2
    assert waiting.delays == [pytest.approx(wait.seconds, abs=0.001)]
    assert not waiting.take_waits()


def test_the_usual_time_is_the_first_pause(time: Time) -> None:
    waiting = patience(time)
    checks = []
    for _ in range(3):
        began, before = time.now(), len(time.slept)
        assert waiting.until("x", lambda began=began: time.now() - began > 1, bool)  # type: ignore[misc]
        checks.append(len(time.slept) - before)
    assert checks[0] > 5
    assert checks[1] <= 3
    assert checks[2] <= 3
    # Where it is over sooner than usual, no longer than usual is waited.
    began = time.now()
    assert waiting.until("x", lambda: time.now() > began, bool)
    assert time.now() - began < 1.3


def wrong_until(time: Time, ends: dict[str, float]) -> Callable[[None], dict[str, float]]:
    """Subjects that are wrong until a time, all of which follow an act at 0."""
    return lambda _: {each: 0.0 for each, end in ends.items() if time.now() < end}


def test_each_subject_has_one_window_from_the_act(time: Time) -> None:
    waiting = patience(time)
    time.sleep(1)
    waiting.until_right(lambda: None, wrong_until(time, {"a": 100, "b": 2}))
    assert time.now() == pytest.approx(5.0, abs=0.01)
    kinds = {wait.subject: wait.kind for wait in waiting.take_waits()}
    assert kinds == {"a": "never", "b": "late"}
    # The window of a is used up, so that it is looked at once more and not noted again.
    looks: list[None] = []
    waiting.until_right(lambda: looks.append(None), wrong_until(time, {"a": 100}))
    assert len(looks) == 2
    assert time.now() < 5.1
    assert not waiting.take_waits()
    # A set waits for its new subjects alone.
    began = time.now()
    wrong = {"a": began, "c": began}
    waiting.until_right(lambda: None, lambda _: wrong if time.now() < began + 3 else {"a": began})
    assert 3 <= time.now() - began < 5


def test_a_target_that_was_never_late_is_trusted_to_be_quick(time: Time) -> None:
    waiting = patience(time)
    waiting.until_right(lambda: None, lambda _: {"a": 0.0})
    assert time.now() == pytest.approx(5.0, abs=0.01)
    # What was wrong for a whole window is not looked at again.
    looks: list[None] = []
    waiting.until_right(lambda: looks.append(None), lambda _: {"a": 5.0})
    assert len(looks) == 1
    # Another subject has a fifth of the window.
    began = time.now()
    waiting.until_right(lambda: None, lambda _: {"a": began, "b": began})
    assert time.now() - began == pytest.approx(1.0, abs=0.01)
    # A target that was late once gets the whole window again.
    assert waiting.until("x", lambda: time.now() > 7, bool)
    began = time.now()
    waiting.until_right(lambda: None, lambda _: {"c": began})
    assert time.now() - began == pytest.approx(5.0, abs=0.01)


def test_what_becomes_right_together_is_confirmed(time: Time) -> None:
    waiting = patience(time)
    wrong = [{"a": 0.0}, {}, {"a": 0.0}, {}, {}]
    waiting.until_right(lambda: wrong.pop(0), lambda shown: shown)
    assert not wrong
    (wait,) = waiting.take_waits()
    assert (wait.subject, wait.kind) == ("a", "flapping")


def test_never_ends_with_the_window(time: Time) -> None:
    waiting = patience(time)
    assert not waiting.until("x", shows([False]), bool)
    assert time.now() == pytest.approx(5.0)
    assert waiting.take_waits()[0].kind == "never"


def test_a_subject_has_one_window_in_all(time: Time) -> None:
    waiting = patience(time)
    for _ in range(10):
        waiting.until("x", shows([False]), bool)
    assert time.now() < 5.5
    waiting.until("y", shows([False]), bool)
    assert time.now() > 10


def test_flapping_is_neither_late_nor_never(time: Time) -> None:
    waiting = patience(time)
    assert waiting.until("x", shows([False, True, False, True, True]), bool)
    assert waiting.take_waits()[0].kind == "flapping"
    assert not waiting.until("y", shows([False, True, False]), bool)
    assert waiting.take_waits()[0].kind == "flapping"


def test_pauses_grow_and_stay_bounded(time: Time) -> None:
    waiting = patience(time)
    for attempt in range(12):
        waiting.pause(attempt)
    assert time.slept[0] < 0.05
    assert max(time.slept) <= 3.0
    assert time.slept[-1] >= 1.0


def test_the_rate_falls_and_recovers(time: Time) -> None:
    pace = Pace()
    pace.wait(time)
    assert not time.slept
    gaps = []
    for _ in range(5):
        pace.learn(throttled=True)
        gaps.append(pace.gap)
    assert gaps == sorted(gaps)
    assert gaps[-1] > 4 * gaps[0]
    pace.wait(time)
    assert 0.5 * pace.gap <= time.slept[0] <= 1.5 * pace.gap
    for _ in range(50):
        pace.learn(throttled=False)
    assert pace.gap == 0.0
    for _ in range(50):
        pace.learn(throttled=True)
    assert pace.gap <= 2.0


@pytest.mark.parametrize("shape", ["amiproof-00000000", "aaa", "a" * 128, "(0) [x] @ '.'-_/"])
def test_names_keep_their_shape(shape: str) -> None:
    names = Names(start=0)
    given = [names.fresh(UniqueName(shape)) for _ in range(200)]
    assert len(set(given)) == 200
    for name in given:
        assert len(name) == len(shape)
        assert all(
            a == b or (a.isalnum() and b.isalnum()) for a, b in zip(name, shape, strict=True)
        )


def test_a_name_in_use_is_passed_over() -> None:
    first = Names(start=0).fresh(UniqueName())
    assert Names({first}, start=0).fresh(UniqueName()) != first


def test_names_show_their_run() -> None:
    run = new_run_id()
    for writer in ("main", "gw0", "gw1"):
        names = Names(start=first_number(run, writer))
        assert names.fresh(UniqueName())[9:13] == run[-4:]
    processes = {
        Names(start=first_number(run, writer)).fresh(UniqueName())[13]
        for writer in ("main", "gw0", "gw1")
    }
    assert len(processes) == 3
    assert new_run_id() != run


def test_an_earlier_start_shortens_the_first_pause(time: Time) -> None:
    waiting, checks = patience(time), []

    def check(ready: float) -> bool:
        checks.append(time.now())
        return time.now() >= ready

    assert waiting.until("state", lambda: check(1), bool, since=0)
    first = len(checks)
    assert checks[-1] < 2
    time.set(100.0)
    began = 99.5
    assert waiting.until("state", lambda: check(began + 1), bool, since=began)
    assert len(checks) == first + 1, "one check at the right time"
    time.set(200.0)
    assert waiting.until("state", lambda: check(0), bool, since=150)
    assert checks[-1] == 200.0, "its time is over already"


def test_a_state_that_takes_longer_than_usual_is_waited_for(time: Time) -> None:
    waiting = patience(time)
    assert waiting.until("state", lambda: time.now() >= 0.5, bool, since=0)
    time.set(10.0)
    assert waiting.until("state", lambda: time.now() >= 13, bool, since=10)
    time.set(20.0)
    assert not waiting.until("state", lambda: False, bool, since=20)
    assert time.now() <= 26
