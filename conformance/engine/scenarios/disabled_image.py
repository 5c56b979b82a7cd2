"""The disabled-image scenario: whether a disabled image is listed and whether it keeps its name."""

from __future__ import annotations

import contextlib

from conformance.engine.client.api import Refused
from conformance.engine.core.record import A_LONGER_WINDOW
from conformance.engine.execution.session import Session
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.scenarios.acts import Disable, Repeat, SeeListing, Until
from conformance.engine.scenarios.images import not_made, remove
from conformance.engine.scenarios.made_image import made_image
from conformance.engine.scenarios.scenario import Part, Story
from conformance.model.history import Deregistered, Disabled, Listed, Step, Unread
from conformance.model.request import Draft

_NO_IMAGES = ("ami-00000000", "ami-00000000000000000")
"""Ids to probe for the action with. A target may have an image with one of them."""


def tell(session: Session, draft: Draft) -> Story:
    """The scenario with the image of a draft.

    Raises NotAvailable if the target has no DisableImage.
    """
    created, seen = yield from made_image(draft)
    image_id = created.image_id
    if image_id is None or seen is None:
        return not_made("of the image to disable", created)
    if seen.image is not None and seen.image.state == "failed":
        return f"inconclusive: the image is failed; {A_LONGER_WINDOW}"
    yield SeeListing(image_id)
    with_disabled = SeeListing(image_id, disabled_too=True)
    with contextlib.suppress(Refused):
        yield with_disabled
    try:
        disabled: Disabled = yield Disable(image_id)
    except Refused:
        yield from _probe()
        raise
    yield Until("disabled image", SeeListing(image_id), _hidden, disabled.at, few=True)
    try:
        yield Until("disabled image included", with_disabled, _listed, disabled.at, few=True)
    except Refused as why:
        yield Unread(of="disabled images", why=str(why))
    yield Repeat(draft)
    remove(session, session.create(draft))
    if session.registry.created_at(image_id) is None:
        yield Deregistered(image_id=image_id, at=session.patience.clock.now())
    return None


def _probe() -> Part[None]:
    """See whether the target has the action at all. Raises NotAvailable."""
    for number, unknown in enumerate(_NO_IMAGES, 1):
        try:
            yield Disable(unknown, exists=False)
        except Refused as refused:
            if refused.code.startswith("InvalidAMIID."):
                break
            if number == len(_NO_IMAGES):
                raise NotAvailable("needs a target that implements DisableImage") from None


def _hidden(step: Step) -> bool:
    return isinstance(step, Listed) and not step.there


def _listed(step: Step) -> bool:
    return isinstance(step, Listed) and step.there
