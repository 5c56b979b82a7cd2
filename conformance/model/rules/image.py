"""Rules about the new image as DescribeImages shows it (API_Image, User Guide).

The module is long because it has the whole section, each rule with its metadata.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from conformance.model.catalogue import rule
from conformance.model.history import Created, History, Launched, LaunchRefused
from conformance.model.request import Request
from conformance.model.rule import Arm, Aws, Decides, Finding, Grade, Lacks, Violates
from conformance.model.sources import BOTOCORE, CREATE_IMAGE, DESCRIBE_IMAGES, GUIDE_AMI
from conformance.model.world import Effects, Instance, World

_UNCHANGED = ("boot_mode", "ena_support")
"""Attributes that no launch changes: an instance that shows none has those of its image."""
_REJECTED = "rejected requests, which create no image"
NO_ACCOUNT = (
    "inconclusive: the caller's account is unknown, because the endpoint has no GetCallerIdentity,"
    " and DescribeInstances and RunInstances show no owner of the instance"
)


def other_owner(what: str, owner: str, before: World) -> str | None:
    """How the owner of a resource differs from the caller; None if it does not."""
    if before.account in (None, owner):
        return None
    if owner == before.owner:
        return (
            f"{what} is {owner}, as that of the instance; GetCallerIdentity names {before.account}"
        )
    return f"{what} is {owner}, the caller is {before.account}"


INHERITED = (
    ("architecture", "architecture"),
    ("virtualization", "virtualization type"),
    ("platform", "platform"),
    ("boot_mode", "boot mode"),
    ("ena_support", "ENA support"),
    ("root_device", "root device name"),
)
"""Attributes that an image inherits from its instance; compared where the endpoint shows both.

An image that lacks one is compared too, if the image of its instance shows that attribute.
"""


def _source(request: Request, before: World) -> Instance | None:
    return before.instances.get(request.instance_id or "")


@rule.effect(
    "st.image.exists",
    GUIDE_AMI["Process for creating an AMI"],
    BOTOCORE["waiter ImageExists"],
    keeps="an accepted request",
    breaks=_REJECTED,
    note="An error in place of the image violates the rule; a lost answer does not.",
)
def exists(request: Request, before: World, effects: Effects) -> str | None:
    """DescribeImages must show the image of an accepted request."""
    if effects.image is None and effects.image_error:
        return f"DescribeImages of the image: {effects.image_error}"
    return "DescribeImages does not show the image" if effects.image is None else None


@rule.effect(
    "st.image.state0",
    GUIDE_AMI["Process for creating an AMI"],
    keeps="an accepted request, described early",
    breaks=_REJECTED,
)
def first_state(request: Request, before: World, effects: Effects) -> str | None:
    """A new image is pending at first; it may have left that state when it is described."""
    image = effects.image
    if image is None or image.state in ("pending", "available", "failed", "transient"):
        return None
    return f"the image's state is {image.state}"


rule.scenario(
    "st.image.state1",
    "An image must become available or failed.",
    DESCRIBE_IMAGES["Image, State"],
    BOTOCORE["waiter ImageAvailable"],
    grade=Grade.DETAIL,
    keeps="an accepted request, described until its state is final",
    breaks=_REJECTED,
    note=(
        "No document sets a time. A state that is not reached within the window is no deviation."
    ),
)


@rule.history(
    "st.image.launchable",
    DESCRIBE_IMAGES["Image, State"],
    keeps="RunInstances of an available image",
    breaks="RunInstances of an image ID that does not exist",
)
def launchable(history: History) -> Iterator[Finding]:
    """An available image can be launched."""
    created = history.first(Created)
    launches = [step for step in history.steps if isinstance(step, Launched | LaunchRefused)]
    if created is None or history.ended:
        yield Lacks(history.ended)
        return
    own = next((step for step in launches if step.image_id == created.image_id), None)
    yield Decides(Arm.KEEPS)
    if isinstance(own, LaunchRefused):
        yield Violates(Arm.KEEPS, f"RunInstances of the image: {own.why}", created)
    unknown = [step for step in launches if step.image_id != created.image_id]
    if any(isinstance(step, LaunchRefused) for step in unknown):
        yield Decides(Arm.BREAKS)
    else:
        yield Lacks("inconclusive: the target launches images that do not exist")


rule.scenario(
    "st.image.reason",
    "A failed image must give the reason in stateReason.",
    DESCRIBE_IMAGES["Image, StateReason"],
    grade=Grade.DETAIL,
    keeps="an image that ends failed",
    breaks="an accepted request whose image does not fail",
    note="No request makes an image fail. Each image that the run sees failed is judged.",
)
rule.scenario(
    "st.image.time",
    "Creating an image takes minutes, or up to 24 hours.",
    GUIDE_AMI["Create an AMI from an instance"],
    grade=Grade.DETAIL,
    uncovered="a run does not wait for 24 hours",
)


@rule.effect(
    "st.image.root",
    CREATE_IMAGE["Introduction"],
    keeps="an accepted request",
    breaks=_REJECTED,
)
def ebs_backed(request: Request, before: World, effects: Effects) -> str | None:
    """The image must be EBS-backed."""
    image = effects.image
    if image is None or image.root_device_type == "ebs":
        return None
    return f"the image's root device type is {image.root_device_type}"


def account_known(request: Request, before: World, effects: Effects) -> str | None:
    """An owner is compared with the caller's account."""
    return NO_ACCOUNT if before.account is None else None


