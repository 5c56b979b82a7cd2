"""What the answers that a run gets anyway show of its images: dates, lists, failures."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from conformance.engine.client.api import Refused, filters
from conformance.engine.property.exercise import Exercise
from conformance.model import Arm
from conformance.model.request import create_image
from conformance.model.rules.image import moment
from conformance.model.world import Image
from conformance.suite.declare import exercises
from conformance.suite.listings import shown_by_id
from reports.reasons import masked_by
from strategies import rejections

PLAIN = create_image()
_PLAIN_NAME = re.compile(r"[A-Za-z0-9-]+", re.ASCII)
_APART = 2.0
"""Seconds between two images from which on their dates differ, whatever is rounded."""


@exercises("st.image.date", requires=("st.image.exists",), slowness=3)
def test_the_creation_date(exercise: Exercise) -> None:
    exercise.keeps(PLAIN)
    session = exercise.session
    observer, made = session.observer, session.registry.created_between()
    if not list(observer.sightings.looked_twice(made)):
        observer.image_if_readable(next(iter(made), ""))
    exercise.control(*rejections.SAMPLE, one=True)
    for found in observer.sightings.disagreements:
        if found.attribute == "creation_date":
            _deviates(exercise, found.image_id, str(found))
            return
    shown = observer.sightings.dates(made)
    dates = {id: date for id, date in shown.items() if moment(date)}  # st.image.type: the others
    times = [made[id] for id in dates]
    if len(set(dates.values())) == 1 and len(dates) > 1 and max(times) - min(times) >= _APART:
        seconds, date = round(max(times) - min(times)), next(iter(dates.values()))
        observed = f"{len(dates)} images made within {seconds} s have the creation date {date}"
        _deviates(exercise, next(iter(dates)), observed)


@exercises("st.image.views", requires=("st.image.exists",), slowness=3)
def test_an_image_by_id_by_owner_and_by_name(exercise: Exercise) -> None:
    trial = exercise.send(PLAIN, unless="refused")
    exercise.control(*rejections.SAMPLE, one=True)
    if trial is None:
        return
    observer = exercise.session.observer
    exercise.session.executor.let_through.remove()  # a listing would do so between two looks
    wanted = shown_by_id(exercise, [*exercise.session.registry.created_between()])
    wanted = wanted or shown_by_id(exercise, [trial.image_id or ""])
    if not wanted:
        exercise.skip("not decided: see st.image.exists")
        return
    _compare(exercise, wanted, "by owner")
    # A filter may read brackets and the like as a pattern: that is no matter of CreateImage.
    if plain := [image for image in wanted if _PLAIN_NAME.fullmatch(image.name or "")]:
        _compare(exercise, plain, "by name")
    for found in observer.sightings.disagreements:
        if found.attribute != "creation_date" and not _is_reused(exercise, found.image_id):
            exercise.check(Arm.KEEPS)
            _deviates(exercise, found.image_id, str(found))
            return


def _is_reused(exercise: Exercise, image_id: str) -> bool:
    """Whether two answers named the same image; why is noted then."""
    trials = exercise.session.trials()
    reused = [each for each in trials if each.image_id == image_id and each.accepted]
    if len(reused) < 2 and not any(exercise.session.violating("resp.unique_id")):
        return False
    exercise.skip(masked_by("resp.unique_id"))
    return True


def _compare(exercise: Exercise, wanted: Collection[Image], how: str) -> None:
    """Look for these images in another way, until all are shown or the window ends."""
    observer = exercise.session.observer
    names = [image.name or "" for image in wanted]

    def look() -> list[Image]:
        if how == "by owner":
            return observer.own_images()
        return observer.images(filters({"name": names}))

    def lacking(shown: Iterable[Image]) -> list[Image]:
        ids = {image.id for image in shown}
        return [image for image in wanted if image.id not in ids]

    try:
        shown = observer.patience.until(f"images {how}", look, lambda now: not lacking(now))
    except Refused as refused:
        exercise.skip(f"inconclusive: {refused}")
        return
    if not shown:
        exercise.skip(f"inconclusive: DescribeImages {how} lists no image at all")
        return
    exercise.check(Arm.KEEPS)
    for image in lacking(shown):
        observed = f"DescribeImages by id shows the image, DescribeImages {how} does not"
        _deviates(exercise, image.id, observed)
        return


@exercises("st.image.reason")
def test_a_failed_image_gives_its_reason(exercise: Exercise) -> None:
    """No request makes an image fail on purpose. Each image that was seen failed is judged."""
    trial = exercise.send(PLAIN, unless="refused")
    observer = exercise.session.observer
    if trial is not None:
        if trial.image_id not in observer.sightings.available:
            observer.complete(trial.image_id or "")
        exercise.check(Arm.BREAKS)
    failed = observer.sightings.failed
    if not failed:
        mask = exercise.mask_of(trial, "st.image.exists") if trial is not None else ""
        exercise.skip(masked_by(mask) if mask else "no image failed")
        return
    exercise.check(Arm.KEEPS, times=len(failed))
    for image_id, reason in failed.items():
        if not reason:
            _deviates(exercise, image_id, "the image is failed and shows no stateReason")
            return


def _deviates(exercise: Exercise, image_id: str, observed: str) -> None:
    """Record a deviation of the request that created an image."""
    trial = exercise.session.made(image_id) or exercise.send(PLAIN)
    exercise.check(Arm.KEEPS, trial, observed)
