"""Orphans: images and snapshots that a rejected request left behind."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator
from dataclasses import dataclass

from conformance.engine.client.api import Refused, filters
from conformance.engine.client.ledger import Ledger
from conformance.engine.observation.observer import Observer
from conformance.engine.observation.trial import Trial
from conformance.model.answer import Malformed
from conformance.model.world import Image, Snapshot

_MANY = 200
"""From this many images of the user's on, images are asked for by name, not listed."""
_NAMES_IN_FILTER = 50


@dataclass(frozen=True, slots=True)
class Orphan:
    """An image or a snapshot that exists though no accepted request made it."""

    kind: str
    """``an image`` or ``a snapshot``."""
    id: str
    name: str | None = None


def find_orphans(
    observer: Observer, rejected: Iterable[Trial], ledger: Ledger, others: Collection[str]
) -> list[Orphan]:
    """What exists though only rejected requests could have made it; in the ledger for removal.

    ``others`` are the ids of images that existed before the run. Raises Refused if the images
    cannot be listed and no snapshot is an orphan.
    """
    registry, rejected = observer.registry, list(rejected)
    unread: Refused | None = None
    names = {t.request.name for t in rejected if t.request.name} - registry.names.keys()
    instances = observer.instances.own
    orphans = []
    try:
        images = _suspects(observer, sorted(names), others)
    except Refused as refused:
        images, unread = [], refused  # the snapshots may still show an orphan
    for image in images:
        if image.id in registry.known or image.name in registry.names:
            continue  # accepted, and answered with another id
        ours = image.name in names or image.source_instance in instances
        # Names with a fixed text can be the same in two processes of a run.
        if ours and not any(entry.id == image.id for entry in ledger.entries()):
            registry.add(image.id, image.name)
            orphans.append(Orphan("an image", image.id, image.name))
    for snapshot, owner in _owned(observer, observer.unaccounted()):
        registry.assign(snapshot.id, owner)
        if not owner:
            orphans.append(Orphan("a snapshot", snapshot.id))
    if unread is None:
        _settle(rejected, {orphan.name for orphan in orphans}, ledger)
    elif not orphans:
        raise unread
    return orphans


def _settle(rejected: Iterable[Trial], left: Container[str | None], ledger: Ledger) -> None:
    """Record that requests whose error was in no documented form left no image behind."""
    for trial in rejected:
        if isinstance(trial.outcome, Malformed) and trial.request.name not in left:
            ledger.settled("image", trial.request.name or "")


def uncertain_snapshots(trial: Trial) -> list[str]:
    """Ids of a trial's snapshots that only their time of creation connects with its image.

    The image does not refer to them and their description does not name it. Empty if the trial
    violates no rule.
    """
    effects = trial.effects
    if effects is None or not trial.violations:
        return []
    mapped = {m.snapshot_id for m in effects.image.mappings} if effects.image else set()
    return [
        s.id
        for s in effects.snapshots
        if s.id not in mapped and (trial.image_id or "") not in (s.description or "")
    ]


def _suspects(observer: Observer, names: list[str], others: Collection[str]) -> list[Image]:
    """The images that may be orphans: all of the account's, or those with the rejected names if
    the account has many."""
    if not names or len(others) < _MANY:
        return observer.own_images(besides=observer.registry.known)
    batches = [names[i : i + _NAMES_IN_FILTER] for i in range(0, len(names), _NAMES_IN_FILTER)]
    lists = (observer.images([("Owner.1", "self"), *filters({"name": b})]) for b in batches)
    return [image for images in lists for image in images]


def _owned(observer: Observer, unaccounted: list[Snapshot]) -> Iterator[tuple[Snapshot, str]]:
    """Snapshots, each with the image that its description names or that refers to it, or with
    nothing."""
    referring: dict[str, str] | None = None
    for snapshot in unaccounted:
        words = snapshot.description or ""
        owner = next((id for id in observer.registry.known if id in words), "")
        if not owner and referring is None:
            referring = _referring(observer)
        yield snapshot, owner or (referring or {}).get(snapshot.id, "")


def _referring(observer: Observer) -> dict[str, str]:
    """The account's snapshots that images refer to, each with its image."""
    try:
        images = observer.own_images()
    except Refused:
        return {}
    return {m.snapshot_id: i.id for i in images for m in i.mappings if m.snapshot_id}
