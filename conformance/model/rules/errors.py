"""Rules about the answer to a refused request (Error codes for the Amazon EC2 API)."""

from __future__ import annotations

from conformance.model.answer import Accepted, Answer, Element, Outcome, Rejected
from conformance.model.codes import SERVER, THROTTLING, bare
from conformance.model.rule import Aws, Grade, rule
from conformance.model.sources import CREATE_IMAGE, ERRORS, GUIDE_TAGS, QUERY

_RESPONSE = ERRORS["Example error response"]
_ALLOWANCE = "it allows endpoints something: nothing can contradict it"
_ISSUE = "https://github.com/"


def _error(answer: Answer, outcome: Outcome) -> Element | None:
    """The body of an error that is XML."""
    return answer.root if isinstance(outcome, Rejected) else None


@rule.answer(
    "err.shape",
    _RESPONSE,
    keeps="refused requests",
    breaks="accepted requests, whose answers have no Errors",
)
def shape(answer: Answer, outcome: Outcome) -> str | None:
    """An error is Response, Errors, Error, with Code and Message; a success has none of it."""
    root = answer.root
    if root is not None and isinstance(outcome, Accepted):
        return "a success that has Errors" if root.find("Errors/Error") else None
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
    keeps="refused requests",
    breaks="accepted requests, whose answers spell it requestId",
)
def request_id(answer: Answer, outcome: Outcome) -> str | None:
    """An error has a RequestID with a capital D, another one for each request."""
    root = _error(answer, outcome)
    if root is None or (root.value("RequestID") or "").strip():
        return None
    spelt = [e.name for e in root.walk() if e.name.lower() == "requestid"]
    return f"no Response/RequestID, but {spelt[0]}" if spelt else "no Response/RequestID"


rule.scenario(
    "err.xmlns",
    "The sample of an error has no namespace; one is tolerated.",
    _RESPONSE,
    grade=Grade.DETAIL,
    uncovered=_ALLOWANCE,
)


@rule.answer(
    "err.code_prefix",
    _RESPONSE,
    ERRORS["Common causes of client errors"],
    grade=Grade.DETAIL,
    keeps="refused requests",
    breaks="accepted requests, which have no code",
    note="Prose writes Client.InvalidInstanceID.NotFound; the sample answer has the bare code.",
)
def bare_code(answer: Answer, outcome: Outcome) -> str | None:
    """The code in the body is bare, without Client. or Server. before it."""
    if isinstance(outcome, Rejected) and outcome.code != bare(outcome.code):
        return f"the code is {outcome.code}"
    return None


rule.scenario(
    "err.single",
    "Errors may hold several, though samples hold one.",
    _RESPONSE,
    grade=Grade.DETAIL,
    uncovered=_ALLOWANCE,
)
rule.scenario(
    "err.message",
    "The text of a message is free.",
    ERRORS["Introduction"],
    grade=Grade.DETAIL,
    uncovered=_ALLOWANCE,
)


@rule.answer(
    "err.class.client",
    ERRORS["Introduction"],
    keeps="refused requests: status 400 to 499",
    breaks="accepted requests, whose status is not in that class",
    note="A server error where a client error was due counts here, when it repeats.",
)
def client_errors(answer: Answer, outcome: Outcome) -> str | None:
    """A fault of the request's is answered with a status of the 400 series."""
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
    keeps="answers with a code of the server table: status 500 to 599",
    breaks="answers with a client's code, whose status is not in that class",
)
def server_errors(answer: Answer, outcome: Outcome) -> str | None:
    """A fault of the endpoint's is answered with a status of the 500 series."""
    if not isinstance(outcome, Rejected) or bare(outcome.code) not in SERVER:
        return None
    return None if 500 <= outcome.status < 600 else _class(outcome)


rule.scenario(
    "err.status.exact",
    "Exact numbers: 400 in general, 412 DryRunOperation, 403 UnauthorizedOperation, 401"
    " AuthFailure, 503 RequestLimitExceeded.",
    ERRORS["Introduction"],
    grade=Grade.OBSERVED,
    aws=Aws("agrees", "seen in public reports", _ISSUE + "aws/karpenter-provider-aws/issues/8015"),
)
rule.scenario(
    "err.throttle",
    "Too many requests are answered by RequestLimitExceeded.",
    ERRORS["RequestLimitExceeded"],
    uncovered="nobody's endpoint is flooded on purpose; what throttling is seen is counted",
    note="In the server table, yet called Client. in prose (A14): either class is allowed.",
)
rule.scenario(
    "err.server.codes",
    "InternalError and its relatives may come at any time; the image may exist or not.",
    ERRORS["Server error codes"],
    uncovered=_ALLOWANCE,
)
rule.scenario(
    "err.atomic",
    "A refused request leaves no image, no snapshot, no tag and takes no name.",
    GUIDE_TAGS["Tag your resources"],
    CREATE_IMAGE["TagSpecification.N"],
    grade=Grade.DETAIL,
    keeps="an accepted request, which leaves just its own image and snapshots",
    breaks="refused requests of every kind",
    note="Stated for tags and the dry run; implied by 'the request fails' elsewhere.",
)
rule.scenario(
    "err.generic_common",
    "Any action may be refused with Blocked, OptInRequired, PendingVerification and the like.",
    ERRORS["Common client error codes"],
    uncovered=_ALLOWANCE,
)
