"""The structs of one deviation in results.json: the request, the expectation, the observation.

Import these names from :mod:`reports.results`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple

from msgspec import UNSET, Meta, Struct, UnsetType

from conformance.model.answer import (
    Accepted,
    Indeterminate,
    Limited,
    Malformed,
    Outcome,
    Rejected,
    Throttled,
)
from conformance.model.expectation import Accept, Either, Expectation, Reject
from conformance.model.request import Form, Request, Signing
from conformance.model.rule import Arm

Params = tuple[tuple[str, str], ...]
Bound = tuple[tuple[str, str, str], ...]
FRESH = "{fresh name}"
"""Marks a unique name in ``bound``; other bound values are marked by their placeholder."""
_USUAL = Form()


class OutcomeClass(StrEnum):
    """The class of an expected or observed outcome. An effect follows an accepted request."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EITHER = "either"
    MALFORMED = "malformed"
    THROTTLED = "throttled"
    INDETERMINATE = "indeterminate"
    EFFECT = "effect"


class Identity(NamedTuple):
    """Identifies a deviation across runs. Message texts and resource ids are no part of it."""

    rule: str
    arm: str
    outcome: str
    code: str

    def __str__(self) -> str:
        return "/".join(part for part in self if part)


class WireForm(Struct, frozen=True, omit_defaults=True):
    """How a request was sent, where that differs from a signed POST of a form."""

    verb: Annotated[str, Meta(description="HTTP method. Default: POST.")] = _USUAL.verb
    space: Annotated[
        Literal["%20", "+"], Meta(description="Encoding of a space in a value. Default: %20.")
    ] = "%20"
    content_type: Annotated[
        str, Meta(description="Content-Type of a POST. Default: that of a form.")
    ] = _USUAL.content_type
    signing: Annotated[Signing, Meta(description="How the request was signed. Default: valid.")] = (
        Signing.VALID
    )


class Expected(Struct, frozen=True):
    """What the documents allow."""

    outcome: Annotated[
        Literal["accepted", "rejected", "either", "effect"],
        Meta(
            description="The outcome that the documents require. effect: an effect of the request."
        ),
    ]
    codes: Annotated[
        tuple[str, ...] | UnsetType | None,
        Meta(description="Allowed error codes, sorted. null allows the code of any client error."),
    ] = UNSET
    rules: Annotated[
        tuple[str, ...] | UnsetType, Meta(description="Ids of the rules that decide the outcome.")
    ] = UNSET
    effect: Annotated[str | UnsetType, Meta(description="The required effect, as a sentence.")] = (
        UNSET
    )


class Observed(Struct, frozen=True, omit_defaults=True):
    """What the endpoint answered or showed. Fields that do not apply are omitted."""

    outcome: Annotated[
        Literal["accepted", "rejected", "malformed", "throttled", "indeterminate", "effect"],
        Meta(description="malformed: not in the documented form. indeterminate: no answer."),
    ]
    code: Annotated[str | None, Meta(description="The error code.")] = None
    status: Annotated[int | None, Meta(description="The HTTP status.")] = None
    message: Annotated[str | None, Meta(description="The message of the endpoint's error.")] = None
    seen: Annotated[
        str | None, Meta(description="An image id, or a sentence that says what was observed.")
    ] = None
    tries: Annotated[
        int,
        Meta(
            description="How often the request was sent, if it got a server error or no answer"
            " each time while the target answered others."
        ),
    ] = 1

    @property
    def outcome_class(self) -> str:
        """The outcome and, if there is one, the class of the HTTP status: ``rejected 4xx``."""
        return f"{self.outcome} {self.status // 100}xx" if self.status else self.outcome


