"""The effects of accepted requests, as the Describe actions show them.

The effects of several requests can be observed at once. They are observed again while an effect
violates a rule and the target's window is not over.
"""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace

from conformance.engine.client.api import Refused, filters, numbered
from conformance.engine.observation.observer import Observer
from conformance.engine.observation.trial import Trial
from conformance.model.answer import Malformed
from conformance.model.hindrance import Hindrance
from conformance.model.judge import Violation, effect_violations
from conformance.model.rules.snapshot import is_partly_mapped
from conformance.model.world import Effects, Image, Instance, Snapshot
from conformance.wire.decoding import describe

_MAX_PAGES = 20
_VAIN = 5
"""Looks at mapped snapshots that are of no source volume, after which the run takes no more."""
_IMAGE_ID = re.compile(r"\bami-[0-9a-z]+")
_LISTS_NO_TAGS = "it shows no tag, not even of an instance that has some"
_IN_MAPPING = "st.snap.in_bdm"
"""The rule that an image breaks which never names the snapshot of a volume."""
_Observation = list[tuple[Effects, tuple[Violation, ...]]]


def observe_effects(observer: Observer, trials: Sequence[Trial]) -> list[Trial]:
    """Trials of accepted requests, each with its effects and with the rules they violate."""

    def observe() -> _Observation:
        effects = _effects(observer, trials)
        return [
            (observed, tuple(effect_violations(trial.request, trial.before, observed)))
            for trial, observed in zip(trials, effects, strict=True)
        ]

    def violated(observed: _Observation) -> dict[str, float]:
        found: dict[str, float] = {}
        for trial, (effects, violations) in zip(trials, observed, strict=True):
            since = observer.registry.created_at(trial.image_id or "") or 0.0
            rules = [violation.rule for violation in violations]
            if is_partly_mapped(trial.request, trial.before, effects):
                rules.append(_IN_MAPPING)
            for rule in rules:  # its window counts from the first request that violates it
                found[rule] = min(since, found.get(rule, since))
        return found

    observed = observer.patience.until_right(observe, violated)
    complete = []
    for trial, (effects, violations) in zip(trials, observed, strict=True):
        for snapshot in effects.snapshots:
            observer.registry.assign(snapshot.id, trial.image_id or "")
        if effects.snapshots:
            named = all((trial.image_id or "") in (s.description or "") for s in effects.snapshots)
            named = named and observer.learnt.named is not False
            observer.learnt = replace(observer.learnt, named=named)
        elif effects.image is not None and observer.learnt.named is None:
            bare, empty = observer.learnt.bare + 1, observer.learnt.empty
            empty += "DescribeSnapshots" not in effects.failed
            observer.learnt = replace(observer.learnt, bare=bare, empty=empty)
        violations = trial.violations + violations
        uses = observer.instances.uses[trial.request.instance_id or ""]
        alone = uses <= trial.uses_before + 1
        complete.append(replace(trial, effects=effects, violations=violations, alone=alone))
    return complete


class DeferredObservation:
    """Trials of accepted requests whose effects are observed later, all at once."""

    def __init__(self) -> None:
        self.waiting: list[Trial] = []
        """The trials whose effects are not observed yet."""
        self._observed: list[tuple[Trial, Trial]] = []

    def add(self, trial: Trial) -> None:
        """Defer the observation of a trial's effects."""
        self.waiting.append(trial)

    def observe(self, observer: Observer) -> None:
        """Observe the effects of the trials that wait."""
        waiting, self.waiting = self.waiting, []
        if waiting:
            self._observed += zip(waiting, observe_effects(observer, waiting), strict=True)

    def observed(self, trial: Trial) -> Trial:
        """A trial with its effects; the trial itself if it was not deferred."""
        return next((now for then, now in self._observed if then is trial), trial)

    def trials(self) -> list[Trial]:
        """The trials with their effects."""
        return [now for _, now in self._observed]

    def replace(self, trial: Trial, other: Trial) -> None:
        """Put another trial in the place of one with its effects."""
        self._observed = [(then, other if now is trial else now) for then, now in self._observed]


def _effects(observer: Observer, trials: Sequence[Trial]) -> list[Effects]:
    """The effects of accepted requests as they are now."""
    ids = [trial.image_id or "" for trial in trials]
    images, errors = _images(observer, ids)
    failed: dict[str, str] = {}
    hindrance: Hindrance | None = None
    known = {id for id, owner in observer.registry.owners.items() if owner not in ids}
    known |= observer.instances.snapshots.keys()  # of no image
    known.update(*(trial.before.snapshots for trial in trials))
    # A batch looks for snapshots again where none showed, a lone request does not.
    vain = len(trials) == 1 and observer.shows_no_snapshots
    try:
        shown = [] if vain else observer.snapshots_of_volumes(known)
        shown += _mapped_snapshots(observer, images.values(), {s.id for s in shown} | known)
    except Refused as refused:
        shown, failed["DescribeSnapshots"], hindrance = [], refused.what, refused.hindrance
    snapshots = [_own(observer, images.get(id), id, images, shown) for id in ids]
    sources = dict.fromkeys(trial.request.instance_id or "" for trial in trials)
    instances = observer.instances.refreshed(sources.keys())
    failed |= observer.instances.failed
    tagged = [
        id
        for trial, id, own in zip(trials, ids, snapshots, strict=True)
        if id in images and _is_tagged(trial)
        for id in (id, *(snapshot.id for snapshot in own))
    ]
    try:
        tags = _described_tags(observer, tagged, instances) if tagged else {}
    except Refused as refused:
        tags, failed["DescribeTags"], hindrance = {}, refused.what, hindrance or refused.hindrance
    return [
        Effects(
            images.get(id),
            tuple(own),
            instances.get(trial.request.instance_id or ""),
            {each: tags[each] for each in (id, *(s.id for s in own)) if each in tags},
            errors[id].what if id in errors and errors[id].is_answer else "",
            failed
            if id not in errors or errors[id].is_answer
            else {**failed, "DescribeImages": errors[id].what},
            _hindrance(images.get(id), errors.get(id)) or hindrance,
            trial.booted,
        )
        for trial, id, own in zip(trials, ids, snapshots, strict=True)
    ]


