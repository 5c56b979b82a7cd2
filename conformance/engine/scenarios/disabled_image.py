"""The disabled-image scenario: whether a disabled image is listed and whether it keeps its name."""

from __future__ import annotations

from conformance.engine.client.api import Refused
from conformance.engine.execution.session import Session
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.scenarios.acts import Create, Disable, Repeat, SeeImage, SeeListing, Until
from conformance.engine.scenarios.images import completed, not_made, remove
from conformance.engine.scenarios.scenario import Story
from conformance.model.history import Created, Disabled, Listed, Step, Unread
from conformance.model.request import Draft

_NO_IMAGE = "ami-00000000"


def tell(session: Session, draft: Draft) -> Story:
    """The scenario with the image of a draft.

    Raises NotAvailable if the target has no DisableImage.
    """
    try:
        yield Disable(_NO_IMAGE)
    except Refused as refused:
        if not refused.code.startswith("InvalidAMIID."):
            raise NotAvailable("needs a target that implements DisableImage") from None
    created: Created = yield Create(draft)
    image_id = created.image_id
    if image_id is None:
        return not_made("of the image to disable", created)
    yield Until("image complete", SeeImage(image_id), completed, created.at)
    yield SeeListing(image_id)
    disabled: Disabled = yield Disable(image_id)
    yield Until("disabled image", SeeListing(image_id), _hidden, disabled.at)
    try:
        included = SeeListing(image_id, disabled_too=True)
        yield Until("disabled image included", included, _listed, disabled.at)
    except Refused as why:
        yield Unread(of="disabled images", why=str(why))
    yield Repeat(draft)
    remove(session, session.create(draft))
    return None


def _hidden(step: Step) -> bool:
    return isinstance(step, Listed) and not step.there


def _listed(step: Step) -> bool:
    return isinstance(step, Listed) and step.there
