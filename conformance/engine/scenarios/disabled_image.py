"""The disabled-image scenario: whether a disabled image is listed and whether it keeps its name."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.engine.client.api import Refused
from conformance.engine.client.api import describe as describe_outcome
from conformance.engine.execution.session import Session
from conformance.engine.observation.trial import Trial
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.scenarios.images import remove
from conformance.model.request import Draft
from conformance.wire.decoding import describe

_NO_IMAGE = "ami-00000000"


@dataclass(frozen=True, slots=True)
class DisabledImage:
    """What was observed of one image that was disabled and then deregistered."""

    trial: Trial
    why: str = ""
    """Why the scenario ended early; then no other field counts."""
    listed_before: bool = False
    """Whether DescribeImages listed the image before it was disabled."""
    listed: bool = False
    """Whether DescribeImages still lists the disabled image when the window is over."""
    included: bool | None = None
    """Whether it lists the image with IncludeDisabled, or None if the target rejects that."""
    again: Trial | None = None
    """The trial of the same request while the image is disabled."""


def execute(session: Session, draft: Draft) -> DisabledImage:
    """Execute the scenario with the image of a draft.

    Raises NotAvailable if the target has no DisableImage.
    """
    try:
        _disable(session, _NO_IMAGE)
    except Refused as refused:
        if not refused.code.startswith("InvalidAMIID."):
            raise NotAvailable("needs a target that implements DisableImage") from None
    trial = session.create(draft)
    if not trial.accepted or trial.image_id is None:
        came = describe_outcome(trial.outcome)
        return DisabledImage(trial, f"inconclusive: CreateImage of the image to disable: {came}")
    try:
        return _execute(session, trial, trial.image_id)
    except Refused as refused:
        return DisabledImage(trial, f"inconclusive: {refused}")


def _execute(session: Session, trial: Trial, image_id: str) -> DisabledImage:
    session.observer.complete(image_id)
    before = _listed(session, image_id)
    _disable(session, image_id)
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
    again = session.executor.execute(trial.draft, trial.request)
    remove(session, trial)
    return DisabledImage(trial, "", before, listed, included, again)


def _disable(session: Session, image_id: str) -> None:
    session.api.call("DisableImage", [("ImageId", image_id)], once=True)


def _listed(session: Session, image_id: str, *more: tuple[str, str]) -> bool:
    """Whether DescribeImages lists this image when it is asked for all of the account's."""
    pages = session.api.pages("DescribeImages", [("Owner.1", "self"), *more])
    return any(image.id == image_id for root in pages for image in describe.images(root))
