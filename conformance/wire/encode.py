"""The parameters of a request as the bytes of a query string or form.

The order stands, repetitions stand, and every character outside RFC 3986's unreserved set
(letters, digits and ``-._~``) is percent-encoded as UTF-8. That is what AWS asks for in a
signature, and it leaves nothing to whoever normalises a URL on the way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote_from_bytes

from conformance.model.request import Form, Request

_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*")


@dataclass(frozen=True, slots=True)
class Encoded:
    """A request on paper, not signed yet: ``query`` stands in the URL, ``body`` below it."""

    method: str
    query: str = ""
    body: bytes | None = None
    content_type: str | None = None


def encode(request: Request) -> Encoded:
    """A request as its form says: ``GET`` has all in the query, other verbs all in the body.

    Raises ValueError for a Content-Type or verb that no header can hold.
    """
    form = request.form
    if not (form.content_type + form.verb).isascii() or not form.content_type.isprintable():
        raise ValueError(f"an HTTP header cannot hold {form.content_type!r}")
    text = encode_params(request.params, form)
    if form.verb.upper() == "GET":
        return Encoded(form.verb, query=text)
    return Encoded(form.verb, body=text.encode("ascii"), content_type=form.content_type)


def encode_params(params: tuple[tuple[str, str], ...], form: Form = Form()) -> str:  # noqa: B008
    """Names and values joined by ``=`` and ``&``, each of them percent-encoded."""
    text = "&".join(f"{_quote(name)}={_quote(value)}" for name, value in params)
    # A percent sign of the value's own is %25 by now, so that %20 can be nothing but a space.
    return text.replace("%20", "+") if form.space == "+" else text


def _quote(text: str) -> str:
    if _UNRESERVED.fullmatch(text):
        return text
    # A lone surrogate has no UTF-8 form. "surrogatepass" writes the three bytes it would have:
    # invalid UTF-8 for the endpoint to refuse, where a replacement would send another value
    # than the request says.
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="")