@rule.effect(
    "st.image.owner",
    DESCRIBE_IMAGES["Image, OwnerId"],
    grade=Grade.DETAIL,
    keeps="an accepted request",
    breaks=_REJECTED,
    evidence=account_known,
)
def owner(request: Request, before: World, effects: Effects) -> str | None:
    """The caller's account must own the image."""
    image = effects.image
    if image is None:
        return None
    if image.owner is None:
        return "DescribeImages shows no owner of the image"
    return other_owner("the image's owner", image.owner, before)


def shows_whether_public(request: Request, before: World, effects: Effects) -> str | None:
    """The image shows isPublic."""
    if effects.image is not None and effects.image.public is None:
        return "inconclusive: DescribeImages shows no isPublic of the image"
    return None


@rule.effect(
    "st.image.private",
    DESCRIBE_IMAGES["Image, Public"],
    grade=Grade.DETAIL,
    keeps="an accepted request",
    breaks=_REJECTED,
    evidence=shows_whether_public,
)
def private(request: Request, before: World, effects: Effects) -> str | None:
    """A new image must be private."""
    return "the image is public" if effects.image and effects.image.public else None


@rule.effect(
    "st.image.source_instance",
    DESCRIBE_IMAGES["Image, SourceInstanceId"],
    keeps="an accepted request",
    breaks=_REJECTED,
    aws=Aws("agrees", "shows sourceInstanceId since 2023; showed none in 2020"),
)
def source_instance(request: Request, before: World, effects: Effects) -> str | None:
    """The image must name its source instance."""
    image = effects.image
    if image is None or image.source_instance == request.instance_id:
        return None
    return f"the image's source instance is {image.source_instance}"


rule.scenario(
    "st.image.source_image",
    "The documents do not say clearly which image sourceImageId names.",
    DESCRIBE_IMAGES["Image, SourceImageId"],
    grade=Grade.UNSPECIFIED,
)


def shows_inherited(request: Request, before: World, effects: Effects) -> str | None:
    """The instance, or the image that it is of, shows an attribute that the image shows too."""
    image, source = effects.image, _source(request, before)
    origin = before.images.get((source and source.image_id) or "")
    shown = [
        name
        for name, _ in INHERITED
        if getattr(image, name, None) is not None
        and any(getattr(each, name, None) is not None for each in (source, origin))
    ]
    if shown:
        return None
    words = ", ".join(words for _, words in INHERITED)
    return f"inconclusive: no attribute is shown of both the instance and the image ({words})"


@rule.effect(
    "st.image.inherit",
    BOTOCORE["BootModeOverride"],
    GUIDE_AMI["Process for creating an AMI"],
    grade=Grade.DETAIL,
    keeps="an accepted request",
    breaks=_REJECTED,
    evidence=shows_inherited,
    note=(
        "The documents state the boot mode and imply the other attributes. They say nothing of"
        " NitroTPM and IMDS support (st.image.inherit.support)."
    ),
)
def inherits(request: Request, before: World, effects: Effects) -> str | None:
    """The image must have its instance's architecture, virtualization type, platform, boot mode,
    ENA support and root device name."""
    image, source = effects.image, _source(request, before)
    if image is None or source is None:
        return None
    origin = before.images.get(source.image_id or "")
    for attribute, words in INHERITED:
        had, has = getattr(source, attribute), getattr(image, attribute)
        of_origin = getattr(origin, attribute, None)
        shown = (had and has) or attribute == "platform"  # no platform means Linux
        if shown and had != has:
            return f"the image's {words} is {has or 'none'}, the instance's is {had or 'none'}"
        if not has and of_origin not in (None, "false") and had in (None, of_origin):
            return f"the image shows no {words}; the image of its instance shows {of_origin}"
        known = attribute in _UNCHANGED and not had and None not in (has, of_origin)
        if known and has != of_origin:
            return f"the image's {words} is {has}, that of its instance's image {of_origin}"
    return None


