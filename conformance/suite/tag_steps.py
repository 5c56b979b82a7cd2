"""Steps of the properties on tags, which depend on what the target can tag.

One request with 50 tags of every kind keeps most of the rules at once. A rule's own requests are
sent if the target refuses that one or does not report its tags, so that the right rule is blamed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from hypothesis.strategies import SearchStrategy

from conformance.engine.client.api import Refused
from conformance.engine.observation.trial import Trial
from conformance.engine.property.evaluate import lacking_evidence_of
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.spec import Needs, Sends, Step, breaks, keeps
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.scenarios.images import existing_snapshots
from conformance.model import CATALOGUE, Arm
from conformance.model.request import Draft
from reports.reasons import masked_by
from strategies import covering, tags

BY_IMAGE = (tags.RICH, tags.ON_IMAGE)
BY_SNAPSHOTS = (tags.RICH_SNAPSHOTS, tags.ON_SNAPSHOTS)
_MANY = 4
"""Requests of tags of the image that are first sent as one."""
_SHOWN = ("st.", "tag.", "resp.")
"""Families of rules that say which snapshots are a request's."""
_PLACED = {"tag.rt.image", "tag.rt.snapshot", "tag.rt.both"}


@dataclass(frozen=True, slots=True)
class Tagged:
    """Tags that the target has to accept and report."""

    covering: Draft
    rich: Draft
    own: tuple[Draft, ...]
    generated: SearchStrategy[Draft] | None = None

    def run(self, exercise: Exercise) -> None:
        works = all_tags_work(exercise) or all(
            covering_tags_work(exercise, self.covering, draft) for draft in self.own
        )
        if works and exercise.covers(self.covering, self.own):
            exercise.keeps(generated=self.generated)
            return
        trial = exercise.send(self.rich)
        if trial.accepted and not _violated(trial):
            exercise.keeps(self.rich, generated=self.generated)
        else:
            rich = [self.rich] if trial.accepted else []
            exercise.keeps(*_together(exercise, self.own), *rich, generated=self.generated)

    def needs(self) -> Needs:
        return Needs(keeps=self.own)

    def sends(self) -> tuple[Sends, ...]:
        return (keeps(self.rich, *self.own, generated=self.generated),)


@dataclass(frozen=True, slots=True)
class ImageTagged:
    """Tags of an image with an unusual key or value, if the target tags images at all."""

    tagged: Tagged

    def run(self, exercise: Exercise) -> None:
        if tags_images(exercise):
            self.tagged.run(exercise)

    def needs(self) -> Needs:
        return Needs(rules=("tag.rt.image",)) + self.tagged.needs()

    def sends(self) -> tuple[Sends, ...]:
        return self.tagged.sends()


@dataclass(frozen=True, slots=True)
class TagsRejected:
    """Tags that the target has to reject, of the resources that it tags."""

    drafts: tuple[Draft, ...]
    generated: SearchStrategy[Draft] | None = None

    def run(self, exercise: Exercise) -> None:
        if not tags_images(exercise):
            return
        if all_tags_work(exercise) or tags_work(exercise, *BY_SNAPSHOTS):
            exercise.breaks(*self.drafts, generated=self.generated)
        else:
            exercise.breaks(*(d for d in self.drafts if not tags.is_for_snapshots(d)))

    def needs(self) -> Needs:
        return Needs(breaks=self.drafts, rules=("tag.rt.image",))

    def sends(self) -> tuple[Sends, ...]:
        return (breaks(*self.drafts, generated=self.generated),)


@dataclass(frozen=True, slots=True)
class StayUntagged:
    """The snapshots of a request without tags have none after later requests, either."""

    draft: Draft

    def run(self, exercise: Exercise) -> None:
        trial = exercise.send(self.draft, unless="lacking")
        on_effects, effects = exercise.rule.on_effects, trial.effects if trial else None
        if trial is None or effects is None or on_effects is None or exercise.record.own():
            return
        if any(each.rule.startswith(_SHOWN) for each in trial.violations):
            return  # its snapshots may be another request's
        try:
            shown = existing_snapshots(exercise.session, [each.id for each in effects.snapshots])
        except Refused:
            return
        later = replace(effects, snapshots=tuple(shown))
        if (observed := on_effects(trial.request, trial.before, later)) is not None:
            exercise.check(Arm.KEEPS, trial, f"after later requests {observed}")

    def needs(self) -> Needs:
        return Needs()

    def sends(self) -> tuple[Sends, ...]:
        return ()


def tagged(covering: Draft, rich: Draft, *own: Draft) -> Step:
    """The step of :class:`Tagged`."""
    return Tagged(covering, rich, own)


def keeps_on_image(*own: Draft, generated: SearchStrategy[Draft] | None = None) -> Step:
    """The step of :class:`ImageTagged`."""
    return ImageTagged(Tagged(covering.FULL, tags.RICH, own, generated))


