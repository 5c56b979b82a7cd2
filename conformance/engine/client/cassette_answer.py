"""The outcomes and responses of a recording, as tagged structs.

The outcomes have the fields of the model's outcomes of the same names.
"""

from __future__ import annotations

import re

import msgspec

from conformance.engine.core.protocol import ACCOUNT
from conformance.model import answer as model
from conformance.model.request import Request
from conformance.wire.exchange import Exchange

_ARN = re.compile(r"(arn:aws[a-z-]*:[^:\s]*:[^:\s]*:)\d{12}")


class RecordedElement(msgspec.Struct, frozen=True, array_like=True):
    """An XML element of a response."""

    name: str
    namespace: str
    text: str
    children: list[RecordedElement] = []

    @staticmethod
    def of(element: model.Element) -> RecordedElement:
        """An element, with the account numbers in its ARNs removed."""
        children = list(map(RecordedElement.of, element.children))
        text = without_account(element.text)
        return RecordedElement(element.name, element.namespace, text, children)

    def element(self) -> model.Element:
        """The element as the model has it."""
        children = tuple(child.element() for child in self.children)
        return model.Element(self.name, self.namespace, self.text, children)


class RecordedAnswer(msgspec.Struct, frozen=True, array_like=True):
    """An HTTP response."""

    status: int
    content_type: str
    seconds: float
    root: RecordedElement | None = None


class Accepted(msgspec.Struct, frozen=True, tag="accepted"):
    """See the model's Accepted."""

    image_id: str


class Rejected(msgspec.Struct, frozen=True, tag="rejected"):
    """See the model's Rejected."""

    code: str
    status: int
    message: str


class Malformed(msgspec.Struct, frozen=True, tag="malformed"):
    """See the model's Malformed."""

    why: str
    status: int
    body: str = ""


class Throttled(msgspec.Struct, frozen=True, tag="throttled"):
    """See the model's Throttled."""

    code: str
    status: int


class Limited(msgspec.Struct, frozen=True, tag="limited"):
    """See the model's Limited."""

    code: str
    status: int


class Indeterminate(msgspec.Struct, frozen=True, tag="indeterminate"):
    """See the model's Indeterminate."""

    why: str


RecordedOutcome = Accepted | Rejected | Malformed | Throttled | Limited | Indeterminate


def without_account(text: str) -> str:
    """A text with the account numbers in its ARNs removed: the run may not know its own yet."""
    return _ARN.sub(rf"\g<1>{ACCOUNT}", text)


def recorded(outcome: model.Outcome) -> RecordedOutcome:
    """An outcome as the recording has it, with the account numbers in its ARNs removed."""
    match outcome:
        case model.Accepted(image_id):
            return Accepted(without_account(image_id))
        case model.Rejected(code, status, message):
            return Rejected(without_account(code), status, without_account(message))
        case model.Malformed(why, status, body):
            return Malformed(without_account(why), status, without_account(body))
        case model.Throttled(code, status):
            return Throttled(without_account(code), status)
        case model.Limited(code, status):
            return Limited(without_account(code), status)
    return Indeterminate(without_account(outcome.why))


def outcome_of(kept: RecordedOutcome) -> model.Outcome:
    """The outcome as the model has it."""
    match kept:
        case Accepted():
            return model.Accepted(kept.image_id)
        case Rejected():
            return model.Rejected(kept.code, kept.status, kept.message)
        case Malformed():
            return model.Malformed(kept.why, kept.status, kept.body)
        case Throttled():
            return model.Throttled(kept.code, kept.status)
        case Limited():
            return model.Limited(kept.code, kept.status)
    return model.Indeterminate(kept.why)


class Received(msgspec.Struct, frozen=True, tag="received"):
    """The request was sent."""

    outcome: RecordedOutcome
    answer: RecordedAnswer | None = None

    @staticmethod
    def of(exchange: Exchange) -> Received:
        """The result of an exchange, without the account numbers in its ARNs."""
        answer = exchange.answer
        if answer is None:
            return Received(recorded(exchange.outcome))
        root = None if answer.root is None else RecordedElement.of(answer.root)
        seconds = round(answer.seconds, 6)
        kept = RecordedAnswer(answer.status, answer.content_type, seconds, root)
        return Received(recorded(exchange.outcome), kept)

    def exchange(self, request: Request) -> Exchange:
        """The exchange again."""
        outcome, answer = outcome_of(self.outcome), self.answer
        if answer is None:
            return Exchange(request, outcome)
        root = None if answer.root is None else answer.root.element()
        kept = model.Answer(answer.status, answer.content_type, root, answer.seconds)
        return Exchange(request, outcome, kept)
