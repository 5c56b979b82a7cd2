"""What a refused request left behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.engine.client.api import Refused, filters
from conformance.model.world import Image, Snapshot

if TYPE_CHECKING:
    from conformance.engine.observation.observer import Observer
    from conformance.engine.observation.trial import Trial

_MANY = 200
"""So many images of others in an account make a list of all of them slow."""
_AT_ONCE = 50
"""Names in one filter."""


@dataclass(frozen=True, slots=True)
class Orphan:
    """Something that is there though no accepted request made it."""

    kind: str
    """``an image`` or ``a snapshot``."""
    id: str
    name: str | None = None


def found(session: Observer, refused: Iterable[Trial]) -> list[Orphan]:
    """What is there though only refused requests could have made it; noted for removal."""
    names = {t.request.name for t in refused if t.request.name} - set(session.used)
    instances = session.sources.own
    left = []
    try:
        images = _suspects(session, sorted(names))
    except Refused:
        images = []  # a list that cannot be read shows nothing; the snapshots still may
    for image in images:
        if image.id in session.known_images or image.name in session.used:
            continue  # one that was accepted and told under another id
        ours = image.name in names or image.source_instance in instances
        if ours and not _others_made(session, image.id):
            session.note_image(image.id, image.name)
            left.append(Orphan("an image", image.id, image.name))
    for snapshot, owner in _owned(session, session.unaccounted()):
        session.owners[snapshot.id] = owner
        session.ledger.made("snapshot", snapshot.id)
        if not owner:
            left.append(Orphan("a snapshot", snapshot.id))
    return left


def doubtful(trial: Trial) -> list[str]:
    """Of a request that did something wrong, snapshots that nothing but their time tells to be
    its own: neither does the image refer to them nor do they name it."""
    effects = trial.effects
    if effects is None or not trial.violations:
        return []
    mapped = {m.snapshot_id for m in effects.image.mappings} if effects.image else set()
    return [
        s.id
        for s in effects.snapshots
        if s.id not in mapped and (trial.image_id or "") not in (s.description or "")
    ]


def _suspects(session: Observer, names: list[str]) -> list[Image]:
    """The images among which leftovers are looked for: all of the account's, or, of somebody's
    many, those of the names that were refused."""
    if not names or len(session.client.guard.others) < _MANY:
        return session.own_images(besides=session.known_images)
    batches = [names[i : i + _AT_ONCE] for i in range(0, len(names), _AT_ONCE)]
    looks = (session.images([("Owner.1", "self"), *filters({"name": b})]) for b in batches)
    return [image for look in looks for image in look]


def _others_made(session: Observer, image_id: str) -> bool:
    """Whether another process of the run made an image: names that are no fresh ones meet."""
    return any(entry.id == image_id for entry in session.ledger.entries())


def _owned(session: Observer, unaccounted: list[Snapshot]) -> Iterator[tuple[Snapshot, str]]:
    """Snapshots with the image that each belongs to, however late it is shown, or nothing:
    one that its description names, or that refers to it."""
    referring: dict[str, str] | None = None
    for snapshot in unaccounted:
        words = snapshot.description or ""
        owner = next((id for id in session.known_images if id in words), "")
        if not owner and referring is None:
            referring = _referring(session)
        yield snapshot, owner or (referring or {}).get(snapshot.id, "")


def _referring(session: Observer) -> dict[str, str]:
    """The account's snapshots that images refer to, with the image."""
    try:
        images = session.own_images()
    except Refused:
        return {}
    return {m.snapshot_id: i.id for i in images for m in i.mappings if m.snapshot_id}
