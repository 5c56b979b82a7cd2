"""The response to an accepted request."""

from __future__ import annotations

from conformance.engine.property.exercise import Exercise
from conformance.engine.property.spec import control, distinct, keeps
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


test_each_success_has_a_request_id_of_its_own = prop(
    "resp.requestId",
    keeps(PLAIN, ANOTHER),
    control(*rejections.SAMPLE, one=True),
    distinct("requestId", PLAIN, ANOTHER),
)


@exercises("resp.unique_id")
def test_each_success_has_an_image_id_of_its_own(exercise: Exercise) -> None:
    first, second = exercise.send(PLAIN, unless="refused"), exercise.send(ANOTHER, unless="refused")
    if first is not None and second is not None:
        exercise.check(Arm.KEEPS)
        if first.image_id == second.image_id:
            exercise.check(Arm.KEEPS, second, "two images have the same id", before=[first])
    exercise.control(*rejections.SAMPLE, one=True)


@exercises("resp.ctype")
def test_the_type_of_an_answer(exercise: Exercise) -> None:
    trial = exercise.send(PLAIN)
    if trial.answer is not None:
        exercise.observe(trial, seen=f"Content-Type: {trial.answer.content_type or 'none'}")
