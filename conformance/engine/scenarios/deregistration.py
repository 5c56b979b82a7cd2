"""The deregistration scenario: create an image, launch it, tag it, deregister it.

One image serves the rules about all of these steps.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace

from conformance.engine.client.api import Refused
from conformance.engine.core.record import A_LONGER_WINDOW
from conformance.engine.execution.session import Session
from conformance.engine.scenarios.acts import (
    DeleteSnapshot,
    Deregister,
    Launch,
    SeeImage,
    SeeInstance,
    SeeSnapshots,
    SeeTags,
    Tag,
    Until,
)
from conformance.engine.scenarios.images import not_made, unknown_image_id
from conformance.engine.scenarios.made_image import made_image
from conformance.engine.scenarios.scenario import Part, Story
from conformance.model.history import (
    Created,
    Deregistered,
    Described,
    InstanceSeen,
    Launched,
    LaunchRefused,
    SnapshotDeleted,
    SnapshotsSeen,
    Step,
    Tagged,
    TagRefused,
    TagsSeen,
    Unread,
    tags_among,
)
from conformance.model.request import Draft
from conformance.model.world import Image, Instance

LATER_TAGS = (("amiproof-later", "yes"), ("amiproof-last", "yes, too"))
"""The tags that CreateTags gives to the image and its snapshots, one after the other."""


def tell(session: Session, draft: Draft) -> Story:
    """The scenario with the image of a draft."""
    created, seen = yield from made_image(draft)
    image_id = created.image_id
    if image_id is None or seen is None:
        return not_made("for an image to deregister", created)
    if seen.image is None:
        return "not decided: DescribeImages does not show the image, see st.image.exists"
    if seen.image.state not in ("available", "pending", "transient", "failed"):
        return f"not decided: the image ends {seen.image.state}, see st.image.state1"
    if seen.image.state != "available":
        after = f"after {session.target.window:g} s; {A_LONGER_WINDOW}"
        return f"inconclusive: the image is {seen.image.state} {after}"
    launched_id = yield from _launch(session, seen.image)
    ids: tuple[str, ...] = ()
    try:
        ids = yield from _snapshots(session, created, seen)
    except Refused as why:
        yield Unread(of="snapshots", why=f"inconclusive: {why}")
    try:
        yield from _tag(image_id, ids)
    except Refused as why:
        yield Unread(of="tags", why=f"inconclusive: {why}")
    in_use = sorted(ids, key=_mapped(seen.image).__contains__)[-1:]
    if in_use:
        deleted: SnapshotDeleted = yield DeleteSnapshot(in_use[0])
        if deleted.came.kind == "accepted":
            yield from _look_again(image_id)
    yield SeeSnapshots(ids)
    try:
        gone: Step = yield Until(
            "deregistration",
            Deregister(draft),
            lambda step: isinstance(step, Deregistered),
            session.patience.clock.now(),
            changes=True,
        )
    except Refused as why:
        yield Unread(of="deregistration", why=f"inconclusive: {why}")
    else:
        if isinstance(gone, Deregistered):
            yield from _afterwards(image_id, ids, gone.at)
            if launched_id:
                seen_running = SeeInstance(launched_id)
                yield Until("instance of a deregistered image", seen_running, _is_running, gone.at)
        else:
            yield from _look_again(image_id)
    if unknown := unknown_image_id(session):
        yield Launch(unknown)
    return None


def _look_again(image_id: str) -> Part[None]:
    """See whether the image is there still: what came of it speaks of a registered image alone."""
    with contextlib.suppress(Refused):
        yield SeeImage(image_id)


def _launch(session: Session, image: Image) -> Part[str]:
    """Launch the image, and see the instance run. Its id, or nothing if it was not seen."""
    launched: Launched | LaunchRefused = yield Launch(image.id, exists=True)
    if isinstance(launched, LaunchRefused):
        return ""
    id, instances = launched.instance.id, session.instances

    def unreadable() -> bool:
        return "DescribeInstances" in instances.failed

    def runs(step: Step) -> bool:
        return unreadable() or _is_running(step)

    seen: InstanceSeen = yield Until("running instance", SeeInstance(id), runs, launched.at)
    now: Instance | None = seen.instance
    if unreadable():  # nothing shows its state
        now = replace(now or launched.instance, state="running")
    if now is not None and now.state == "running":
        if _has_volumes(now, image):
            instances.take_down(now)
        else:
            now = instances.arrived(now)
        yield InstanceSeen(instance_id=id, instance=now, at=seen.at)
    return "" if unreadable() else id


def _snapshots(session: Session, created: Created, seen: Described) -> Part[tuple[str, ...]]:
    """The ids of the snapshots that were made for the image; in the ledger.

    These are the request's snapshots, and those that the image maps and whose description names
    it. Other snapshots that it maps are not the run's.
    """
    ids = [each.id for each in created.effects.snapshots] if created.effects else []
    image = seen.image
    mapped = tuple(sorted(_mapped(image) - set(ids))) if image else ()
    if not mapped or image is None:
        return tuple(ids)
    looked: SnapshotsSeen = yield Until(
        "snapshots of an image",
        SeeSnapshots(mapped),
        lambda step: isinstance(step, SnapshotsSeen) and len(step.shown) == len(mapped),
        session.patience.clock.now(),
    )
    for snapshot in looked.shown:
        if image.id in (snapshot.description or ""):
            session.ledger.made("snapshot", snapshot.id)
            ids.append(snapshot.id)
    return tuple(ids)


def _tag(image_id: str, ids: tuple[str, ...]) -> Part[None]:
    """Tag the image and its snapshots twice, and see the tags: the second leaves the first."""
    since: float | None = None
    for key, value in LATER_TAGS:
        tagged: Tagged | TagRefused = yield Tag((image_id, *ids), key, value)
        if not isinstance(tagged, Tagged):
            return
        since = tagged.at

    def shown(step: Step) -> bool:
        return isinstance(step, TagsSeen) and all(
            all(tags_among(step.tags, key, value)) for key, value in LATER_TAGS
        )

    if since is not None:
        yield Until("later tags", SeeTags(image_id, ids), shown, since)


def _afterwards(image_id: str, ids: tuple[str, ...], since: float) -> Part[None]:
    """See the image go; launch it, count its snapshots and delete one of them."""

    def gone(step: Step) -> bool:
        return isinstance(step, Described) and step.image is None

    def refused(step: Step) -> bool:
        return isinstance(step, LaunchRefused)

    def deleted(step: Step) -> bool:
        return isinstance(step, SnapshotDeleted) and step.came.kind == "accepted"

    yield Until("image gone", SeeImage(image_id), gone, since)
    yield Until("launch refused", Launch(image_id), refused, since, changes=True, few=True)
    yield SeeSnapshots(ids)
    if ids:
        # The target may hold a snapshot for a moment after its image is gone.
        yield Until("snapshot free", DeleteSnapshot(ids[-1]), deleted, since, changes=True)


def _has_volumes(instance: Instance, image: Image) -> bool:
    """Whether an instance shows the volumes that its image maps, each with its flag."""
    shown = {v.device for v in instance.volumes if v.delete_on_termination is not None}
    mapped = {mapping.device for mapping in image.mappings if mapping.ebs}
    return bool(mapped) and mapped <= shown


def _is_running(step: Step) -> bool:
    seen = step.instance if isinstance(step, InstanceSeen) else None
    return seen is not None and seen.state == "running"


def _mapped(image: Image) -> set[str]:
    """The snapshots that the image maps: they are in use."""
    return {mapping.snapshot_id for mapping in image.mappings if mapping.snapshot_id}
