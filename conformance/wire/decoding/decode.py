"""Decodes a response: its body as elements, and its outcome.

Decoding is lenient and finds elements by name, whatever their order, white space and prefixes. The
rules judge the root, the namespace and the place of a code by ``Answer.root``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from lxml import etree

from conformance.model.answer import (
    Accepted,
    Answer,
    Element,
    Limited,
    Malformed,
    Outcome,
    Rejected,
    Throttled,
)
from conformance.model.codes import LIMITS, THROTTLING, bare
from conformance.model.request import Request
from conformance.wire.decoding.lazy import LazyElement

MAX_DEPTH = 64
"""The deepest nesting of elements. EC2's own responses have about ten levels."""


_HEAD, _LINE = 4096, 120
"""Bytes of a body that are searched for its first line, and characters that are kept of it."""
READ_ONLY = ("Describe", "Get")
"""The prefixes of actions that change nothing."""


_READY: list[etree.XMLParser] = []
"""Parsers that have raised no error, one for each reading thread. To create one takes longer than
to read most responses."""


def _parser() -> etree.XMLParser:
    # collect_ids=False is faster and unsafe: it makes libxml2 load an external document type.
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )


class NotXmlError(Exception):
    """A body that is no XML, or XML that is not accepted here."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def parse(body: bytes, *, lazily: bool = False) -> Element:
    """Parse a body. Raises NotXmlError, which says in a few words what the body is instead.

    With ``lazily``, elements are created on access, which suits long responses. A body with a
    document type is refused: the EC2 protocol has none, and entities and external references
    need one.
    """
    if not body.strip():
        raise NotXmlError("empty body")
    parser = _READY.pop() if _READY else _parser()
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError):
        # A parser keeps its errors: this one is not reused.
        raise NotXmlError(_looks_like(body)) from None
    _READY.append(parser)
    info = root.getroottree().docinfo
    if info.internalDTD is not None or info.doctype:
        raise NotXmlError("HTML" if _local(root.tag).lower() == "html" else "XML with a DOCTYPE")
    if _local(root.tag).lower() == "html":
        raise NotXmlError("HTML")
    return LazyElement(root) if lazily else _element(root, {}, 1)


def outcome_of(
    request: Request, status: int, headers: Mapping[str, str], body: bytes, seconds: float = 0.0
) -> tuple[Outcome, Answer]:
    """The outcome of a request and its response. Never raises.

    A success of CreateImage without an image id is Malformed. A success of another action is
    Accepted, with an empty id if the action creates no image.
    """
    kind = headers.get("Content-Type", "")
    root: Element | None = None
    what = ""
    # A Describe response lists all resources, and the run knows most of them already.
    reads = (request.action or "").startswith(READ_ONLY)
    try:
        root = parse(body, lazily=reads)
    except NotXmlError as error:
        what = error.why
    answer = Answer(status, kind, root, seconds)
    if 300 <= status < 400:
        return Malformed(_redirect(headers.get("Location", "")), status), answer
    if not 200 <= status < 600:
        return Malformed("a status that ends no request", status), answer
    if root is None:
        if status == 429:  # the body may be a proxy's page
            return Throttled("TooManyRequests", status), answer
        return Malformed(what, status, first_line(body)), answer
    if status < 300:
        return _success(request, root, status), answer
    return _failure(root, status), answer


def first_line(body: bytes) -> str:
    """The first line of a body that has text, shortened, for messages."""
    lines = (line.strip() for line in body[:_HEAD].decode("utf-8", "replace").splitlines())
    return next(filter(None, lines), "")[:_LINE]


def _success(request: Request, root: Element, status: int) -> Outcome:
    action = request.action or ""
    if action.startswith(READ_ONLY):
        # Its response has the ids of existing images.
        if root.name == f"{action}Response":
            return Accepted("")
    elif image_id := (root.value("imageId") or "").strip():
        return Accepted(image_id)
    error = _error(root)
    if error is not None:
        return Malformed(f"error {error[0]} with status {status}", status)
    # A request without an Action, or with one in another case, is a distorted CreateImage.
    if action.lower() not in ("", "createimage"):
        return Accepted("")
    # An id in the wrong place still names an image that the run has to remove.
    ids = (each.text.strip() for each in root.walk() if each.name == "imageId")
    image_id = next(filter(None, ids), "")
    if image_id:
        return Accepted(image_id)
    instead = "" if root.name == "CreateImageResponse" else f" ({root.name[:60]})"
    return Malformed(f"success without imageId{instead}", status)


def _failure(root: Element, status: int) -> Outcome:
    error = _error(root)
    if error is None:
        return Malformed("XML without an error code", status)
    code, message = error
    if bare(code) in THROTTLING:
        return Throttled(bare(code), status)
    if bare(code) in LIMITS:
        return Limited(bare(code), status)
    return Rejected(code, status, message)


def _error(root: Element) -> tuple[str, str] | None:
    """The code and message of the first Error element with a code, at any depth."""
    for element in root.walk():
        if element.name == "Error":
            code = (element.value("Code") or "").strip()
            if code:
                return code, element.value("Message") or ""
    return None


def _redirect(location: str) -> str:
    # Only the host and port: the rest of the address may hold the request and its signature.
    try:
        parts = urlsplit(location)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "redirects to an address that is none"
    if not host:
        return "redirects" if location else "redirects nowhere"
    return f"redirects to {host}{port}"


def _looks_like(body: bytes) -> str:
    """Name the format of a body that is no XML, in two or three words."""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:512].lower()
    if start.startswith(b"<!doctype html") or b"<html" in start:
        return "HTML"
    if start[:1] in (b"{", b"["):
        try:
            json.loads(body)
        except (ValueError, RecursionError):
            return "text"
        return "JSON"
    if b"<!doctype" in start:
        return "XML with a DOCTYPE"
    return "broken XML" if start.startswith(b"<") else "text"


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


_Names = dict[str, tuple[str, str]]


def _element(node: etree._Element, names: _Names, depth: int) -> Element:
    # ``names`` caches the name and namespace of each tag: a long response has thousands of
    # elements and a few dozen tags.
    tag = node.tag
    split = names.get(tag)
    if split is None:
        namespace, _, local = tag.rpartition("}")
        split = names[tag] = (local, namespace[1:])
    text = node.text or ""
    if not len(node):
        return Element(split[0], split[1], text)
    if depth >= MAX_DEPTH:
        raise NotXmlError(f"XML nested deeper than {MAX_DEPTH}")
    children = []
    for child in node:
        children.append(_element(child, names, depth + 1))
        if child.tail:
            text += child.tail
    return Element(split[0], split[1], text.strip(), tuple(children))
