"""Rules about the answer to a success (API_CreateImage, Response Elements; Query requests)."""

from __future__ import annotations

import re

from conformance.model.answer import Accepted, Answer, Element, Outcome
from conformance.model.memo import last_call
from conformance.model.rule import Aws, Grade, rule
from conformance.model.sources import CREATE_IMAGE, ERRORS, GUIDE_AMI, IDEMPOTENCY, QUERY

NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15"
"""Samples end it with a slash, botocore's model does not: compared without."""

_IMAGE_ID = re.compile(r"ami-([0-9a-z]{8}|[0-9a-z]{17})")
_ALLOWANCE = "it allows endpoints something: nothing can contradict it"


@last_call
def _success(answer: Answer) -> Element | None:
    """The body of a 2xx answer that does not speak of an error, if it is XML."""
    if not 200 <= answer.status < 300 or answer.root is None:
        return None
    return None if _is_error(answer.root) else answer.root


def _is_error(root: Element) -> bool:
    return any(element.name in ("Errors", "Error") for element in root.children) or (
        root.name in ("Error", "ErrorResponse")
    )


def _image_ids(root: Element) -> list[Element]:
    return [element for element in root.walk() if element.name == "imageId"]


@rule.answer(
    "resp.root",
    CREATE_IMAGE["Examples"],
    QUERY["Responses"],
    grade=Grade.DETAIL,
    keeps="accepted requests",
    breaks="refused requests, whose answers have another root",
)
def root(answer: Answer, outcome: Outcome) -> str | None:
    """The answer to an accepted request is a CreateImageResponse; that to a refused one is not."""
    body = _success(answer)
    if body is None:
        refused_as_success = (
            answer.status >= 400
            and answer.root is not None
            and answer.root.name == "CreateImageResponse"
        )
        if refused_as_success:
            return f"a CreateImageResponse with status {answer.status}"
        if 200 <= answer.status < 300 and answer.root is None:
            return f"a success that is no XML ({getattr(outcome, 'why', 'no document')})"
        return None
    return None if body.name == "CreateImageResponse" else f"the root element is {body.name}"


@rule.answer(
    "resp.xmlns",
    CREATE_IMAGE["Examples"],
    grade=Grade.DETAIL,
    keeps="accepted requests",
    breaks="refused requests, whose answers need no namespace",
)
def namespace(answer: Answer, outcome: Outcome) -> str | None:
    """The answer to an accepted request is in the namespace of the API's version."""
    body = _success(answer)
    if body is None or body.namespace.rstrip("/") == NAMESPACE:
        return None
    return f"the root element's namespace is {body.namespace!r}"


@rule.answer(
    "resp.imageId",
    CREATE_IMAGE["Response Elements"],
    ERRORS["InvalidAMIID.Malformed"],
    keeps="accepted requests",
    breaks="refused requests, whose answers have no imageId",
)
def image_id(answer: Answer, outcome: Outcome) -> str | None:
    """A success has one imageId, of the form ami- and 8 or 17 characters; an error has none."""
    body = _success(answer)
    if body is None:
        refused = not isinstance(outcome, Accepted)
        if refused and answer.root is not None and _image_ids(answer.root):
            return "an error that has an imageId"
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
    breaks="refused requests, whose answers spell it RequestID",
    note="Any text that is not empty will do, but each request has its own.",
)
def request_id(answer: Answer, outcome: Outcome) -> str | None:
    """A success has a requestId, another one for each request."""
    body = _success(answer)
    if body is None or (body.value("requestId") or "").strip():
        return None
    spelt = [e.name for e in body.children if e.name.lower() == "requestid"]
    return f"no requestId, but {spelt[0]}" if spelt and spelt[0] != "requestId" else "no requestId"


rule.scenario(
    "resp.order",
    "Elements may come in any order.",
    QUERY["Considerations"],
    uncovered=_ALLOWANCE,
)
rule.scenario(
    "resp.whitespace",
    "Answers may be indented or not.",
    QUERY["Considerations"],
    uncovered=_ALLOWANCE,
)


@rule.answer(
    "resp.status",
    CREATE_IMAGE["Examples"],
    grade=Grade.DETAIL,
    keeps="accepted requests",
    breaks="refused requests, whose status is not 200",
    note="Not written on the page: implied by a success over HTTP.",
)
def status(answer: Answer, outcome: Outcome) -> str | None:
    """A success has status 200."""
    if isinstance(outcome, Accepted) and answer.status != 200:
        return f"a success with status {answer.status}"
    return None


rule.scenario(
    "resp.ctype",
    "The Content-Type of an answer is not documented.",
    CREATE_IMAGE["Response Elements"],
    grade=Grade.UNSPECIFIED,
    aws=Aws("unknown", "text/xml;charset=UTF-8", "https://github.com/aws/aws-sdk/issues/97"),
)
rule.scenario(
    "resp.xmldecl",
    "Whether an answer begins with an XML declaration is not documented.",
    CREATE_IMAGE["Response Elements"],
    grade=Grade.UNSPECIFIED,
    aws=Aws("unknown", "there on an error's body", "https://github.com/appoxy/aws/issues/32"),
    uncovered="an XML parser takes it in and tells nobody",
)
rule.scenario(
    "resp.async",
    "The answer comes before the image is complete.",
    IDEMPOTENCY["Introduction"],
    GUIDE_AMI["Process for creating an AMI"],
    uncovered=_ALLOWANCE,
)
rule.scenario(
    "resp.unique_id",
    "Two successes give two image ids.",
    CREATE_IMAGE["Response Elements"],
    grade=Grade.DETAIL,
    keeps="two accepted requests",
    breaks="a refused request, which gives no id",
)