rule.scenario(
    "st.image.inherit.support",
    "The documents do not say whether an image inherits NitroTPM and IMDS support.",
    DESCRIBE_IMAGES["Image, TpmSupport, ImdsSupport"],
    grade=Grade.UNSPECIFIED,
)


@rule.effect(
    "st.image.type",
    DESCRIBE_IMAGES["Image, ImageType, CreationDate"],
    grade=Grade.DETAIL,
    keeps="an accepted request",
    breaks=_REJECTED,
)
def type_and_date(request: Request, before: World, effects: Effects) -> str | None:
    """The image must have the type machine and a creation date in ISO 8601."""
    image = effects.image
    if image is None:
        return None
    if image.type != "machine":
        return f"the image's type is {image.type}"
    shown = image.creation_date
    return None if moment(shown) else f"the image's creation date is {shown!r}"


rule.scenario(
    "st.residue",
    "An accepted request must create its image and its snapshots and nothing else, and must leave"
    " the tags of the volumes alone.",
    GUIDE_AMI["Process for creating an AMI"],
    CREATE_IMAGE["TagSpecification.N"],
    grade=Grade.DETAIL,
    keeps="accepted requests: volumes, instances and key pairs are those from before",
    breaks=_REJECTED,
    note="Other clients of an account make resources too; those that name no run are not judged.",
)
rule.scenario(
    "st.image.views",
    "DescribeImages must show the same image by its ID, by its owner and by its name.",
    DESCRIBE_IMAGES["DescribeImages, Filter, ImageId, Owner"],
    grade=Grade.DETAIL,
    keeps="an image, asked for by ID, by Owner.1=self and by a filter on its name",
    breaks=_REJECTED,
    note="A list that shows the image late is read again until the window ends.",
)


def shows_dates(request: Request, before: World, effects: Effects) -> str | None:
    """The image shows a creation date, and the instance when it was launched."""
    source = _source(request, before)
    if effects.image is None or moment(effects.image.creation_date) is None:
        return "not decided: the image shows no creation date in ISO 8601, see st.image.type"
    if source is None or moment(source.launch_time) is None:
        return "inconclusive: DescribeInstances does not show when the instance was launched"
    return None


@rule.effect(
    "st.image.date",
    DESCRIBE_IMAGES["Image, CreationDate"],
    grade=Grade.DETAIL,
    keeps="an accepted request whose image is described several times",
    breaks=_REJECTED,
    evidence=shows_dates,
    requires=("st.image.type",),
)
def date_of_creation(request: Request, before: World, effects: Effects) -> str | None:
    """The creation date of an image must be when it was created: it stays the same, images of
    other times have other dates, no image is older than the launch of its instance, and none is an
    hour younger than its snapshots."""
    image, source = effects.image, _source(request, before)
    if image is None or source is None:
        return None
    made, launched = moment(image.creation_date), moment(source.launch_time)
    if made is None or launched is None:
        return None
    was = f"the image is of {image.creation_date}"
    if made < launched - _ROUNDED:
        return f"{was}, its instance was launched {source.launch_time}"
    begun = [each.started for each in effects.snapshots if moment(each.started)]
    if begun and all(made > (moment(each) or made) + _APART for each in begun):
        return f"{was}, its snapshot of {begun[0]}"
    return None


_ROUNDED = timedelta(seconds=1)
_APART = timedelta(minutes=59)
"""More than an image and its snapshots are apart: a clock shows another zone's time."""
_ISO = re.compile(r"[0-9-]+T[0-9:]+([.,][0-9]+)?(Z|[+-][0-9]{2}:?[0-9]{2})?", re.ASCII)


def moment(text: str | None) -> datetime | None:
    """The moment that a date and time in ISO 8601 names; in UTC if it names no zone."""
    if not text or not _ISO.fullmatch(text):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
