"""Rules about the form of a request: method, scheme, encoding, content type (Query requests)."""

from __future__ import annotations

from conformance.model.catalogue import rule
from conformance.model.request import Request
from conformance.model.rule import Grade
from conformance.model.rules.description import RESERVED, is_lost
from conformance.model.sources import BOTOCORE, QUERY
from conformance.model.world import Effects, World


@rule.request(
    "wire.verb",
    QUERY["Structure of a GET request"],
    only_with=(),
    keeps="a valid request by GET and by POST",
    breaks="an invalid name by GET, rejected as by POST",
)
def verb(request: Request, world: World) -> bool:
    """GET and POST must accept the same parameters and return the same responses."""
    return True


rule.scenario(
    "wire.scheme",
    "HTTP and HTTPS must both be served, and both require a signature.",
    QUERY["Query request authentication"],
    uncovered="a target has one address and one scheme",
)


def shows_encoded(request: Request, before: World, effects: Effects) -> str | None:
    """The image is shown, and a description with reserved characters is percent-encoded."""
    if effects.image is None:
        return "not decided: see st.image.exists"
    if RESERVED.search(request.description or ""):
        if request.form.space == "+":
            return "inconclusive: desc.plus compares this description"
        if is_lost(effects):
            return "not decided: see desc.roundtrip"
    return None


@rule.effect(
    "wire.urlencode",
    QUERY["Query parameters"],
    keeps="a description with reserved characters, percent-encoded",
    breaks="a description that needs no encoding",
    evidence=shows_encoded,
)
def percent_encoding(request: Request, before: World, effects: Effects) -> str | None:
    """A percent-encoded value must be decoded."""
    sent = request.description or ""
    if effects.image is None or request.form.space == "+" or not RESERVED.search(sent):
        return None
    if is_lost(effects):
        return None
    shown = effects.image.description or ""
    return None if shown == sent else f"the image's description is {shown!r}"


@rule.request(
    "wire.post.ctype",
    BOTOCORE["EC2Serializer"],
    QUERY["Structure of a GET request"],
    grade=Grade.DETAIL,
    keeps="a POST of application/x-www-form-urlencoded; charset=utf-8",
    breaks="a POST with another content type: accepted or rejected",
    note="One example of the documents shows application/json with a GET.",
)
def content_type(request: Request, world: World) -> bool | None:
    """The body of a POST is a URL-encoded form; other content types are unspecified."""
    form = request.form
    if form.verb != "POST" or form.content_type.startswith("application/x-www-form-urlencoded"):
        return True
    return None
