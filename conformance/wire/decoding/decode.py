"""What an answer is: the body as elements, and the outcome that it stands for.

The documents let the order of elements and the white space between them vary, so that elements
are found by name; which prefix a namespace has says nothing. What the documents do fix (the root,
the namespace, the place of a code) is not judged here: an answer is understood as far as it can
be, and the rules look at ``Answer.root``.
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
    Malformed,
    Outcome,
    Rejected,
    Throttled,
)
from conformance.model.codes import THROTTLING, bare
from conformance.model.request import Request
from conformance.wire.decoding.lazy import LazyElement

MAX_DEPTH = 64
"""Elements inside each other. EC2's own answers have about ten."""


READ_ONLY = ("Describe", "Get")
"""How the names of actions begin that change nothing."""


_READY: list[etree.XMLParser] = []
"""Parsers that have read without an error, one for each thread that reads: to make one takes
longer than most answers take to read."""


def _parser() -> etree.XMLParser:
    # collect_ids=False would be faster and must not be used: it makes libxml2 load an outside
    # document type.
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
    """A body that is no XML, or XML that no endpoint has a reason to send."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def parse(body: bytes, *, lazily: bool = False) -> Element:
    """A body as elements. Raises NotXmlError, with what it is instead in a few words.

    Long answers can be read ``lazily``: what nobody asks for is not made an element of.

    A document type is refused whole: it is what entities and outside references come with, and
    nothing in the EC2 protocol has one.
    """
    if not body.strip():
        raise NotXmlError("empty body")
    parser = _READY.pop() if _READY else _parser()
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError):
        # A parser keeps the errors of what it has read: this one is not used again.
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
    """The outcome and the answer for what came back to a request. It never raises.

    A success of another action than CreateImage is Accepted with an empty id, unless it is one
    that makes an image too. CreateImage's without an id is Malformed.
    """
    kind = headers.get("Content-Type", "")
    root: Element | None = None
    what = ""
    # Every look at what there is lists all of it, and most of it is known.
    looks = (request.get("Action") or "").startswith(READ_ONLY)
    try:
        root = parse(body, lazily=looks)
    except NotXmlError as error:
        what = error.why
    answer = Answer(status, kind, root, seconds)
    if 300 <= status < 400:
        return Malformed(_redirect(headers.get("Location", "")), status), answer
    if not 200 <= status < 600:
        return Malformed("a status that ends no request", status), answer
    if root is None:
        if status == 429:  # a proxy's page perhaps, and clear all the same
            return Throttled("TooManyRequests", status), answer
        return Malformed(what, status), answer
    if status < 300:
        return _success(request, root, status), answer
    return _failure(root, status), answer


def _success(request: Request, root: Element, status: int) -> Outcome:
    action = request.get("Action") or ""
    image_id = (root.value("imageId") or "").strip()
    # In an answer to a question it is an image that is spoken of, not one that was made.
    if image_id and not action.startswith(READ_ONLY):
        return Accepted(image_id)
    if action.startswith(READ_ONLY) and root.name == f"{action}Response":
        return Accepted("")
    error = _error(root)
    if error is not None:
        return Malformed(f"error {error[0]} with status {status}", status)
    # Without an Action, or with one in the wrong case, it is CreateImage that was distorted.
    if action.lower() not in ("", "createimage"):
        return Accepted("")
    # In the wrong place it is still the id of an image that somebody has to remove.
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
    return Rejected(code, status, message)


def _error(root: Element) -> tuple[str, str] | None:
    """The code and message of the first Error element that has a code, wherever it stands."""
    for element in root.walk():
        if element.name == "Error":
            code = (element.value("Code") or "").strip()
            if code:
                return code, element.value("Message") or ""
    return None


def _redirect(location: str) -> str:
    # Only where to: the rest of the address may hold the whole request, signature included.
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
    """In two or three words, what a body that is no XML is."""
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
    # ``names`` keeps the two halves of each tag: a long answer has thousands of elements of a
    # few dozen names.
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
