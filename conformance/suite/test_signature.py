"""Credentials and signatures, where the target verifies them."""

from __future__ import annotations

from conformance.engine.property.exercise import Exercise
from conformance.engine.resources.instances import NotAvailable
from conformance.model import Arm
from conformance.model.request import Draft, Signing, create_image
from conformance.suite.declare import exercises
from strategies import covering


def _signed(signing: Signing) -> Draft:
    return create_image().sent(signing=signing)


def _breaks(exercise: Exercise, *signings: Signing) -> None:
    if not exercise.verifies_signatures():
        raise NotAvailable("needs a target that verifies signatures")
    exercise.breaks(*map(_signed, signings))


@exercises("sig.present")
def test_no_credentials(exercise: Exercise) -> None:
    _breaks(exercise, Signing.ABSENT)
    exercise.keeps(create_image())


@exercises("sig.wrong")
def test_a_signature_with_another_secret(exercise: Exercise) -> None:
    _breaks(exercise, Signing.WRONG_SECRET)
    exercise.keeps(create_image())


@exercises("sig.malformed")
def test_a_signature_that_is_not_whole(exercise: Exercise) -> None:
    _breaks(exercise, Signing.MALFORMED)
    exercise.keeps(create_image())


@exercises("sig.unknown_key")
def test_a_key_that_nobody_was_given(exercise: Exercise) -> None:
    _breaks(exercise, Signing.UNKNOWN_KEY)
    exercise.keeps(create_image())


@exercises("sig.date")
def test_a_date_far_from_now(exercise: Exercise) -> None:
    _breaks(exercise, Signing.PAST, Signing.FUTURE)
    exercise.keeps(create_image())


@exercises("sig.fields")
def test_header_and_query_string(exercise: Exercise) -> None:
    _breaks(exercise, Signing.QUERY_WRONG_SECRET)
    exercise.keeps(create_image())
    exercise.keeps(_signed(Signing.QUERY), via=covering.STOPPED)


@exercises("sig.v2")
def test_signature_version_2(exercise: Exercise) -> None:
    if not exercise.verifies_signatures():
        raise NotAvailable("needs a target that verifies signatures")
    exercise.keeps(_signed(Signing.V2))
    if exercise.send(_signed(Signing.V2)).accepted:
        exercise.judge(Arm.BREAKS, exercise.send(_signed(Signing.V2_WRONG_SECRET)))
    else:
        exercise.control(_signed(Signing.V2_WRONG_SECRET))
