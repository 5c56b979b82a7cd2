"""Images of scenarios: launches them, finds their snapshots, removes them."""

from __future__ import annotations

import contextlib
from hashlib import sha256

from conformance.engine.client.api import WITH_SNAPSHOTS, Refused, filters
from conformance.engine.client.api import describe as outcome_in_words
from conformance.engine.client.found import once_found
from conformance.engine.execution.session import Session
from conformance.engine.observation.trial import Trial
from conformance.model.history import Created, Described, Step
from conformance.model.world import Image, Instance, Snapshot
from conformance.wire.decoding import describe

_TRIES = 3
"""Image ids that the run makes up until one has no image."""


def completed(step: Step) -> bool:
    """Whether an image is available or failed."""
    image = step.image if isinstance(step, Described) else None
    return image is not None and image.state in ("available", "failed")


def not_made(of: str, created: Created) -> str:
    """Why a scenario ends whose image was not made."""
    return f"inconclusive: CreateImage {of}: {outcome_in_words(created.came.outcome)}"


def launch(session: Session, image_id: str) -> Instance | str:
    """A new instance of an image, or the error code with which RunInstances failed.

    Raises Refused where a quota, for instance, is met.
    """
    try:
        return session.instances.launch(image_id, added=False)
    except Refused as refused:
        return _why(refused)


def _why(refused: Refused) -> str:
    """The error code of a refusal. Raises Refused where it says nothing about the image."""
    if refused.hindrance is not None:
        raise refused
    return refused.code or str(refused)


def launch_registered(session: Session, image_id: str) -> Instance | str:
    """As :func:`launch`, of a registered image, which the target may not find at once."""
    try:
        return once_found(
            session.patience,
            "RunInstances",
            lambda: session.instances.launch(image_id, added=False),
        )
    except Refused as refused:
        return _why(refused)


def unknown_image_id(session: Session) -> str | None:
    """A well-formed image id that DescribeImages says no image has, or None."""
    for number in range(_TRIES):
        digits = sha256(f"{session.ledger.run_id} {number}".encode()).hexdigest()
        image_id = f"ami-{digits[:17]}"
        with contextlib.suppress(Refused):
            if session.observer.image(image_id) is None:
                return image_id
    return None


def existing_snapshots(session: Session, ids: list[str]) -> list[Snapshot]:
    """The snapshots with these ids that DescribeSnapshots shows. Raises Refused."""
    if not ids:
        return []
    # A filter, because one unknown id would make the whole request fail.
    root = session.api.call("DescribeSnapshots", filters({"snapshot-id": ids}))
    return [s for s in describe.snapshots(root) if s.id in ids]


def own_snapshots(session: Session, trial: Trial, image: Image) -> list[str]:
    """The ids of the snapshots that were made for an image; in the ledger.

    These are the trial's snapshots, and snapshots that the image refers to and whose description
    names the image. Other snapshots that it refers to are not the run's. Raises Refused.
    """
    ids = [s.id for s in trial.effects.snapshots] if trial.effects else []
    mapped = [m.snapshot_id for m in image.mappings if m.snapshot_id and m.snapshot_id not in ids]
    shown = session.patience.until(
        "snapshots of an image",
        lambda: existing_snapshots(session, mapped),
        lambda listed: len(listed) == len(mapped),
    )
    for snapshot in shown:
        if image.id in (snapshot.description or ""):
            session.ledger.made("snapshot", snapshot.id)
            ids.append(snapshot.id)
    return ids


def remove(session: Session, *trials: Trial) -> None:
    """Deregister the images of trials and delete their snapshots.

    What fails is left for the clean-up at the end of the run. It also sees which snapshots went.
    """
    for trial in trials:
        with contextlib.suppress(Refused):
            session.executor.deregister(trial, WITH_SNAPSHOTS)
