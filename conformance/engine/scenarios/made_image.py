"""The image that a scenario begins with, once its state is final."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from conformance.engine.scenarios.acts import Create, SeeImage, Until
from conformance.engine.scenarios.images import completed
from conformance.model.history import Created, Described
from conformance.model.request import Draft

_FAILURES = 3
"""Images that are made again since they failed."""


def made_image(draft: Draft) -> Generator[Any, Any, tuple[Created, Described | None]]:
    """The image of a draft and its last look; no look where CreateImage made none.

    An image that fails may have met a limit of the target. Another is made in its place.
    """
    created: Created = yield Create(draft)
    left = _FAILURES
    while created.image_id is not None:
        look = SeeImage(created.image_id)
        seen: Described = yield Until("image complete", look, completed, created.at)
        if seen.image is None or seen.image.state != "failed" or not left:
            return created, seen
        left -= 1
        created = yield Create(draft, failed=True)
    return created, None
