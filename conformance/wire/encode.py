"""Encodes the parameters of a request as a query string or form.

Order and repetitions are kept. Every character outside RFC 3986's unreserved set (letters, digits
and ``-._~``) is percent-encoded as UTF-8, as AWS requires in a signature. Nothing is left for an
intermediary to normalise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote_from_bytes

from conformance.model.request import Form, Request

_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*")


@dataclass(frozen=True, slots=True)
class Encoded:
    """An encoded request, not signed yet."""

    method: str
    query: str = ""
    body: bytes | None = None
    content_type: str | None = None


def encode(request: Request) -> Encoded:
    """Encode a request: the parameters of a ``GET`` are in the query, others in the body.

    Raises ValueError for a Content-Type or verb that no HTTP header can hold.
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
    # A percent sign in a value is %25 by now: %20 is always a space.
    return text.replace("%20", "+") if form.space == "+" else text


def _quote(text: str) -> str:
    if _UNRESERVED.fullmatch(text):
        return text
    # A lone surrogate has no UTF-8 form. "surrogatepass" sends invalid UTF-8, for the endpoint to
    # reject. A replacement character would send another value than the request has.
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="")
