"""A deviation as results.json holds it: what was sent, what was due, what came instead.

Import these names from :mod:`reports.results`, which completes the format.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple

from msgspec import UNSET, Meta, Struct, UnsetType

from conformance.model.answer import (
    Accepted,
    Indeterminate,
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
"""What a name that nobody had used is, in ``bound``; other things are called as their slots."""
_USUAL = Form()


class OutcomeClass(StrEnum):
    """What kind of thing was due or seen: an outcome of a call, or what there was afterwards."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EITHER = "either"
    MALFORMED = "malformed"
    THROTTLED = "throttled"
    INDETERMINATE = "indeterminate"
    EFFECT = "effect"


class Identity(NamedTuple):
    """What makes two deviations the same one, in any run: never message text, never ids."""

    rule: str
    arm: str
    outcome: str
    code: str

    def __str__(self) -> str:
        return "/".join(part for part in self if part)


class WireForm(Struct, frozen=True, omit_defaults=True):
    """How a request was put on the wire, where that was not the usual way."""

    verb: Annotated[str, Meta(description="HTTP method; POST when left out.")] = _USUAL.verb
    space: Annotated[
        Literal["%20", "+"], Meta(description="A space in a value; %20 when left out.")
    ] = "%20"
    content_type: Annotated[
        str, Meta(description="Content-Type of a POST; that of a form when left out.")
    ] = _USUAL.content_type
    signing: Annotated[
        Signing, Meta(description="How the request was signed; valid when left out.")
    ] = Signing.VALID


class Expected(Struct, frozen=True):
    """What the documents allow in answer."""

    outcome: Annotated[
        Literal["accepted", "rejected", "either", "effect"],
        Meta(description="What has to happen; effect where what there is afterwards is judged."),
    ]
    codes: Annotated[
        tuple[str, ...] | UnsetType | None,
        Meta(description="The error codes allowed, sorted; null allows any client error's."),
    ] = UNSET
    rules: Annotated[
        tuple[str, ...] | UnsetType, Meta(description="The rules that decide, by id.")
    ] = UNSET
    effect: Annotated[
        str | UnsetType, Meta(description="What has to be there afterwards, in words.")
    ] = UNSET


class Observed(Struct, frozen=True, omit_defaults=True):
    """What came back. What does not apply is left out."""

    outcome: Annotated[
        Literal["accepted", "rejected", "malformed", "throttled", "indeterminate", "effect"],
        Meta(description="malformed: not in the documented form; indeterminate: no answer."),
    ]
    code: Annotated[str | None, Meta(description="The error code.")] = None
    status: Annotated[int | None, Meta(description="The HTTP status.")] = None
    message: Annotated[str | None, Meta(description="The endpoint's own words.")] = None
    seen: Annotated[
        str | None, Meta(description="What was seen, in the suite's words or as an image id.")
    ] = None

    @property
    def outcome_class(self) -> str:
        """The outcome, with the class of its HTTP status where that tells answers apart."""
        return f"{self.outcome} {self.status // 100}xx" if self.status else self.outcome


class Reproduce(Struct, frozen=True):
    """Ways to send the request again by hand. None holds a credential."""

    curl: Annotated[str, Meta(description="A shell command.")] = ""
    aws: Annotated[
        str, Meta(description="A shell command of the AWS CLI, or a comment: why there is none.")
    ] = ""
    boto3: Annotated[str, Meta(description="A Python script.")] = ""
    pytest: Annotated[
        str, Meta(description="A Python test that needs boto3 alone, or a comment: why not.")
    ] = ""


class Deviation(Struct, frozen=True):
    """A minimal request that shows the endpoint to break a rule."""

    arm: Annotated[Arm, Meta(description="Whether the request keeps or breaks the rule.")]
    request: Annotated[
        Params, Meta(description="The parameters in the order sent: name and value, not encoded.")
    ]
    expected: Expected
    observed: Observed
    reproduce: Reproduce = Reproduce()
    form: Annotated[
        WireForm | UnsetType, Meta(description="How it was sent; left out for the usual way.")
    ] = UNSET
    before: Annotated[
        tuple[Params, ...] | UnsetType,
        Meta(description="The requests that have to be sent first; left out where there is none."),
    ] = UNSET
    bound: Annotated[
        Bound | UnsetType,
        Meta(description="Values of this run or endpoint alone: parameter, value, and what it is."),
    ] = UNSET
    story: Annotated[
        bool | UnsetType,
        Meta(description="True where it takes more than the requests to see it."),
    ] = UNSET

    first_seen: Annotated[
        int | UnsetType,
        Meta(description="Requests that its process had sent when it was first seen."),
    ] = UNSET

    def identity(self, rule: str) -> Identity:
        """What this deviation is recognised by: the rule, arm, class of outcome, and code."""
        return Identity(rule, self.arm.value, self.observed.outcome_class, self.observed.code or "")


def expected_of(expectation: Expectation) -> Expected:
    """What the judge allows, as it is recorded."""
    match expectation:
        case Accept():
            return Expected("accepted", rules=expectation.rules or UNSET)
        case Either():
            return Expected("either", rules=expectation.rules)
        case Reject(codes, rules):
            return Expected("rejected", None if codes is None else tuple(sorted(codes)), rules)


def expected_effect(effect: str, *rules: str) -> Expected:
    """What has to be there after an accepted request, in words (a rule's statement will do)."""
    return Expected("effect", effect=effect, rules=rules or UNSET)


def observed_of(outcome: Outcome, seen: str | None = None) -> Observed:
    """What came back, as it is recorded; ``seen`` says what about the answer breaks a rule."""
    match outcome:
        case Accepted(image_id):
            return Observed("accepted", seen=seen or image_id)
        case Rejected(code, status, message):
            return Observed("rejected", code, status, message or None, seen)
        case Malformed(why, status):
            return Observed("malformed", status=status or None, seen=seen or why)
        case Throttled(code, status):
            return Observed("throttled", code, status, seen=seen)
        case Indeterminate(why):
            return Observed("indeterminate", seen=seen or why)


def observed_effect(seen: str) -> Observed:
    """What was seen afterwards that contradicts a rule, in a few words."""
    return Observed("effect", seen=seen)


def form_of(request: Request) -> WireForm | UnsetType:
    """How a request is put on the wire; UNSET for the usual way."""
    form = request.form
    space: Any = form.space
    unusual = WireForm(form.verb, space, form.content_type, request.signing)
    return UNSET if unusual == WireForm() else unusual


def request_of(params: Params, form: WireForm | UnsetType = UNSET) -> Request:
    """The request that was recorded, ready to be sent or judged again."""
    wire = WireForm() if form is UNSET else form
    return Request(params, Form(wire.verb, wire.space, wire.content_type), wire.signing)
