"""What becomes of an image: launched, tagged, deregistered. One image serves all rules."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.engine.client.api import WITH_SNAPSHOTS, Refused, filters, numbered
from conformance.engine.resources.instances import NotAvailable
from conformance.model.answer import Accepted, Outcome
from conformance.model.request import Draft, action
from conformance.model.world import Image, Instance, Snapshot
from conformance.wire.decoding import describe

if TYPE_CHECKING:
    from conformance.engine.execution.session import Session
    from conformance.engine.observation.trial import Trial

LATER = ("amiproof-later", "yes")
"""The tag that is given to an image and its snapshots once they are there."""


@dataclass(frozen=True, slots=True)
class Deregistration:
    """The story of one image, from its creation past its deregistration."""

    trial: Trial
    why: str = ""
    """Why the story could not be told to its end; nothing else counts then."""
    launched: str | None = None
    """Why the registered image could not be launched, or None if it was."""
    untagged: bool = False
    """Whether image and snapshots lacked the later tag before they were given it."""
    tagged: str | None = None
    """What was wrong after CreateTags, or None where image and snapshots have the tag."""
    deleted: Outcome | None = None
    """What DeleteSnapshot of a snapshot in use was answered; None where there is no snapshot."""
    snapshots_before: int = 0
    """How many snapshots there were just before the image was deregistered."""
    shown: bool = False
    """Whether DescribeImages still shows the deregistered image when the window is over."""
    launched_again: bool = False
    """Whether the deregistered image could still be launched when the window was over."""
    snapshots_left: int = 0
    instance: Instance | None = None
    """The instance launched of the registered image, once it ran; None where none did."""
    deleted_again: Outcome | None = None
    """What the same DeleteSnapshot was answered once the image was deregistered."""


def tell(session: Session, draft: Draft) -> Deregistration:
    """Make an image, launch it, tag it, deregister it, and look what is left of it."""
    trial = session.create(draft)
    if not trial.accepted or trial.image_id is None:
        return Deregistration(trial, "the request it begins with was not accepted")
    image_id = trial.image_id
    image = session.complete(image_id)
    if image is None or image.state != "available":
        return Deregistration(
            trial, f"the image is not available within {session.target.window:g} s"
        )
    first = launch(session, image_id)
    instance = _running(session, first) if isinstance(first, Instance) else None
    ids = own_snapshots(session, trial, image)
    shown = [image.tags, *(s.tags for s in (trial.effects.snapshots if trial.effects else ()))]
    untagged = not any(LATER in tags.items() for tags in shown)
    tagged = _tag(session, image_id, ids)
    deleted = _delete(session, ids)
    before = len(snapshots(session, ids))
    try:
        session.deregister(trial)
    except Refused as refused:
        return Deregistration(trial, f"the image cannot be deregistered: {refused}")
    gone = session.image_once("image gone", image_id, lambda i: i is None)
    again = session.patience.until(
        "launch refused",
        lambda: launch(session, image_id),
        lambda why: isinstance(why, str),
        acts=True,
    )
    return Deregistration(
        trial,
        launched=first if isinstance(first, str) else None,
        untagged=untagged,
        tagged=tagged,
        deleted=deleted,
        snapshots_before=before,
        shown=gone is not None,
        launched_again=isinstance(again, Instance),
        snapshots_left=len(snapshots(session, ids)),
        # Just after the image is gone its snapshots may be held for a moment.
        deleted_again=session.patience.until(
            "snapshot free",
            lambda: _delete(session, ids),
            lambda o: isinstance(o, Accepted),
            acts=True,
        ),
        instance=instance,
    )


def launch(session: Session, image_id: str) -> Instance | str:
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


def snapshots(session: Session, ids: list[str]) -> list[Snapshot]:
    """Those of these snapshots that are there."""
    if not ids:
        return []
    try:
        # By a filter: an id that is not there would make the whole request fail.
        root = session.caller.call("DescribeSnapshots", filters({"snapshot-id": ids}))
    except Refused:
        return []
    return [s for s in describe.snapshots(root) if s.id in ids]


def remove(session: Session, *trials: Trial) -> None:
    """Deregister the images of trials together with their snapshots, as far as that can be done:
    the clean-up at the end of the run has the rest."""
    for trial in trials:
        with contextlib.suppress(Refused):
            session.deregister(trial, WITH_SNAPSHOTS)
    images = {trial.image_id for trial in trials}
    ids = [id for id, owner in session.owners.items() if owner in images]
    for id in set(ids) - {snapshot.id for snapshot in snapshots(session, ids)}:
        session.ledger.gone("snapshot", id)


def own_snapshots(session: Session, trial: Trial, image: Image) -> list[str]:
    """The ids of the snapshots that were made for an image; in the ledger.

    Those of the source's volumes, and those that the image refers to and that name it: what else
    it refers to is somebody else's.
    """
    ids = [s.id for s in trial.effects.snapshots] if trial.effects else []
    named = [m.snapshot_id for m in image.mappings if m.snapshot_id and m.snapshot_id not in ids]
    shown = session.patience.until(
        "snapshots of an image",
        lambda: snapshots(session, named),
        lambda seen: len(seen) == len(named),
    )
    for snapshot in shown:
        if image.id in (snapshot.description or ""):
            session.ledger.made("snapshot", snapshot.id)
            ids.append(snapshot.id)
    return ids


def _tagged(session: Session, image_id: str, ids: list[str]) -> list[bool]:
    """Whether the image and each of its snapshots bear the later tag."""
    image = session.image(image_id)
    shown = [image.tags] if image else []
    shown += [snapshot.tags for snapshot in snapshots(session, ids)]
    return [LATER in tags.items() for tags in shown]


def _tag(session: Session, image_id: str, ids: list[str]) -> str | None:
    """Tag the image and its snapshots; what is wrong then, or None."""
    (key, value), params = LATER, list(numbered("ResourceId", [image_id, *ids]))
    try:
        session.caller.call("CreateTags", [*params, ("Tag.1.Key", key), ("Tag.1.Value", value)])
    except Refused as refused:
        return f"CreateTags of the image and its snapshots: {refused.code or refused}"
    seen = session.patience.until(
        "later tags", lambda: _tagged(session, image_id, ids), lambda tagged: all(tagged)
    )
    return None if all(seen) else "after CreateTags the image or a snapshot lacks the tag"


def _delete(session: Session, ids: list[str]) -> Outcome | None:
    """What DeleteSnapshot of the image's last snapshot is answered."""
    if not ids:
        return None
    outcome = session.caller.send(action("DeleteSnapshot", [("SnapshotId", ids[-1])])).outcome
    if isinstance(outcome, Accepted):
        session.ledger.gone("snapshot", ids[-1])
    return outcome
