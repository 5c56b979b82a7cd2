"""What accepted requests did, as the Describe actions show it: of one image, or of several at once.

A look is taken again while something contradicts a rule. Where several were looked at together and
it cannot be told whose doing something is, each that it may be is sent once more, alone, of an
instance that nothing was done to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from conformance.engine.client.api import Refused, filters, numbered
from conformance.model.judge import Violation, effect_violations
from conformance.model.world import Effects, Image, Snapshot
from conformance.wire.decoding import describe

if TYPE_CHECKING:
    from conformance.engine.observation.observer import Observer
    from conformance.engine.observation.trial import Trial

T = TypeVar("T")
_MOST_PAGES = 20
_IMAGE_ID = re.compile(r"\bami-[0-9a-z]+")
_Look = list[tuple[Effects, tuple[Violation, ...]]]


def observed_effects(session: Observer, trials: Sequence[Trial]) -> list[Trial]:
    """Trials of accepted requests, each with its effects and with what contradicts a rule once
    the endpoint has had its time."""

    def look() -> _Look:
        effects = _effects(session, trials)
        return [
            (seen, tuple(effect_violations(trial.request, trial.before, seen)))
            for trial, seen in zip(trials, effects, strict=True)
        ]

    def wrong(seen: _Look) -> set[str]:
        return {c.rule for _, violations in seen for c in violations}

    seen = look()
    if rules := wrong(seen):
        seen = session.patience.until(" ".join(sorted(rules)), look, lambda now: not wrong(now))
    found = []
    for trial, (effects, violations) in zip(trials, seen, strict=True):
        for snapshot in effects.snapshots:
            session.owners[snapshot.id] = trial.image_id or ""
            session.ledger.made("snapshot", snapshot.id)
        found.append(replace(trial, effects=effects, violations=trial.violations + violations))
    return found


class DeferredObservation:
    """Trials of accepted requests that are looked at later, at the latest when somebody asks whose
    the snapshots are that are there."""

    def __init__(self) -> None:
        self._waiting: list[Trial] = []
        self._seen: list[tuple[Trial, Trial]] = []

    def add(self, trial: Trial) -> None:
        self._waiting.append(trial)

    def look(self, session: Observer) -> None:
        """Look at those that wait."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._seen += zip(waiting, observed_effects(session, waiting), strict=True)

    def seen(self, trial: Trial) -> Trial:
        """A trial as it was seen, or as it is where there was nothing to look at."""
        return next((now for then, now in self._seen if then is trial), trial)


def _effects(session: Observer, trials: Sequence[Trial]) -> list[Effects]:
    """What there is to see of accepted requests now."""
    ids = [trial.image_id or "" for trial in trials]
    images = _images(session, ids)
    known = {id for id, owner in session.owners.items() if owner not in ids}
    known.update(*(trial.before.snapshots for trial in trials))
    shown = session.snapshots_of_volumes(known)
    snapshots = [_own(session, images.get(id), id, images, shown) for id in ids]
    about = dict.fromkeys(trial.request.instance_id or "" for trial in trials)
    instances = session.sources.refreshed(about.keys())
    tagged = [
        id
        for trial, id, own in zip(trials, ids, snapshots, strict=True)
        if id in images and _is_tagged(trial)
        for id in (id, *(snapshot.id for snapshot in own))
    ]
    tags = _described_tags(session, tagged) if tagged else {}
    return [
        Effects(
            images.get(id),
            tuple(own),
            instances.get(trial.request.instance_id or ""),
            {each: tags[each] for each in (id, *(s.id for s in own)) if each in tags},
        )
        for trial, id, own in zip(trials, ids, snapshots, strict=True)
    ]


def _images(session: Observer, ids: Sequence[str]) -> dict[str, Image]:
    try:
        found = session.images(numbered("ImageId", ids))
    except Refused:
        # One that is not shown makes the whole request fail: they are asked for singly.
        singly = [_images(session, [id]) for id in ids] if len(ids) > 1 else []
        return {id: image for one in singly for id, image in one.items()}
    return {image.id: image for image in found if image.id in ids}


def _own(
    session: Observer, image: Image | None, id: str, images: dict[str, Image], shown: list[Snapshot]
) -> list[Snapshot]:
    """The snapshots that were made for an image: those that it refers to, and what may be its own
    as far as is known."""
    mapped = {m.snapshot_id for m in image.mappings} if image else set()
    others = {m.snapshot_id for i in images.values() if i is not image for m in i.mappings}
    return [s for s in shown if s.id in mapped or (s.id not in others and _is_of(session, s, id))]


def _is_of(session: Observer, snapshot: Snapshot, image_id: str) -> bool:
    """Whether a snapshot was made for an image, as far as is known."""
    if snapshot.id in session.owners:
        return session.owners[snapshot.id] == image_id
    # What names another image was made for that, even if nobody was told of it.
    named = _IMAGE_ID.findall(snapshot.description or "")
    if session.target.instance_id:
        return image_id in named  # others may take snapshots of their own instance
    return not named or image_id in named


def _is_tagged(trial: Trial) -> bool:
    return any(name.startswith("TagSpecification.") for name in trial.request.names())


def _described_tags(session: Observer, ids: list[str]) -> dict[str, dict[str, str]]:
    """What DescribeTags shows of these; nothing where it cannot be read to the end."""
    shown: dict[str, dict[str, str]] = {id: {} for id in ids}
    token: str | None = ""
    for _ in range(_MOST_PAGES):
        page = [("NextToken", token)] if token else []
        try:
            root = session.caller.call("DescribeTags", [*filters({"resource-id": ids}), *page])
        except Refused:
            return {}
        for id, tags in describe.tags(root).items():
            shown.setdefault(id, {}).update(tags)
        token = describe.next_token(root)
        if not token:
            return shown
    return {}