def breaks_tags(*drafts: Draft, generated: SearchStrategy[Draft] | None = None) -> Step:
    """The step of :class:`TagsRejected`."""
    return TagsRejected(drafts, generated)


def _together(exercise: Exercise, own: Sequence[Draft]) -> list[Draft]:
    """Requests with the tags of these: one for many that work together, else their own.

    From standard effort on each request is sent by itself.
    """
    if len(own) < _MANY or exercise.effort.accepted_examples:
        return list(own)
    parts = _Parts(exercise)
    parts.take(own)
    return parts.found


class _Parts:
    """The largest parts of requests that work together, and the first request that is wrong.

    A part that shows something wrong, too, creates an image each time it is divided.
    """

    def __init__(self, exercise: Exercise) -> None:
        self._exercise = exercise
        self._wrong = False
        self.found: list[Draft] = []

    def take(self, own: Sequence[Draft], *, fails: bool = False) -> bool:
        """Add the parts of these requests; whether they work. ``fails``: it is known that not."""
        if not fails or len(own) == 1:
            draft = own[0] if len(own) == 1 else tags.together(*own)
            trial = self._exercise.send(draft, unless="lacking")
            works = trial is None or (trial.accepted and not _violated(trial))
            shown = trial is not None and trial.accepted and not works
            if works or len(own) == 1:
                self.found.append(draft)
                self._wrong |= shown
                return works
            if shown and self._wrong:
                return False
        half = len(own) // 2
        works = self.take(own[:half])
        # What fails together and not in the first half fails in the second.
        self.take(own[half:], fails=works)
        return False


def tags_work(exercise: Exercise, *drafts: Draft) -> bool:
    """Whether the target accepts one of these requests and reports its tags."""
    return any(_works(exercise.send(draft, unless="lacking")) for draft in drafts)


def covering_tags_work(exercise: Exercise, covering: Draft, needed: Draft) -> bool:
    """Whether the target accepts a covering request with these tags and reports them."""
    return _works(exercise.send(needed, via=covering))


def _works(trial: Trial | None) -> bool:
    return trial is not None and trial.accepted and not _violated(trial) & _PLACED


def all_tags_work(exercise: Exercise) -> bool:
    """Whether 50 tags of the image and 50 of the snapshots work, the same tags and different."""
    return covering_tags_work(exercise, covering.FULL, tags.RICH_ON_BOTH) and covering_tags_work(
        exercise, covering.GREATEST, tags.FIFTY_ON_BOTH
    )


def tags_images(exercise: Exercise) -> bool:
    """Whether the target tags images. If not, the rules on tags are not decided."""
    if all_tags_work(exercise) or tags_work(exercise, *BY_IMAGE):
        return True
    _skip(exercise, "tag.rt.image", tags.ON_IMAGE)
    return False


def _skip(exercise: Exercise, rule_id: str, draft: Draft) -> None:
    """Record what masks a property whose requests build on this draft of another rule."""
    try:
        exercise.skip(exercise.why_undecided(exercise.send(draft), rule_id))
    except NotAvailable as why:
        exercise.skip(str(why), why.hindrance)


def tags_are_shown(exercise: Exercise) -> bool:
    """Whether the target shows the tags of images and of snapshots. If not, it may set them."""
    if not tags_images(exercise):
        return False
    if any(exercise.session.violating("tag.optional")):
        # Tags that no request asked for may leave no room for another.
        exercise.skip(masked_by("tag.optional"))
        return False
    whole = exercise.send(tags.RICH_SNAPSHOTS, via=covering.FULL)
    own = (exercise.send(draft, unless="lacking") for draft in BY_SNAPSHOTS)
    if not any(_works(each) and _is_shown("tag.rt.snapshot", each) for each in chain([whole], own)):
        _skip(exercise, "tag.rt.snapshot", tags.ON_SNAPSHOTS)
        return False
    return True


def _is_shown(rule_id: str, trial: Trial | None) -> bool:
    """Whether the effects of a trial could contradict a rule."""
    return trial is not None and lacking_evidence_of(CATALOGUE[rule_id], trial) is None


def tags_both(exercise: Exercise) -> bool:
    """Whether the target tags the image by itself and the snapshots by themselves."""
    if all_tags_work(exercise):
        return True
    if tags_images(exercise) and not tags_work(exercise, *BY_SNAPSHOTS):
        _skip(exercise, "tag.rt.snapshot", tags.ON_SNAPSHOTS)
        return False
    return tags_work(exercise, *BY_IMAGE)


def takes_many(exercise: Exercise) -> bool:
    """Whether 50 tags work on the image, and 50 on the snapshots."""
    if all_tags_work(exercise):
        return True
    return tags_work(exercise, tags.RICH, tags.FIFTY) and tags_work(
        exercise, tags.RICH_SNAPSHOTS, tags.FIFTY_ON_SNAPSHOTS
    )


def _violated(trial: Trial) -> set[str]:
    """The rules on tags that an accepted request's image and snapshots violate."""
    return {c.rule for c in trial.violations if c.rule.startswith("tag.")}
