"""Whether the target lists the images of the run."""

from __future__ import annotations

from conformance.engine.client.api import Refused, numbered
from conformance.engine.property.exercise import Exercise
from conformance.model.world import Image
from reports.reasons import masked_by


def shown_by_id(exercise: Exercise, ids: list[str]) -> list[Image]:
    """Those of these images that DescribeImages shows by id; none if it refuses one of them."""
    try:
        shown = exercise.session.observer.images(numbered("ImageId", ids))
    except Refused:
        return []
    return [image for image in shown if image.id in ids]


def lists_every_image(exercise: Exercise) -> bool:
    """Whether DescribeImages lists by owner each image that it shows by id; else why is noted."""
    session = exercise.session
    session.executor.let_through.remove()
    shown = shown_by_id(exercise, [*session.registry.created_between()])
    try:
        listed = {image.id for image in session.observer.own_images()}
    except Refused as refused:
        exercise.skip(f"inconclusive: {refused}")
        return False
    if all(image.id in listed for image in shown):
        return True
    exercise.skip(masked_by("st.image.views"))
    return False
