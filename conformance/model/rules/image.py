"""Rules about the new image, as DescribeImages shows it (API_Image, User Guide)."""

from __future__ import annotations

from datetime import datetime

from conformance.model.request import Request
from conformance.model.rule import Grade, rule
from conformance.model.sources import BOTOCORE, CREATE_IMAGE, DESCRIBE_IMAGES, GUIDE_AMI
from conformance.model.world import Effects, Image, Instance, World

_REFUSED = "refused requests, after which there is no image"

INHERITED = (
    ("architecture", "architecture"),
    ("virtualization", "virtualization type"),
    ("platform", "platform"),
    ("boot_mode", "boot mode"),
    ("root_device", "root device name"),
)
"""What an image has from its instance; compared where the endpoint shows both."""


def _source(request: Request, before: World) -> Instance | None:
    return before.instances.get(request.instance_id or "")


@rule.effect(
    "st.image.exists",
    GUIDE_AMI["Process for creating an AMI"],
    BOTOCORE["waiter ImageExists"],
    keeps="an accepted request, whose image can be described",
    breaks=_REFUSED,
)
def exists(request: Request, before: World, effects: Effects) -> str | None:
    """The image of an accepted request is registered and can be described."""
    return "DescribeImages does not show the image" if effects.image is None else None


@rule.effect(
    "st.image.state0",
    GUIDE_AMI["Process for creating an AMI"],
    keeps="an accepted request, looked at early",
    breaks=_REFUSED,
)
def first_state(request: Request, before: World, effects: Effects) -> str | None:
    """The image is pending at first, though it may be further on when it is looked at."""
    image = effects.image
    if image is None or image.state in ("pending", "available", "failed", "transient"):
        return None
    return f"the image's state is {image.state}"


rule.scenario(
    "st.image.state1",
    "The image ends available, or failed.",
    DESCRIBE_IMAGES["Image, State"],
    BOTOCORE["waiter ImageAvailable"],
    grade=Grade.DETAIL,
    keeps="an accepted request, waited for",
    breaks=_REFUSED,
    note="No document sets a time: a state not reached within the window is no deviation.",
)
rule.scenario(
    "st.image.launchable",
    "An image that is available can be launched.",
    DESCRIBE_IMAGES["Image, State"],
    keeps="RunInstances of an available image",
    breaks="RunInstances of an image id that does not exist",
)
rule.scenario(
    "st.image.reason",
    "Why an image failed is said in its state reason.",
    DESCRIBE_IMAGES["Image, StateReason"],
    grade=Grade.DETAIL,
    uncovered="no image can be made to fail by a request",
)
rule.scenario(
    "st.image.time",
    "Making an image takes minutes, and up to 24 hours.",
    GUIDE_AMI["Create an AMI from an instance"],
    grade=Grade.DETAIL,
    uncovered="a run does not wait for 24 hours",
)


@rule.effect(
    "st.image.root",
    CREATE_IMAGE["Introduction"],
    keeps="an accepted request",
    breaks=_REFUSED,
)
def ebs_backed(request: Request, before: World, effects: Effects) -> str | None:
    """The image is EBS-backed."""
    image = effects.image
    if image is None or image.root_device_type == "ebs":
        return None
    return f"the image's root device type is {image.root_device_type}"


@rule.effect(
    "st.image.owner",
    DESCRIBE_IMAGES["Image, OwnerId"],
    grade=Grade.DETAIL,
    keeps="an accepted request",
    breaks=_REFUSED,
)
def owner(request: Request, before: World, effects: Effects) -> str | None:
    """The image belongs to the account that asked for it."""
    image = effects.image
    if image is None or before.account is None or image.owner == before.account:
        return None
    return f"the image's owner is {image.owner}, the caller is {before.account}"


@rule.effect(
    "st.image.private",
    DESCRIBE_IMAGES["Image, Public"],
    grade=Grade.DETAIL,
    keeps="an accepted request",
    breaks=_REFUSED,
)
def private(request: Request, before: World, effects: Effects) -> str | None:
    """A new image is private."""
    return "the image is public" if effects.image and effects.image.public else None


@rule.effect(
    "st.image.source_instance",
    DESCRIBE_IMAGES["Image, SourceInstanceId"],
    keeps="an accepted request",
    breaks=_REFUSED,
)
def source_instance(request: Request, before: World, effects: Effects) -> str | None:
    """The image names the instance it was made of."""
    image = effects.image
    if image is None or image.source_instance == request.instance_id:
        return None
    return f"the image's source instance is {image.source_instance}"


rule.scenario(
    "st.image.source_image",
    "Which image a new one names as its source is worded vaguely.",
    DESCRIBE_IMAGES["Image, SourceImageId"],
    grade=Grade.UNSPECIFIED,
)


@rule.effect(
    "st.image.inherit",
    BOTOCORE["BootModeOverride"],
    GUIDE_AMI["Process for creating an AMI"],
    grade=Grade.DETAIL,
    keeps="an accepted request",
    breaks=_REFUSED,
    note="The boot mode is documented; the other attributes are implied.",
)
def inherits(request: Request, before: World, effects: Effects) -> str | None:
    """The image has the architecture, virtualization, platform, boot mode and root device name
    of its instance."""
    image, source = effects.image, _source(request, before)
    if image is None or source is None:
        return None
    for attribute, words in INHERITED:
        had, has = getattr(source, attribute), getattr(image, attribute)
        shown = (had and has) or attribute == "platform"  # where that is not shown, it is Linux
        if shown and had != has:
            return f"the image's {words} is {has or 'none'}, the instance's is {had or 'none'}"
    return None


@rule.effect(
    "st.image.type",
    DESCRIBE_IMAGES["Image, ImageType, CreationDate"],
    grade=Grade.DETAIL,
    keeps="an accepted request",
    breaks=_REFUSED,
)
def type_and_date(request: Request, before: World, effects: Effects) -> str | None:
    """The image is of type machine and has a creation date in ISO 8601."""
    image = effects.image
    if image is None:
        return None
    if image.type != "machine":
        return f"the image's type is {image.type}"
    return None if _is_date(image) else f"the image's creation date is {image.creation_date!r}"


def _is_date(image: Image) -> bool:
    try:
        return bool(datetime.fromisoformat(image.creation_date or ""))
    except ValueError:
        return False
