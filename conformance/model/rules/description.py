"""Rules about ``Description`` (API_CreateImage, Description)."""

from __future__ import annotations

import re

from conformance.model.catalogue import rule
from conformance.model.request import Request
from conformance.model.rule import Aws, Grade
from conformance.model.sources import (
    BOTOCORE,
    CREATE_IMAGE,
    CREATE_IMAGE_2013,
    DESCRIBE_IMAGES,
    GUIDE_AMI,
    QUERY,
)
from conformance.model.world import Effects, World

LONGEST = 255


def _ascii_text(text: str) -> bool:
    return text.isascii() and text.isprintable()


RESERVED = re.compile(r"[&=+%#?;]")
"""Characters that have a meaning in a query string; wire.urlencode covers them."""


@rule.request(
    "desc.optional",
    CREATE_IMAGE["Description"],
    only_with=(),
    keeps="a request without Description",
    breaks="the same request with a Description",
)
def optional(request: Request, world: World) -> bool:
    """Description is optional."""
    return True


@rule.request(
    "desc.max255",
    BOTOCORE["ImageDescriptionRequest"],
    CREATE_IMAGE_2013["Description"],
    GUIDE_AMI["Image description"],
    grade=Grade.DETAIL,
    keeps="a description of 255 characters",
    breaks="descriptions of 256 characters and more",
    note="The action page states no limit; botocore's model and the 2013 page do.",
)
def at_most_255_characters(request: Request, world: World) -> bool:
    """A description must have at most 255 characters."""
    return request.description is None or len(request.description) <= LONGEST


@rule.request(
    "desc.empty",
    BOTOCORE["ImageDescriptionRequest"],
    grade=Grade.DETAIL,
    only_with=(),
    keeps="an empty description",
    breaks="a description of one character",
    aws=Aws(
        "agrees",
        "shows images with an empty description element and images with none",
        "ManageIQ/manageiq-providers-amazon refresher_inventory_object.yml",
    ),
    note=(
        "The documents do not say whether DescribeImages then shows an empty description or none."
    ),
)
def empty(request: Request, world: World) -> bool:
    """A description may be empty."""
    return True


@rule.request(
    "desc.charset",
    CREATE_IMAGE["Description"],
    grade=Grade.UNSPECIFIED,
    keeps="descriptions of printable ASCII",
    breaks="descriptions with control characters or non-ASCII characters",
)
def charset(request: Request, world: World) -> bool | None:
    """The documents do not say which characters a description may contain."""
    return None if request.description and not _ascii_text(request.description) else True


def shows_text(request: Request, before: World, effects: Effects) -> str | None:
    """The image is shown, and its description has characters that any target can show."""
    if effects.image is None:
        return "not decided: see st.image.exists"
    if _ascii_text(request.description or ""):
        return None
    return "inconclusive: the documents do not specify every character of the description"


def shows_whole_text(request: Request, before: World, effects: Effects) -> str | None:
    """As :func:`shows_text`, for a description that no rule on encoding compares."""
    if _is_covered_elsewhere(request, effects):
        return "inconclusive: desc.plus or wire.urlencode compares this description"
    return shows_text(request, before, effects)


def shows_decoded(request: Request, before: World, effects: Effects) -> str | None:
    """As :func:`shows_text`, and the image shows a description at all."""
    if is_lost(effects):
        return "not decided: see desc.roundtrip"
    return shows_text(request, before, effects)


@rule.effect(
    "desc.plus",
    CREATE_IMAGE["Examples 1 and 2"],
    QUERY["Structure of a GET request"],
    grade=Grade.DETAIL,
    keeps="a description whose spaces are encoded as +",
    breaks="the same description with its spaces encoded as %20",
    evidence=shows_decoded,
)
def plus_is_a_space(request: Request, before: World, effects: Effects) -> str | None:
    """A + in the encoded request must be read as a space, as in the page's examples."""
    if request.form.space != "+" or " " not in (request.description or "") or is_lost(effects):
        return None
    return _difference(request, effects)


@rule.effect(
    "desc.roundtrip",
    DESCRIBE_IMAGES["Image, Description"],
    grade=Grade.DETAIL,
    keeps="a request with a description",
    breaks="a request without one: the image has none or an empty one",
    evidence=shows_whole_text,
)
def roundtrip(request: Request, before: World, effects: Effects) -> str | None:
    """DescribeImages must report the description exactly as sent, and none if none was sent."""
    if _is_covered_elsewhere(request, effects):
        return None
    return _difference(request, effects)


def is_lost(effects: Effects) -> bool:
    """Whether the image shows no description at all, so that no decoding is to be compared."""
    return effects.image is not None and not effects.image.description


def _is_covered_elsewhere(request: Request, effects: Effects) -> bool:
    """Whether desc.plus or wire.urlencode compares the description."""
    sent = request.description or ""
    encoded = (request.form.space == "+" and " " in sent) or RESERVED.search(sent)
    return bool(encoded) and not is_lost(effects)


def _difference(request: Request, effects: Effects) -> str | None:
    sent = request.description or ""
    if effects.image is None or not _ascii_text(sent):
        return None
    shown = effects.image.description or ""
    return None if shown == sent else f"the image's description is {shown!r}"
