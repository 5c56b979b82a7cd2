"""What each look at the run's images showed of attributes that never change.

The looks are those that a run takes anyway: DescribeImages by id, by owner, by a filter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from conformance.model.world import Image

CONSTANT = {
    "creation_date": "creation date",
    "name": "name",
    "owner": "owner",
    "root_device": "root device name",
    "source_instance": "source instance",
}
"""Attributes that stay as they are, in words."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two looks at an image that show another value of an attribute."""

    image_id: str
    attribute: str
    first: str
    second: str

    def __str__(self) -> str:
        words = CONSTANT[self.attribute]
        return f"the image's {words} is {self.first}; another look shows {self.second}"


@dataclass(slots=True)
class _Seen:
    looks: int = 0
    values: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By attribute: the first value, and how the run looked."""


class Sightings:
    """The looks of one process at images that its requests created."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}
        self.disagreements: list[Disagreement] = []
        self.failed: dict[str, str | None] = {}
        """Images that were seen in the state ``failed``, each with its reason if one is shown."""
        self.available: set[str] = set()
        """Images that were seen in the state ``available``, which they do not leave by
        themselves."""

    def note(self, images: Iterable[Image], how: str) -> None:
        """Take in what one answer shows. ``how`` names the parameter: ``by id``."""
        for image in images:
            seen = self._seen.setdefault(image.id, _Seen())
            seen.looks += 1
            if image.state == "available":
                self.available.add(image.id)
            if image.state == "failed":
                self.failed[image.id] = image.state_reason or self.failed.get(image.id)
            for attribute in CONSTANT:
                value = getattr(image, attribute)
                if value is None:
                    continue
                before, earlier = seen.values.setdefault(attribute, (value, how))
                if before != value:
                    first, second = f"{before} ({earlier})", f"{value} ({how})"
                    self.disagreements.append(Disagreement(image.id, attribute, first, second))

    def dates(self, ids: Iterable[str]) -> Mapping[str, str]:
        """The creation dates of these images that were shown, by id."""
        return {id: date for id in ids if (date := self._value(id, "creation_date")) is not None}

    def looked_twice(self, ids: Iterable[str]) -> Iterator[str]:
        """Those of these images that at least two answers showed."""
        return (id for id in ids if id in self._seen and self._seen[id].looks > 1)

    def _value(self, image_id: str, attribute: str) -> str | None:
        seen = self._seen.get(image_id)
        return seen.values[attribute][0] if seen and attribute in seen.values else None
