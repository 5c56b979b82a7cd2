"""What becomes of an image: launched, deregistered, launched again. One image serves all rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.engine.calls import Refused, numbered
from conformance.engine.sources import NotAvailable
from conformance.model.request import Draft
from conformance.model.world import Instance
from conformance.wire import describe

if TYPE_CHECKING:
    from conformance.engine.session import Session
    from conformance.engine.trial import Trial


@dataclass(frozen=True, slots=True)
class Afterlife:
    """The story of one image, from its creation past its deregistration."""

    trial: Trial
    why: str = ""
    """Why the story could not be told to its end; nothing else counts then."""
    launched: str | None = None
    """Why the registered image could not be launched, or None if it was."""
    shown: bool = False
    """Whether DescribeImages still shows the deregistered image when the window is over."""
    launched_again: bool = False
    """Whether the deregistered image could still be launched when the window was over."""
    snapshots_left: int = 0
    instance: Instance | None = None
    """The instance launched of the registered image, once it ran; None where none did."""


def tell(session: Session, draft: Draft) -> Afterlife:
    """Make an image, launch it, deregister it, and look what is left of it."""
    trial = session.create(draft)
    if not trial.accepted or trial.image_id is None:
        return Afterlife(trial, "the request it begins with was not accepted")
    image_id = trial.image_id
    image = session.image_once(
        "image complete", image_id, lambda i: i is not None and i.state == "available"
    )
    if image is None or image.state != "available":
        return Afterlife(trial, f"the image is not available within {session.target.window:g} s")
    first = _launch(session, image_id)
    instance = _running(session, first) if isinstance(first, Instance) else None
    try:
        session.deregister(trial)
    except Refused as refused:
        return Afterlife(trial, f"the image cannot be deregistered: {refused}")
    gone = session.image_once("image gone", image_id, lambda i: i is None)
    again = session.patience.until(
        "launch refused", lambda: _launch(session, image_id), lambda why: isinstance(why, str)
    )
    return Afterlife(
        trial,
        "",
        first if isinstance(first, str) else None,
        gone is not None,
        isinstance(again, Instance),
        _snapshots_left(session, trial),
        instance,
    )


def _launch(session: Session, image_id: str) -> Instance | str:
    """An instance of an image, or why it cannot be launched."""
    try:
        return session.sources.launch(image_id, added=False)
    except Refused as refused:
        return refused.code or str(refused)


def _running(session: Session, instance: Instance) -> Instance | None:
    try:
        return session.sources.settled(instance, "running")
    except NotAvailable:
        return None


def _snapshots_left(session: Session, trial: Trial) -> int:
    ids = [s.id for s in trial.effects.snapshots] if trial.effects else []
    if not ids:
        return 0
    try:
        root = session.caller.call("DescribeSnapshots", numbered("SnapshotId", ids))
    except Refused:
        return 0
    return len(describe.snapshots(root))
