"""Rules about ``Description`` (API_CreateImage, Description)."""

from __future__ import annotations

import re

from conformance.model.request import Request
from conformance.model.rule import Aws, Grade, rule
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
"""Characters that mean something in a query string: wire.urlencode speaks of them."""


@rule.request(
    "desc.optional",
    CREATE_IMAGE["Description"],
    keeps="a request without a description",
    breaks="the same request with one",
)
def optional(request: Request, world: World) -> bool:
    """A description may be left out."""
    return True


@rule.request(
    "desc.max255",
    BOTOCORE["ImageDescriptionRequest"],
    CREATE_IMAGE_2013["Description"],
    GUIDE_AMI["Image description"],
    grade=Grade.DETAIL,
    keeps="a description of 255 characters",
    breaks="descriptions of 256 characters and more",
    note="Today's action page names no limit; botocore's model and the 2013 page do (A18).",
)
def at_most_255_characters(request: Request, world: World) -> bool:
    """A description has at most 255 characters."""
    return request.description is None or len(request.description) <= LONGEST


@rule.request(
    "desc.empty",
    BOTOCORE["ImageDescriptionRequest"],
    grade=Grade.DETAIL,
    keeps="an empty description",
    breaks="a description of one character",
    aws=Aws(
        "agrees",
        "images with an empty and with no description element both occur",
        "ManageIQ/manageiq-providers-amazon refresher_inventory_object.yml",
    ),
    note="Whether the image then shows an empty description or none is not said.",
)
def empty(request: Request, world: World) -> bool:
    """A description may be empty."""
    return True


@rule.request(
    "desc.charset",
    CREATE_IMAGE["Description"],
    grade=Grade.UNSPECIFIED,
    keeps="descriptions of printable ASCII",
    breaks="descriptions with control characters or of other scripts",
)
def charset(request: Request, world: World) -> bool | None:
    """Which characters a description may have is not said."""
    return None if request.description and not _ascii_text(request.description) else True


@rule.effect(
    "desc.plus",
    CREATE_IMAGE["Examples 1 and 2"],
    QUERY["Structure of a GET request"],
    grade=Grade.DETAIL,
    keeps="a description whose spaces are written + on the wire",
    breaks="the same description with its spaces written %20",
)
def plus_is_a_space(request: Request, before: World, effects: Effects) -> str | None:
    """A + in the encoded form stands for a space, as in the page's own examples."""
    if request.form.space != "+" or " " not in (request.description or ""):
        return None
    return _difference(request, effects)


@rule.effect(
    "desc.roundtrip",
    DESCRIBE_IMAGES["Image, Description"],
    grade=Grade.DETAIL,
    keeps="a request with a description",
    breaks="a request without one, whose image shows none or an empty one",
)
def roundtrip(request: Request, before: World, effects: Effects) -> str | None:
    """The image shows the description that was sent, character for character, and no other."""
    sent = request.description or ""
    if (request.form.space == "+" and " " in sent) or RESERVED.search(sent):
        return None  # desc.plus and wire.urlencode speak of those
    return _difference(request, effects)


def _difference(request: Request, effects: Effects) -> str | None:
    sent = request.description or ""
    if effects.image is None or not _ascii_text(sent):
        return None
    shown = effects.image.description or ""
    return None if shown == sent else f"the image's description is {shown!r}"
