"""The deregistration scenario: create an image, launch it, tag it, deregister it.

One image serves the rules about all of these steps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from conformance.engine.client.api import Refused, describe, numbered
from conformance.engine.core.record import A_LONGER_WINDOW
from conformance.engine.execution.session import Session
from conformance.engine.observation.trial import Trial
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.scenarios.images import existing_snapshots, launch, own_snapshots
from conformance.model.answer import Accepted, Outcome
from conformance.model.request import Draft, action
from conformance.model.world import Image, Instance

LATER_TAG = ("amiproof-later", "yes")
"""The tag that CreateTags gives to the image and its snapshots."""


@dataclass(frozen=True, slots=True)
class Deregistration:
    """What was observed of one image, from its creation to after its deregistration."""

    trial: Trial
    why: str = ""
    """Why the scenario ended early; then no other field counts."""
    unread: str = ""
    """Why the image's snapshots are unknown, or empty if DescribeSnapshots shows them."""
    refused: str = ""
    """How DeregisterImage refused the available image at first, or empty if it did not."""
    kept: str = ""
    """Why the image stays registered; then nothing was observed after DeregisterImage."""
    launched: str | None = None
    """Why the registered image could not be launched, or None if it was."""
    untagged: bool = False
    """Whether the image and its snapshots lacked the later tag before CreateTags."""
    tagged: str | None = None
    """What was wrong after CreateTags, or None if the image and its snapshots have the tag."""
    tags_unread: str = ""
    """Why it is unknown whether CreateTags had an effect, or empty."""
    deleted: Outcome | None = None
    """The outcome of DeleteSnapshot for a snapshot in use; None if the image has no snapshot."""
    snapshots_before: int = 0
    """Snapshots of the image just before it was deregistered."""
    shown: bool = False
    """Whether DescribeImages still shows the deregistered image when the window is over."""
    launched_again: bool = False
    """Whether the deregistered image could still be launched when the window was over."""
    snapshots_left: int = 0
    """Snapshots of the image after it was deregistered."""
    instance: Instance | None = None
    """The running instance of the registered image; None if none ran."""
    deleted_again: Outcome | None = None
    """The outcome of the same DeleteSnapshot after the image was deregistered."""


def execute(session: Session, draft: Draft) -> Deregistration:
    """Execute the scenario with the image of a draft. Raises NotAvailable."""
    trial = session.create(draft)
    if not trial.accepted or trial.image_id is None:
        came = describe(trial.outcome)
        return Deregistration(
            trial, f"inconclusive: CreateImage for an image to deregister: {came}"
        )
    try:
        return _execute(session, trial, trial.image_id)
    except Refused as refused:
        return Deregistration(trial, f"inconclusive: {refused}")


def _execute(session: Session, trial: Trial, image_id: str) -> Deregistration:
    image = session.observer.complete(image_id)
    if image is None:
        return Deregistration(
            trial, "not decided: DescribeImages does not show the image, see st.image.exists"
        )
    if image.state != "available":
        after = f"after {session.target.window:g} s; {A_LONGER_WINDOW}"
        return Deregistration(trial, f"inconclusive: the image is {image.state} {after}")
    first = launch(session, image_id)
    instance = _running(session, first) if isinstance(first, Instance) else None
    unread = ""
    try:
        ids = own_snapshots(session, trial, image)
    except Refused as why:
        ids, unread = [], f"inconclusive: {why}"
    tags = [image.tags, *(s.tags for s in (trial.effects.snapshots if trial.effects else ()))]
    tags_unread = ""
    try:
        tagged = _tag(session, image_id, ids)
    except Refused as why:
        tagged, tags_unread = None, f"inconclusive: {why}"
    registered = Deregistration(
        trial,
        unread=unread,
        launched=first if isinstance(first, str) else None,
        untagged=not any(LATER_TAG in each.items() for each in tags),
        tagged=tagged,
        tags_unread=tags_unread,
        deleted=_delete(session, sorted(ids, key=_mapped(image).__contains__)),
        snapshots_before=len(existing_snapshots(session, ids)),
        instance=instance,
    )
    refused, kept = _deregister(session, trial)
    registered = replace(registered, refused=refused, kept=kept)
    if kept:
        return registered
    shown = session.observer.image_once("image gone", image_id, lambda i: i is None)
    again = session.patience.until(
        "launch refused",
        lambda: launch(session, image_id),
        lambda why: isinstance(why, str),
        acts=True,
    )
    return replace(
        registered,
        shown=shown is not None,
        launched_again=isinstance(again, Instance),
        snapshots_left=len(existing_snapshots(session, ids)),
        # The target may hold a snapshot for a moment after its image is gone.
        deleted_again=session.patience.until(
            "snapshot free",
            lambda: _delete(session, ids),
            lambda o: isinstance(o, Accepted),
            acts=True,
        ),
    )


def _deregister(session: Session, trial: Trial) -> tuple[str, str]:
    """Deregister a trial's image: how the target refused that, and why the image is kept.

    Both are empty if it did as asked. A refusal of an image that it does not find yet counts only
    if it stays.
    """
    refusals: list[Refused] = []

    def done() -> bool:
        try:
            session.executor.deregister(trial)
        except Refused as refused:
            refusals.append(refused)
            if not refused.denies:
                raise
            return False
        return True

    try:
        gone = session.patience.until("deregistration", done, bool, acts=True)
    except Refused as refused:
        return "", f"inconclusive: {refused}"
    if not refusals:
        return "", ""
    first = refusals[0]
    late = gone and first.code.startswith("InvalidAMIID.")
    kept = "" if gone else "not decided: DeregisterImage of the image is refused, see lc.deregister"
    return "" if late else first.what, kept


def _running(session: Session, instance: Instance) -> Instance | None:
    try:
        return session.instances.settled(instance, "running")
    except NotAvailable:
        return None


def _tag(session: Session, image_id: str, ids: list[str]) -> str | None:
    """Tag the image and its snapshots; what is wrong afterwards, or None.

    Raises Refused if the target's answers do not say whether they have the tag.
    """
    (key, value), params = LATER_TAG, list(numbered("ResourceId", [image_id, *ids]))
    try:
        session.api.call("CreateTags", [*params, ("Tag.1.Key", key), ("Tag.1.Value", value)])
    except Refused as refused:
        if not refused.denies:
            raise
        return f"CreateTags of the image and its snapshots: {refused.code}"
    tagged = session.patience.until("later tags", lambda: _tagged(session, image_id, ids), all)
    return None if all(tagged) else "after CreateTags the image or a snapshot lacks the tag"


def _tagged(session: Session, image_id: str, ids: list[str]) -> list[bool]:
    """Whether the image and each of its snapshots have the later tag."""
    image = session.observer.image(image_id)
    tags = [image.tags] if image else []
    tags += [snapshot.tags for snapshot in existing_snapshots(session, ids)]
    return [LATER_TAG in each.items() for each in tags]


def _mapped(image: Image) -> set[str]:
    """The snapshots that the image maps: they are in use."""
    return {mapping.snapshot_id for mapping in image.mappings if mapping.snapshot_id}


def _delete(session: Session, ids: list[str]) -> Outcome | None:
    """The outcome of DeleteSnapshot for the image's last snapshot."""
    if not ids:
        return None
    outcome = session.api.send(action("DeleteSnapshot", [("SnapshotId", ids[-1])])).outcome
    if isinstance(outcome, Accepted):
        session.ledger.gone("snapshot", ids[-1])
    return outcome
