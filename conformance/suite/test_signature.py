"""Credentials and signatures, on targets that verify them."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.engine.property.exercise import Exercise
from conformance.engine.property.spec import (
    Needs,
    Sends,
    Step,
    breaks,
    keeps,
    observe,
    unless_masked_by,
)
from conformance.engine.resources.instances import NotAvailable
from conformance.model.request import Draft, Signing, create_image
from conformance.suite.declare import prop
from strategies import covering


def _signed(signing: Signing) -> Draft:
    return create_image().sent(signing=signing)


@dataclass(frozen=True, slots=True)
class _Verified:
    """Requests on which only a target that verifies signatures can be tested."""

    step: Sends

    def run(self, exercise: Exercise) -> None:
        if not exercise.verifies_signatures():
            raise NotAvailable("needs a target that verifies signatures")
        self.step.run(exercise)

    def needs(self) -> Needs:
        return self.step.needs()

    def sends(self) -> tuple[Sends, ...]:
        return (self.step,)


def _breaks(*signings: Signing) -> Step:
    return _Verified(breaks(*map(_signed, signings)))


test_no_credentials = prop("sig.present", _breaks(Signing.ABSENT), keeps(create_image()))


test_a_signature_with_another_secret = prop(
    "sig.wrong",
    _breaks(Signing.WRONG_SECRET),
    unless_masked_by(
        _signed(Signing.ABSENT), "sig.present", _breaks(Signing.V2_WRONG_SECRET), accepted=False
    ),
    keeps(create_image()),
)


test_a_signature_that_is_not_whole = prop(
    "sig.malformed", _breaks(Signing.MALFORMED), keeps(create_image())
)


test_a_key_that_nobody_was_given = prop(
    "sig.unknown_key", _breaks(Signing.UNKNOWN_KEY), keeps(create_image())
)


test_a_date_far_from_now = prop(
    "sig.date", _breaks(Signing.PAST, Signing.FUTURE), keeps(create_image())
)


test_a_scope_of_another_day = prop("sig.scope", _breaks(Signing.OTHER_DAY), keeps(create_image()))


test_a_host_that_is_not_signed = prop(
    "sig.host", _breaks(Signing.HOST_UNSIGNED), keeps(create_image())
)


test_header_and_query_string = prop(
    "sig.fields",
    _breaks(Signing.QUERY_WRONG_SECRET),
    keeps(create_image()),
    keeps(_signed(Signing.QUERY), via=covering.STOPPED),
)


test_signature_version_2 = prop("sig.v2", _Verified(observe(_signed(Signing.V2))))