def _mapped_snapshots(
    observer: Observer, images: Iterable[Image], known: Container[str]
) -> list[Snapshot]:
    """Snapshots of the source instances' volumes that images map and that no filter finds."""
    mapped = {m.snapshot_id for i in images for m in i.mappings if m.snapshot_id} - {""}
    missing = sorted(id for id in mapped if id not in known)
    if not missing or observer.learnt.maps_others >= _VAIN:
        return []
    volumes = observer.instances.volume_ids()
    shown = observer.snapshots(missing)
    if found := [s for s in shown if s.volume_id in volumes]:
        observer.learnt = replace(observer.learnt, maps_others=-math.inf)
    elif shown:
        observer.learnt = replace(observer.learnt, maps_others=observer.learnt.maps_others + 1)
    return found


def _hindrance(image: Image | None, error: Refused | None) -> Hindrance | None:
    """Why another run may observe the image, or its success."""
    if error is not None:
        return error.hindrance
    return Hindrance.LIMIT if image is not None and image.state == "failed" else None


def _images(observer: Observer, ids: Sequence[str]) -> tuple[dict[str, Image], dict[str, Refused]]:
    """The images with these ids that the endpoint shows, and the failures that do not say whether
    it has an image; both by id."""
    try:
        found = observer.images(numbered("ImageId", ids))
    except Refused as refused:
        if len(ids) < 2:
            return {}, {} if refused.denies else dict.fromkeys(ids, refused)
        # One unknown id makes the whole request fail: each is asked for alone.
        images: dict[str, Image] = {}
        errors: dict[str, Refused] = {}
        for id in ids:
            shown, failed = _images(observer, [id])
            images |= shown
            errors |= failed
        return images, errors
    return {image.id: image for image in found if image.id in ids}, {}


def _own(
    observer: Observer,
    image: Image | None,
    id: str,
    images: dict[str, Image],
    shown: list[Snapshot],
) -> list[Snapshot]:
    """The snapshots that were made for an image: those that it refers to, and those that no other
    image refers to and that may be its own."""
    mapped = {m.snapshot_id for m in image.mappings} if image else set()
    others = {m.snapshot_id for i in images.values() if i is not image for m in i.mappings}
    return [s for s in shown if s.id in mapped or (s.id not in others and _is_of(observer, s, id))]


def _is_of(observer: Observer, snapshot: Snapshot, image_id: str) -> bool:
    """Whether a snapshot may have been made for an image."""
    owners = observer.registry.owners
    if snapshot.id in owners:
        return owners[snapshot.id] == image_id
    named = _IMAGE_ID.findall(snapshot.description or "")
    if observer.target.instance_id:
        return image_id in named  # the user may take snapshots of the same instance
    return not named or image_id in named


def _is_tagged(trial: Trial) -> bool:
    return any(name.startswith("TagSpecification.") for name in trial.request.names())


def _described_tags(
    observer: Observer, ids: list[str], sources: Mapping[str, Instance]
) -> dict[str, dict[str, str]]:
    """The tags that DescribeTags shows of these resources.

    Raises Refused, also if it shows no tag of a source instance that has tags.
    """
    shown = _tags_of(observer, ids)
    # Those of the requests come first: a judged recording knows no instance of a scenario.
    known = (*sources.values(), *observer.instances.instances.values())
    tagged = [each.id for each in known if each.tags]
    if tagged and not any(shown.values()) and not any(_tags_of(observer, tagged[:1]).values()):
        raise Refused("DescribeTags", Malformed(_LISTS_NO_TAGS))
    return shown


def _tags_of(observer: Observer, ids: list[str]) -> dict[str, dict[str, str]]:
    """The tags that DescribeTags shows of these resources. Raises Refused."""
    shown: dict[str, dict[str, str]] = {id: {} for id in ids}
    token: str | None = ""
    for _ in range(_MAX_PAGES):
        page = [("NextToken", token)] if token else []
        root = observer.api.call("DescribeTags", [*filters({"resource-id": ids}), *page])
        for id, tags in describe.tags(root).items():
            shown.setdefault(id, {}).update(tags)
        token = describe.next_token(root)
        if not token:
            return shown
    raise Refused("DescribeTags", Malformed(f"more than {_MAX_PAGES} pages"))
