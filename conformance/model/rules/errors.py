"""Rules about the response to a rejected request (Error codes for the Amazon EC2 API)."""

from __future__ import annotations

from conformance.model.answer import Accepted, Answer, Element, Outcome, Rejected
from conformance.model.catalogue import rule
from conformance.model.codes import SERVER, THROTTLING, bare
from conformance.model.rule import Aws, Grade
from conformance.model.sources import CREATE_IMAGE, ERRORS, GUIDE_TAGS, QUERY

_RESPONSE = ERRORS["Example error response"]
_PERMISSION = "a permission, not a requirement: no behaviour can violate it"
_ISSUE = "https://github.com/"


def _error(answer: Answer, outcome: Outcome) -> Element | None:
    """The body of an error if it is XML, else None."""
    return answer.root if isinstance(outcome, Rejected) else None


@rule.answer(
    "err.shape",
    _RESPONSE,
    keeps="rejected requests",
    breaks="accepted requests, whose responses have no Errors",
)
def shape(answer: Answer, outcome: Outcome) -> str | None:
    """An error must have Response/Errors/Error with Code and Message; a success must have no
    Errors."""
    root = answer.root
    if root is not None and isinstance(outcome, Accepted):
        return "a success with Errors" if root.find("Errors/Error") else None
    if isinstance(outcome, Rejected) and root is not None:
        if root.name != "Response":
            return f"the root element is {root.name}"
        if not root.value("Errors/Error/Code"):
            return "no Errors/Error/Code"
        if root.find("Errors/Error/Message") is None:
            return "no Errors/Error/Message"
    return None


@rule.answer(
    "err.requestID",
    QUERY["Responses"],
    _RESPONSE,
    keeps="rejected requests",
    breaks="accepted requests, whose responses spell it requestId",
)
def request_id(answer: Answer, outcome: Outcome) -> str | None:
    """An error must have a RequestID, with a capital D, that no other request has."""
    root = _error(answer, outcome)
    if root is None or (root.value("RequestID") or "").strip():
        return None
    spelt = [e.name for e in root.walk() if e.name.lower() == "requestid"]
    return f"no Response/RequestID, but {spelt[0]}" if spelt else "no Response/RequestID"


rule.scenario(
    "err.xmlns",
    "An error may have a namespace; the sample has none.",
    _RESPONSE,
    grade=Grade.DETAIL,
    uncovered=_PERMISSION,
)


@rule.answer(
    "err.code_prefix",
    _RESPONSE,
    ERRORS["Common causes of client errors"],
    grade=Grade.DETAIL,
    keeps="rejected requests",
    breaks="accepted requests, which have no code",
    note="Prose writes Client.InvalidInstanceID.NotFound; the sample response has no prefix.",
)
def bare_code(answer: Answer, outcome: Outcome) -> str | None:
    """The code of an error must not have the prefix Client. or Server."""
    if isinstance(outcome, Rejected) and outcome.code != bare(outcome.code):
        return f"the code is {outcome.code}"
    return None


rule.scenario(
    "err.single",
    "An error may have several Error elements; the samples have one.",
    _RESPONSE,
    grade=Grade.DETAIL,
    uncovered=_PERMISSION,
)
rule.scenario(
    "err.message",
    "The message of an error may be any text.",
    ERRORS["Introduction"],
    grade=Grade.DETAIL,
    uncovered=_PERMISSION,
)


@rule.answer(
    "err.class.client",
    ERRORS["Introduction"],
    keeps="rejected requests: status 400 to 499",
    breaks="accepted requests, whose status is outside that range",
    note="A repeated server error in place of a client error violates this rule too.",
)
def client_errors(answer: Answer, outcome: Outcome) -> str | None:
    """A client error must have a status of the 400 series."""
    if isinstance(outcome, Accepted) and 400 <= answer.status < 500:
        return f"a success with status {answer.status}"
    if isinstance(outcome, Rejected):
        served = bare(outcome.code) in SERVER | THROTTLING
        return None if served or 400 <= outcome.status < 500 else _class(outcome)
    root = answer.root
    if (
        200 <= answer.status < 400
        and not isinstance(outcome, Accepted)
        and root is not None
        and (code := root.value("Errors/Error/Code"))
    ):
        return f"the error {code} with status {answer.status}"
    return None


def _class(outcome: Rejected) -> str:
    return f"{outcome.code} with status {outcome.status}"


@rule.answer(
    "err.class.server",
    ERRORS["Introduction"],
    keeps="responses with a server error code: status 500 to 599",
    breaks="responses with a client error code, whose status is outside that range",
)
def server_errors(answer: Answer, outcome: Outcome) -> str | None:
    """A server error must have a status of the 500 series."""
    if not isinstance(outcome, Rejected) or bare(outcome.code) not in SERVER:
        return None
    return None if 500 <= outcome.status < 600 else _class(outcome)


rule.scenario(
    "err.status.exact",
    (
        "AWS answers with 400 in general, and 412 DryRunOperation, 403 "
        "UnauthorizedOperation, 401 AuthFailure and 503 RequestLimitExceeded."
    ),
    ERRORS["Introduction"],
    grade=Grade.OBSERVED,
    aws=Aws(
        "agrees", "observed in public reports", _ISSUE + "aws/karpenter-provider-aws/issues/8015"
    ),
)
rule.scenario(
    "err.throttle",
    "Too many requests are answered with RequestLimitExceeded.",
    ERRORS["RequestLimitExceeded"],
    uncovered="a run does not flood an endpoint on purpose; it counts the throttling that occurs",
    note=(
        "The code is in the server table, and prose calls it a client error; both classes"
        " are allowed."
    ),
)
rule.scenario(
    "err.server.codes",
    "Server errors such as InternalError may occur at any time; the image may or may not exist.",
    ERRORS["Server error codes"],
    uncovered=_PERMISSION,
)
rule.scenario(
    "err.atomic",
    "A rejected request must not create an image, a snapshot or a tag, or reserve a name.",
    GUIDE_TAGS["Tag your resources"],
    CREATE_IMAGE["TagSpecification.N"],
    grade=Grade.DETAIL,
    keeps="an accepted request, which creates only its own image and snapshots",
    breaks="rejected requests of every kind",
    note=(
        "The documents state it for tags and dry runs; elsewhere 'the request fails' implies it."
    ),
)
rule.scenario(
    "err.generic_common",
    "Any action may answer with Blocked, OptInRequired, PendingVerification or a similar code.",
    ERRORS["Common client error codes"],
    uncovered=_PERMISSION,
)
