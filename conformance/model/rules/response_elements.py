"""Rules about the response to an accepted request (API_CreateImage, Response Elements)."""

from __future__ import annotations

import re

from conformance.model.answer import Accepted, Answer, Element, Outcome
from conformance.model.catalogue import rule
from conformance.model.memo import last_call
from conformance.model.rule import Aws, Grade
from conformance.model.sources import CREATE_IMAGE, ERRORS, GUIDE_AMI, IDEMPOTENCY, QUERY

NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15"
"""The samples end it with a slash and botocore's model does not; compared without the slash."""

_IMAGE_ID = re.compile(r"ami-([0-9a-z]{8}|[0-9a-z]{17})")
_PERMISSION = "a permission, not a requirement: no behaviour can violate it"


@last_call
def _success(answer: Answer, outcome: Outcome) -> Element | None:
    """The body of a 2xx response if it is XML and no error; else None.

    One that names an image is a success, whatever else it has.
    """
    if not 200 <= answer.status < 300 or answer.root is None:
        return None
    named = isinstance(outcome, Accepted)
    return answer.root if named or not _is_error(answer.root) else None


def _is_error(root: Element) -> bool:
    return any(element.name in ("Errors", "Error") for element in root.children) or (
        root.name in ("Error", "ErrorResponse")
    )


def _is_foreign(root: Element) -> bool:
    """Whether this is no answer of CreateImage at all: that breaks resp.root alone."""
    return root.name != "CreateImageResponse" and not _image_ids(root)


def _image_ids(root: Element) -> list[Element]:
    return [element for element in root.walk() if element.name == "imageId"]


@rule.answer(
    "resp.root",
    CREATE_IMAGE["Examples"],
    QUERY["Responses"],
    grade=Grade.DETAIL,
    keeps="accepted requests",
    breaks="rejected requests, whose responses have another root element",
)
def root(answer: Answer, outcome: Outcome) -> str | None:
    """The root element of a success must be CreateImageResponse; that of an error must not."""
    body = _success(answer, outcome)
    if body is None:
        error_has_the_root = (
            answer.status >= 400
            and answer.root is not None
            and answer.root.name == "CreateImageResponse"
        )
        if error_has_the_root:
            return f"a CreateImageResponse with status {answer.status}"
        if 200 <= answer.status < 300 and answer.root is None:
            return f"a success that is not XML ({getattr(outcome, 'why', 'no document')})"
        return None
    return None if body.name == "CreateImageResponse" else f"the root element is {body.name}"


@rule.answer(
    "resp.xmlns",
    CREATE_IMAGE["Examples"],
    grade=Grade.DETAIL,
    keeps="accepted requests",
    breaks="rejected requests, whose responses need no namespace",
)
def namespace(answer: Answer, outcome: Outcome) -> str | None:
    """A success must be in the namespace of the API version."""
    body = _success(answer, outcome)
    if body is None or _is_foreign(body) or body.namespace.rstrip("/") == NAMESPACE:
        return None
    return f"the root element's namespace is {body.namespace!r}"


@rule.answer(
    "resp.imageId",
    CREATE_IMAGE["Response Elements"],
    ERRORS["InvalidAMIID.Malformed"],
    keeps="accepted requests",
    breaks="rejected requests, whose responses have no imageId",
)
def image_id(answer: Answer, outcome: Outcome) -> str | None:
    """A success must have one imageId, ami- followed by 8 or 17 characters; an error must have
    none."""
    body = _success(answer, outcome)
    if body is None:
        rejected = not isinstance(outcome, Accepted)
        if rejected and answer.root is not None and _image_ids(answer.root):
            return "an error that has an imageId"
        return None
    if _is_foreign(body):
        return None
    found = _image_ids(body)
    if len(found) != 1:
        return f"{len(found)} imageId elements"
    if body.child("imageId") is None:
        return "imageId is not directly inside the root element"
    id = found[0].text
    return None if _IMAGE_ID.fullmatch(id) else f"the imageId is {id!r}"


@rule.answer(
    "resp.requestId",
    QUERY["Responses"],
    CREATE_IMAGE["Response Elements"],
    keeps="accepted requests",
    breaks="rejected requests, whose responses spell it RequestID",
    note="Any text that is not empty is allowed.",
)
def request_id(answer: Answer, outcome: Outcome) -> str | None:
    """A success must have a requestId that no other request has."""
    body = _success(answer, outcome)
    if body is None or _is_foreign(body) or (body.value("requestId") or "").strip():
        return None
    spelt = [e.name for e in body.children if e.name.lower() == "requestid"]
    return f"no requestId, but {spelt[0]}" if spelt and spelt[0] != "requestId" else "no requestId"


rule.scenario(
    "resp.order",
    "Elements may be in any order.",
    QUERY["Considerations"],
    uncovered=_PERMISSION,
)
rule.scenario(
    "resp.whitespace",
    "A response may be indented or not.",
    QUERY["Considerations"],
    uncovered=_PERMISSION,
)


@rule.answer(
    "resp.status",
    CREATE_IMAGE["Examples"],
    grade=Grade.DETAIL,
    keeps="accepted requests",
    breaks="rejected requests, whose status is not 200",
    note="The page does not state it; a success over HTTP implies it.",
)
def status(answer: Answer, outcome: Outcome) -> str | None:
    """A success must have the status 200."""
    if isinstance(outcome, Accepted) and answer.status != 200:
        return f"a success with status {answer.status}"
    return None


rule.scenario(
    "resp.ctype",
    "The documents do not specify the Content-Type of a response.",
    CREATE_IMAGE["Response Elements"],
    grade=Grade.UNSPECIFIED,
    aws=Aws("unknown", "text/xml;charset=UTF-8", "https://github.com/aws/aws-sdk/issues/97"),
)
rule.scenario(
    "resp.xmldecl",
    "The documents do not say whether a response begins with an XML declaration.",
    CREATE_IMAGE["Response Elements"],
    grade=Grade.UNSPECIFIED,
    aws=Aws("unknown", "present in an error response", "https://github.com/appoxy/aws/issues/32"),
    uncovered="not testable: XML parsers do not expose it",
)
rule.scenario(
    "resp.async",
    "The response may arrive before the image is complete.",
    IDEMPOTENCY["Introduction"],
    GUIDE_AMI["Process for creating an AMI"],
    uncovered=_PERMISSION,
)
rule.scenario(
    "resp.unique_id",
    "Each success must have another imageId.",
    CREATE_IMAGE["Response Elements"],
    grade=Grade.DETAIL,
    keeps="two accepted requests",
    breaks="a rejected request, whose response has no ID",
)