class Reproduce(Struct, frozen=True):
    """Scripts that reproduce the deviation. None contains a credential.

    Each needs a running instance in INSTANCE_ID, makes everything else, and cleans up. It exits
    with 1 while the endpoint deviates, and with 0 once it conforms.
    """

    curl: Annotated[
        str,
        Meta(description="A shell script that uses curl, or a comment that says why not."),
    ] = ""
    aws: Annotated[
        str,
        Meta(description="A shell script that uses the AWS CLI, or a comment that says why not."),
    ] = ""
    boto3: Annotated[str, Meta(description="A Python script, or a comment that says why not.")] = ""
    pytest: Annotated[
        str,
        Meta(description="A Python test that needs only boto3, or a comment that says why not."),
    ] = ""
    request: Annotated[
        str | UnsetType,
        Meta(description="One curl command that sends the recorded request, without other steps."),
    ] = UNSET

    @property
    def line(self) -> str:
        """One curl command; the script of results that have no such command."""
        return self.curl if self.request is UNSET else self.request


class Deviation(Struct, frozen=True):
    """A minimal request for which the endpoint breaks a rule."""

    arm: Annotated[Arm, Meta(description="Whether the request keeps or breaks the rule.")]
    request: Annotated[
        Params,
        Meta(description="Names and values of the parameters, in the order sent, not encoded."),
    ]
    expected: Expected
    observed: Observed
    reproduce: Reproduce = Reproduce()
    form: Annotated[
        WireForm | UnsetType,
        Meta(description="How the request was sent. Omitted for a signed POST of a form."),
    ] = UNSET
    before: Annotated[
        tuple[Params, ...] | UnsetType,
        Meta(description="Requests to send first, in this order. Omitted if there are none."),
    ] = UNSET
    bound: Annotated[
        Bound | UnsetType,
        Meta(description="Values specific to this run or endpoint: parameter, value, kind."),
    ] = UNSET
    story: Annotated[
        bool | UnsetType,
        Meta(description="True if only further calls show it, such as a launch or a reboot."),
    ] = UNSET
    source: Annotated[
        str | UnsetType,
        Meta(
            description="The instance, if no value of bound is: its state, or similar: an id that"
            " differs from a source instance's in the last digit."
        ),
    ] = UNSET
    first_seen: Annotated[
        int | UnsetType,
        Meta(description="Requests that the process had sent when it first observed this."),
    ] = UNSET

    def identity(self, rule: str) -> Identity:
        """The identity: rule, arm, class of outcome, and error code."""
        return Identity(rule, self.arm.value, self.observed.outcome_class, self.observed.code or "")


def expected_of(expectation: Expectation) -> Expected:
    """An expectation of the judge as results.json holds it."""
    match expectation:
        case Accept():
            return Expected("accepted", rules=expectation.rules or UNSET)
        case Either():
            return Expected("either", rules=expectation.rules)
        case Reject(codes, rules):
            return Expected("rejected", None if codes is None else tuple(sorted(codes)), rules)


def expected_effect(effect: str, *rules: str) -> Expected:
    """A required effect of an accepted request, as a sentence: often the rule's statement."""
    return Expected("effect", effect=effect, rules=rules or UNSET)


def observed_of(outcome: Outcome, seen: str | None = None) -> Observed:
    """An outcome as results.json holds it; ``seen`` says which part of the answer breaks a rule."""
    match outcome:
        case Accepted(image_id):
            return Observed("accepted", seen=seen or image_id)
        case Rejected(code, status, message):
            return Observed("rejected", code, status, message or None, seen)
        case Malformed(why, status, body):
            return Observed(
                "malformed", status=status or None, message=body or None, seen=seen or why
            )
        case Limited(code, status):
            return Observed("rejected", code, status, seen=seen)
        case Throttled(code, status):
            return Observed("throttled", code, status, seen=seen)
        case Indeterminate(why):
            return Observed("indeterminate", seen=seen or why)


def observed_effect(seen: str) -> Observed:
    """An observed effect that violates a rule, as a short sentence."""
    return Observed("effect", seen=seen)


def form_of(request: Request) -> WireForm | UnsetType:
    """How a request is sent; UNSET for a signed POST of a form."""
    form = request.form
    space: Any = form.space
    unusual = WireForm(form.verb, space, form.content_type, request.signing)
    return UNSET if unusual == WireForm() else unusual


def request_of(params: Params, form: WireForm | UnsetType = UNSET) -> Request:
    """The recorded request, to be sent or judged again."""
    wire = WireForm() if form is UNSET else form
    return Request(params, Form(wire.verb, wire.space, wire.content_type), wire.signing)
