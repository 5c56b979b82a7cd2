"""Errors: the form of an error response, and that a rejected request leaves no orphan."""

from __future__ import annotations

from conformance.engine.property.exercise import Exercise
from conformance.engine.property.spec import breaks, control, distinct, keeps, leaves_nothing
from conformance.model import Arm
from conformance.model.answer import Rejected
from conformance.model.request import UniqueName, create_image
from conformance.suite.declare import exercises, prop
from conformance.suite.in_company import check_rejections_in_company
from conformance.suite.late_refusals import check_late_refusals
from conformance.suite.test_dry_run import after_refusals
from strategies import rejections

test_the_form_of_an_error = prop(
    ("err.shape", "err.code_prefix", "err.class.client"),
    keeps(*rejections.SAMPLE),
    control(create_image()),
)


test_each_error_has_a_request_id_of_its_own = prop(
    "err.requestID",
    keeps(*rejections.SAMPLE),
    control(create_image()),
    distinct("RequestID", *rejections.SAMPLE),
)


@exercises("err.class.server")
def test_a_server_error_is_of_the_500_series(exercise: Exercise) -> None:
    """No request causes a server error on purpose. The property that meets one judges it."""
    exercise.control(*rejections.SAMPLE, one=True)
    exercise.skip("no server error occurred")


@exercises("err.status.exact")
def test_the_numbers_of_errors(exercise: Exercise) -> None:
    for draft in rejections.SAMPLE:
        trial = exercise.send(draft)
        if isinstance(trial.outcome, Rejected):
            exercise.observe(trial)


@exercises("err.atomic", sends=(breaks(*rejections.SAMPLE),), slowness=2)
def test_a_refused_request_leaves_nothing(exercise: Exercise) -> None:
    """One check for orphans serves all the rejected requests."""
    exercise.breaks(*rejections.SAMPLE)
    check_late_refusals(exercise)
    check_rejections_in_company(exercise)
    _judge_name(exercise)
    accepted = exercise.send(create_image(), unless="refused")
    if accepted is not None:
        leaves_nothing(Arm.KEEPS).run(exercise)


def _judge_name(exercise: Exercise) -> None:
    """A rejected request does not take its name, if something else was wrong with it."""
    refused, again = after_refusals(exercise)
    if again.accepted and not refused.accepted:
        exercise.check(Arm.BREAKS)
        return
    refused = exercise.let_through(rejections.LONG_DESCRIPTION) or exercise.send(
        rejections.LONG_DESCRIPTION.given(Name=UniqueName("amiproof-free-00000000"))
    )
    if refused.accepted:
        exercise.skip("not decided: see desc.max255")
        return
    again = exercise.send(create_image(Name=refused.request.name or ""))
    if again.code == "InvalidAMIName.Duplicate":
        exercise.check(Arm.BREAKS)
        exercise.check(Arm.BREAKS, again, again.observed, before=[refused])
    elif again.accepted:
        exercise.check(Arm.BREAKS)
