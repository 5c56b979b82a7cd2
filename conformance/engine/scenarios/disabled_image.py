"""An image is disabled: whether it is still listed, and whether it holds its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.engine.client.api import Refused
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.scenarios.deregistration import remove
from conformance.model.request import Draft
from conformance.wire.decoding import describe

if TYPE_CHECKING:
    from conformance.engine.execution.session import Session
    from conformance.engine.observation.trial import Trial

_NO_IMAGE = "ami-00000000"


@dataclass(frozen=True, slots=True)
class DisabledImage:
    """The story of one image that is disabled and then deregistered."""

    trial: Trial
    why: str = ""
    """Why the story could not be told; nothing else counts then."""
    listed_before: bool = False
    listed: bool = False
    """Whether DescribeImages still lists the disabled image when the window is over."""
    included: bool | None = None
    """Whether it lists it with IncludeDisabled, or None where the target refuses that."""
    again: Trial | None = None
    """The same request while the image is disabled."""


def tell(session: Session, draft: Draft) -> DisabledImage:
    """Make an image and disable it. Raises NotAvailable where the target has no DisableImage."""
    try:
        _disable(session, _NO_IMAGE)
    except Refused as refused:
        if not refused.code.startswith("InvalidAMIID."):
            raise NotAvailable("needs a target that implements DisableImage") from None
    trial = session.create(draft)
    if not trial.accepted or trial.image_id is None:
        return DisabledImage(trial, "the request it begins with was not accepted")
    image_id = trial.image_id
    session.complete(image_id)
    before = _listed(session, image_id)
    try:
        _disable(session, image_id)
    except Refused as refused:
        return DisabledImage(trial, f"the image cannot be disabled: {refused.code or refused}")
    listed = session.patience.until(
        "disabled image", lambda: _listed(session, image_id), lambda there: not there
    )
    try:
        included = session.patience.until(
            "disabled image included",
            lambda: _listed(session, image_id, ("IncludeDisabled", "true")),
            lambda there: there,
        )
    except Refused:
        included = None
    again = session.send(trial.draft, trial.request)
    remove(session, trial)
    return DisabledImage(trial, "", before, listed, included, again)


def _disable(session: Session, image_id: str) -> None:
    session.caller.call("DisableImage", [("ImageId", image_id)], once=True)


def _listed(session: Session, image_id: str, *more: tuple[str, str]) -> bool:
    """Whether the account's images, asked for without ids, have this one among them."""
    root = session.caller.call("DescribeImages", [("Owner.1", "self"), *more])
    return any(image.id == image_id for image in describe.images(root))
