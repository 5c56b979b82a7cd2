"""What is left of a run, and what confirms that it is the run's.

The ledger alone is not believed, nor is a mark alone. A thing is removed when the ledger knows of
it and one of these holds where it stands:

- it bears the run's tag;
- an image has the very name that the run asked for, or was made of an instance of the run;
- a snapshot is of a volume of the run, or its description names an image of the run.

Not every emulator keeps tags. On a target that is no real account an instance or a volume without
any tag counts as the run's by its id alone, which the answer to RunInstances gave. Other tags
speak against it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from conformance.engine.client.api import Api, Refused, filters
from conformance.engine.client.ledger import RUN_TAG, Ledger
from conformance.engine.core.errors import CutShort
from conformance.model.answer import Element
from conformance.model.world import Image
from conformance.wire.decoding import describe

_AT_ONCE = 100
"""Ids in one filter; EC2 takes 200."""
KINDS = ("image", "snapshot", "instance", "volume")
_SKEW = 900.0
"""Seconds by which the endpoint's clock may differ from ours."""
_WORD = re.compile(r"ami-[0-9a-zA-Z]+")


class _Tagged(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def tags(self) -> Mapping[str, str]: ...


T = TypeVar("T", bound=_Tagged)


@dataclass
class Findings:
    """What a look showed, by kind."""

    confirmed: dict[str, set[str]] = field(default_factory=lambda: {k: set() for k in KINDS})
    foreign: dict[str, dict[str, str]] = field(default_factory=lambda: {k: {} for k in KINDS})
    """What the ledger names and nothing confirms: id to reason."""
    mapped: dict[str, set[str]] = field(default_factory=dict)
    """By image: the snapshots that it refers to."""
    adopted: list[tuple[str, str, str]] = field(default_factory=list)
    """Kind, name and id of what the run made though no answer said so."""
    ended: set[str] = field(default_factory=set)
    """Instances that are terminated already."""
    unreadable: dict[str, str] = field(default_factory=dict)
    """Kinds that could not be looked at, with why."""
    silent: bool = False
    """Whether the endpoint has stopped to answer: more looks would show no more."""


class Stock:
    """Looks at what there is of a run. Changes nothing."""

    def __init__(self, caller: Api, ledger: Ledger) -> None:
        self._caller = caller
        self._ledger = ledger
        header = ledger.header()
        self._keeps_tags = header is not None and bool(header.account)
        self.silent = ""
        """Why nothing more is sent, once the endpoint has stopped to answer."""

    def take(self) -> Findings:
        """Everything that the ledger names or the run's mark is found on."""
        found = Findings()
        self._known = self._ledger.remaining()
        self._own_volumes = self._ledger.ever("volume")
        for kind, step in (
            ("instance", self._instances),
            ("volume", self._volumes),
            ("image", self._images),
            ("snapshot", self._snapshots),
        ):
            if self.silent:
                found.unreadable[kind] = self.silent
                continue
            try:
                step(found)
            except CutShort as why:
                self.silent = found.unreadable[kind] = str(why)
            except Refused as refused:
                found.unreadable[kind] = str(refused)
        found.silent = bool(self.silent)
        return found

    def are_there(self, kind: str, ids: Collection[str]) -> set[str]:
        """Those of these snapshots or volumes that are still there, or all where it cannot be
        told."""
        try:
            if kind == "volume":
                return set(self._by_id("DescribeVolumes", "volume-id", ids, describe.volumes))
            return set(self._by_id("DescribeSnapshots", "snapshot-id", ids, describe.snapshots))
        except (Refused, CutShort):
            return set(ids)

    def are_over(self, instances: list[str]) -> bool:
        """Whether instances are terminated, so that their volumes are free."""
        try:
            seen = self._by_id("DescribeInstances", "instance-id", instances, describe.instances)
        except Refused:
            return False
        return all(instance.state == "terminated" for instance in seen.values())

    def _instances(self, found: Findings) -> None:
        ids = self._known.get("instance", {})
        seen = self._by_id("DescribeInstances", "instance-id", ids, describe.instances)
        if self._ledger.unanswered("instance"):
            seen |= self._marked("DescribeInstances", describe.instances)
        for instance in seen.values():
            if not (self._bears_mark(instance.tags) or self._may_lack_it(instance, ids)):
                self._leave(found, "instance", instance.id, f"it does not bear the tag {RUN_TAG}")
            elif instance.state == "terminated":
                found.ended.add(instance.id)
            else:
                self._take_in(found, "instance", instance.id)
                self._own_volumes |= {volume.id for volume in instance.volumes}

    def _volumes(self, found: Findings) -> None:
        ids = self._known.get("volume", {})
        wanted = [*ids, *sorted(self._own_volumes - ids.keys())]
        seen = self._by_id("DescribeVolumes", "volume-id", wanted, describe.volumes)
        if self._known.get("instance") or self._ledger.unanswered("instance"):
            seen |= self._marked("DescribeVolumes", describe.volumes)
        for volume in seen.values():
            if self._bears_mark(volume.tags) or self._may_lack_it(volume, self._own_volumes):
                self._take_in(found, "volume", volume.id)
            else:
                self._leave(found, "volume", volume.id, f"it does not bear the tag {RUN_TAG}")

    def _images(self, found: Findings) -> None:
        known, waiting = self._known.get("image", {}), self._ledger.unanswered("image")
        intended, instances = self._ledger.intended(), self._own(found, "instance")
        if not known and not intended:
            return
        for image in self._own_images(known).values():
            name = image.name or ""
            found.mapped[image.id] = {m.snapshot_id for m in image.mappings if m.snapshot_id}
            named = name in intended and known.get(image.id, name) == name
            own = image.source_instance in instances or self._bears_mark(image.tags)
            # Also what was refused by its answer, and made all the same.
            asked_for = (name in waiting and name) or (name in intended and own)
            if image.id not in known and not asked_for:
                continue
            if (named or own) and not self._is_older(image):
                self._take_in(found, "image", image.id, name)
            else:
                self._leave(found, "image", image.id, "its name is none that the run gave")

    def _own_images(self, known: Iterable[str]) -> dict[str, Image]:
        try:
            root = self._caller.call("DescribeImages", [("Owner.1", "self")])
        except Refused:
            # One image with a name that XML cannot carry spoils the list for all others.
            return self._by_id("DescribeImages", "image-id", known, describe.images)
        images = {image.id: image for image in describe.images(root)}
        if hidden := [id for id in known if id not in images]:
            images |= self._disabled(hidden)
        return images

    def _disabled(self, ids: list[str]) -> dict[str, Image]:
        """Those of these images that are there and disabled: a list leaves them out."""
        include = ("IncludeDisabled", "true")
        try:
            return self._by_id("DescribeImages", "image-id", ids, describe.images, include)
        except Refused:
            return {}  # an endpoint without disabled images

    def _is_older(self, image: Image) -> bool:
        """Whether an image was there before the run: its name is another's then."""
        try:
            made = datetime.fromisoformat(image.creation_date or "").timestamp()
        except ValueError:
            return False
        return made < self._ledger.first() - _SKEW

    def _snapshots(self, found: Findings) -> None:
        ids = self._known.get("snapshot", {})
        volumes = sorted(self._own_volumes)
        seen = self._by_id("DescribeSnapshots", "snapshot-id", ids, describe.snapshots)
        for some in _chunks(volumes):
            params = filters({"volume-id": some})
            of_volumes = describe.snapshots(self._caller.call("DescribeSnapshots", params))
            seen |= {s.id: s for s in of_volumes if s.volume_id in volumes}
        if self._ledger.unanswered("snapshot"):
            seen |= self._marked("DescribeSnapshots", describe.snapshots)
        images = self._own(found, "image") | found.confirmed["image"]
        for snapshot in seen.values():
            words = set(_WORD.findall(snapshot.description or ""))
            own = snapshot.volume_id in self._own_volumes or words & images
            if own or self._bears_mark(snapshot.tags):
                self._take_in(found, "snapshot", snapshot.id)
            else:
                self._leave(found, "snapshot", snapshot.id, "it is of no volume of the run")

    def _own(self, found: Findings, kind: str) -> set[str]:
        """What the run ever made of a kind, but for what stands there as another's."""
        return self._ledger.ever(kind) - found.foreign[kind].keys()

    def _take_in(self, found: Findings, kind: str, id: str, name: str = "") -> None:
        found.confirmed[kind].add(id)
        if id not in self._known.get(kind, {}):
            found.adopted.append((kind, name, id))

    def _leave(self, found: Findings, kind: str, id: str, why: str) -> None:
        if id in self._known.get(kind, {}):
            found.foreign[kind][id] = why

    def _bears_mark(self, tags: Mapping[str, str]) -> bool:
        return tags.get(RUN_TAG) == self._ledger.run_id

    def _may_lack_it(self, thing: _Tagged, ids: Collection[str]) -> bool:
        """Whether the ledger's id has to do: the target is no real account, and keeps no tags."""
        return not self._keeps_tags and not thing.tags and thing.id in ids

    def _marked(self, action: str, read: Callable[[Element], list[T]]) -> dict[str, T]:
        """What bears the run's tag, whether the target filters or not."""
        params = filters({f"tag:{RUN_TAG}": [self._ledger.run_id]})
        things = read(self._caller.call(action, params))
        return {thing.id: thing for thing in things if self._bears_mark(thing.tags)}

    def _by_id(
        self,
        action: str,
        name: str,
        ids: Iterable[str],
        read: Callable[[Element], list[T]],
        *more: tuple[str, str],
    ) -> dict[str, T]:
        """The things of these ids that are there; by a filter, which no missing one offends."""
        seen: dict[str, T] = {}
        for some in _chunks(list(ids)):
            things = read(self._caller.call(action, [*filters({name: some}), *more]))
            seen |= {thing.id: thing for thing in things if thing.id in some}
        return seen


def _chunks(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
