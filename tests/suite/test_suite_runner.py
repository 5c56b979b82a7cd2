"""The runner of a property, the registry, and properties that are data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.engine.client.api import Refused
from conformance.engine.core.errors import CannotTest, CutShort, NotRecorded
from conformance.engine.core.record import Record
from conformance.engine.core.target import Keys, Target
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.runner import Property, run
from conformance.engine.property.spec import Selection, Sends, keeps
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.run.config import RunConfig
from conformance.engine.run.plan import Plan
from conformance.engine.run.worker import Worker
from conformance.model import CATALOGUE
from conformance.model.answer import Indeterminate
from conformance.model.request import create_image
from conformance.suite.declare import STEPS
from conformance.suite.registry import node_id, properties
from fixtures.reference import Endpoint, Timing, serving
from strategies import names

RULE = "name.length.max"


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    with serving(Endpoint(check_signatures=False, timing=Timing(pending=0))) as url:
        target = Target(name=url, endpoint=url, keys=Keys("testing", "testing"), window=0.4)
        worker = Worker(
            Plan(target, "tests", str(tmp_path_factory.mktemp("runner")), RunConfig(effort="quick"))
        )
        yield worker
        worker.close()


def _record(worker: Worker, check: Property) -> Record:
    exercise = worker.exercise(RULE)
    try:
        return run(check, exercise)
    finally:
        exercise.session.client.guard.over = ""


def _raising(error: BaseException) -> Property:
    def check(exercise: Exercise) -> None:
        exercise.keeps(create_image())
        raise error

    return check


def test_the_record_says_how_a_property_ended(worker: Worker) -> None:
    assert _record(worker, _raising(NotAvailable("needs a key"))).lacking == "needs a key"
    assert _record(worker, _raising(Refused("StopInstances", Indeterminate("no answer")))).untested
    cut_short = _record(worker, _raising(CutShort("the budget is spent")))
    assert (cut_short.cut_short, cut_short.cannot) == ("the budget is spent", False)
    cannot = _record(worker, _raising(CannotTest("no source instance")))
    assert (cannot.cut_short, cannot.cannot) == ("no source instance", True)


def test_a_property_that_is_not_recorded_decides_nothing(worker: Worker) -> None:
    record = _record(worker, _raising(NotRecorded()))
    assert record.untested == ["not in the recording"]
    assert (record.keeps, record.breaks, record.deviations) == (0, 0, [])


def test_an_error_of_a_property_itself_is_not_hidden(worker: Worker) -> None:
    with pytest.raises(ZeroDivisionError):
        _record(worker, _raising(ZeroDivisionError()))


def test_steps_do_what_the_verbs_do(worker: Worker) -> None:
    def check(exercise: Exercise) -> None:
        exercise.breaks(*names.TOO_LONG)
        exercise.keeps(create_image())

    by_verbs = _record(worker, check)
    by_steps = _record(worker, properties()[RULE])
    assert by_verbs.breaks >= len(names.TOO_LONG)
    assert by_steps.breaks >= by_verbs.breaks
    assert by_steps.keeps >= by_verbs.keeps
    assert not by_steps.deviations


def test_quick_effort_sends_a_few_of_a_selection(worker: Worker) -> None:
    exercise = worker.exercise(RULE)
    effort = exercise.effort
    assert list(Selection(names.TOO_LONG, at_quick=1).of(effort, "")) == list(names.TOO_LONG[:1])
    some = Selection(names.TOO_LONG, at_quick=2, at_random=True).of(effort, "")
    assert len(some) == 2
    assert set(some) <= set(names.TOO_LONG)
    step = keeps(Selection(names.LONGEST_LEGAL, at_quick=0))
    step.run(exercise)
    assert exercise.record.keeps == 0


def test_each_property_has_a_node_that_pytest_collects() -> None:
    for rule_id in properties():
        place, _, rest = (node_id(rule_id) or "").partition("::")
        assert Path(place).name.startswith("test_"), rule_id
        assert rest.startswith("test_"), rule_id
        assert rest.endswith(f"[{rule_id}]"), rule_id
    assert node_id("name.nonsense") is None


def test_most_properties_are_data() -> None:
    assert STEPS.keys() <= properties().keys()
    assert len(STEPS) >= 110
    for rule_id, steps in STEPS.items():
        assert rule_id in CATALOGUE
        assert steps, rule_id
        for step in steps:
            if isinstance(step, Sends):
                assert step.drafts or step.batch or step.generated is not None, rule_id
