"""The response to an accepted request."""

from __future__ import annotations

from conformance.engine.property.exercise import Exercise
from conformance.engine.property.spec import control, keeps
from conformance.model import Arm
from conformance.model.request import create_image
from conformance.suite.declare import exercises, prop
from conformance.suite.test_no_reboot import ANOTHER
from strategies import rejections

PLAIN = create_image()


test_the_form_of_a_success = prop(
    ("resp.root", "resp.xmlns", "resp.imageId", "resp.status"),
    keeps(PLAIN),
    control(*rejections.SAMPLE, one=True),
)


@exercises("resp.requestId")
def test_each_success_has_a_request_id_of_its_own(exercise: Exercise) -> None:
    exercise.keeps(PLAIN, ANOTHER)
    exercise.control(*rejections.SAMPLE, one=True)
    exercise.check_distinct("requestId", PLAIN, ANOTHER)


@exercises("resp.unique_id")
def test_each_success_has_an_image_id_of_its_own(exercise: Exercise) -> None:
    first, second = exercise.send_accepted(PLAIN), exercise.send_accepted(ANOTHER)
    if first is not None and second is not None:
        exercise.decided(Arm.KEEPS)
        if first.image_id == second.image_id:
            exercise.deviates(Arm.KEEPS, second, "two images have the same id", before=[first])
    exercise.control(*rejections.SAMPLE, one=True)


@exercises("resp.ctype")
def test_the_type_of_an_answer(exercise: Exercise) -> None:
    trial = exercise.send(PLAIN)
    if trial.answer is not None:
        exercise.observed(trial, f"Content-Type: {trial.answer.content_type or 'none'}")
