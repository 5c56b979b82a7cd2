"""Lists the resources that a run created and that still exist. Changes nothing at the target."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from conformance.engine.client.api import Api, Refused, filters
from conformance.engine.client.ledger import RUN_TAG, Ledger
from conformance.engine.core.errors import CutShort
from conformance.engine.resources import inventory
from conformance.engine.resources.inventory import ID
from conformance.engine.resources.ownership import EARLIER, Ownership
from conformance.model.answer import Element
from conformance.model.world import Image, Snapshot
from conformance.wire.decoding import describe

KINDS = ("image", "snapshot", "instance", "volume")
_AT_ONCE = 100
"""Ids in one filter; EC2 takes 200."""


class _Described(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def tags(self) -> Mapping[str, str]: ...


T = TypeVar("T", bound=_Described)


@dataclass
class FoundResources:
    """The resources that one reading of the target found, by kind."""

    confirmed: dict[str, set[str]] = field(default_factory=lambda: {k: set() for k in KINDS})
    foreign: dict[str, dict[str, str]] = field(default_factory=lambda: {k: {} for k in KINDS})
    """Resources that the ledger names and the target does not confirm: id to reason."""
    mapped: dict[str, set[str]] = field(default_factory=dict)
    """By image: the snapshots that it refers to."""
    named: set[str] = field(default_factory=set)
    """Images that descriptions of the run's snapshots name."""
    of_instances: set[str] = field(default_factory=set)
    """Those of them that the description says were made of an instance of the run."""
    adopted: list[tuple[str, str, str]] = field(default_factory=list)
    """Kind, name and id of what the run created although no answer said so."""
    ended: set[str] = field(default_factory=set)
    """Instances that are terminated already."""
    along: set[str] = field(default_factory=set)
    """Volumes that are listed and go with their instance."""
    unreadable: dict[str, str] = field(default_factory=dict)
    """Kinds that could not be read, with the reason."""
    stopped: bool = False
    """Whether the endpoint stopped answering: another reading would show no more."""


class Stock:
    """Reads the run's resources at the target."""

    def __init__(self, api: Api, ledger: Ledger, lister: Api) -> None:
        """``lister`` lists the account's snapshots, those that are not the run's among them."""
        self._api = api
        self._lister = lister
        self._ledger = ledger
        self.owns = Ownership(ledger)
        self.stopped = ""
        """Why nothing more is sent, once the endpoint stopped answering."""
        self.lists_snapshots = False
        """Whether the list of the account's snapshots shows those of the run."""

    def take(self) -> FoundResources:
        """Everything that the ledger names or that has the run's mark."""
        found = FoundResources()
        self.owns = Ownership(self._ledger)
        for kind, step in (
            ("instance", self._instances),
            ("volume", self._volumes),
            ("image", self._images),
            ("snapshot", self._snapshots),
        ):
            if self.stopped:
                found.unreadable[kind] = self.stopped
                continue
            try:
                step(found)
            except CutShort as why:
                self.stopped = found.unreadable[kind] = str(why)
            except Refused as refused:
                found.unreadable[kind] = str(refused)
        found.stopped = bool(self.stopped)
        return found

    def are_there(self, kind: str, ids: Collection[str]) -> set[str]:
        """Those of these resources that still exist, or all where the target does not say."""
        shown = self.shown(kind, ids)
        return set(ids) if shown is None else shown

    def shown(self, kind: str, ids: Collection[str]) -> set[str] | None:
        """Those of these resources that still exist, or None where the target does not say."""
        try:
            match kind:
                case "volume":
                    return set(self._by_id("DescribeVolumes", "volume-id", ids, describe.volumes))
                case "snapshot":
                    action = "DescribeSnapshots"
                    return set(self._by_id(action, "snapshot-id", ids, describe.snapshots))
                case "image":
                    images = self._with_disabled(ids)
                    return {id for id, image in images.items() if image.state != "deregistered"}
            seen = self._by_id("DescribeInstances", "instance-id", ids, describe.instances)
            return {id for id, instance in seen.items() if instance.state != "terminated"}
        except (Refused, CutShort):
            return None

    def went(self) -> set[str]:
        """Snapshots of images that the run deregistered: they may have gone with them."""
        removed = self._ledger.removed("image")
        return {id for id, image in self._ledger.referred().items() if image in removed}

    def _instances(self, found: FoundResources) -> None:
        ids = self.owns.known.get("instance", {})
        listed = self._by_id("DescribeInstances", "instance-id", ids, describe.instances)
        if self._ledger.unanswered("instance"):
            listed |= self._marked("DescribeInstances", describe.instances)
        for instance in listed.values():
            if why := self.owns.instance(instance):
                self._leave(found, "instance", instance.id, why)
                self.owns.instances.discard(instance.id)
            elif instance.state == "terminated":
                found.ended.add(instance.id)
            else:
                self._take_in(found, "instance", instance.id)
                self.owns.instances.add(instance.id)
                found.along |= {v.id for v in instance.volumes if v.delete_on_termination}
                self.owns.volumes |= {
                    volume.id
                    for volume in instance.volumes
                    if not self._ledger.was_there("volume", volume.id)
                }

    def _volumes(self, found: FoundResources) -> None:
        ids = self.owns.known.get("volume", {})
        wanted = [*ids, *sorted(self.owns.volumes - ids.keys() - self._ledger.removed("volume"))]
        listed = self._by_id("DescribeVolumes", "volume-id", wanted, describe.volumes)
        if wanted and not listed and not self.owns.is_real:
            # A target that lists none of its volumes: what answers named is removed by its id.
            found.along.clear()
            found.confirmed["volume"].update(wanted)
            found.adopted += [("volume", "", id) for id in wanted if id not in ids]
            return
        unanswered = self._ledger.unanswered
        # The list of the account shows later what no answer named.
        unlisted = self._ledger.before("volume") is None and self.owns.known.get("instance")
        if unlisted or unanswered("instance") or unanswered("volume"):
            listed |= self._marked("DescribeVolumes", describe.volumes)
        for volume in listed.values():
            if why := self.owns.volume(volume):
                self._leave(found, "volume", volume.id, why)
                self.owns.volumes.discard(volume.id)
            else:
                self._take_in(found, "volume", volume.id)
        found.along &= found.confirmed["volume"]

    def _images(self, found: FoundResources) -> None:
        known = self.owns.known.get("image", {})
        if not known and not self.owns.names:
            return
        for image in self._own_images(known).values():
            snapshots = {m.snapshot_id for m in image.mappings if m.snapshot_id}
            why = self.owns.image(image)
            if not why:
                self._take_in(found, "image", image.id, image.name or "")
                self.owns.images.setdefault(image.id, image.name or "")
                self.owns.referred |= dict.fromkeys(snapshots, image.id)
                found.mapped[image.id] = snapshots
            else:
                self._leave(found, "image", image.id, why)
                self.owns.images.pop(image.id, None)
                self.owns.foreign_users |= dict.fromkeys(snapshots, image.id)

    def _own_images(self, known: Iterable[str]) -> dict[str, Image]:
        if inventory.is_large(self._ledger):
            return self._wanted_images(list(known))
        try:
            pages = list(self._api.pages("DescribeImages", [("Owner.1", "self")]))
        except Refused:
            # One image with a name that XML cannot carry spoils the list for all others.
            return self._by_id("DescribeImages", "image-id", known, describe.images)
        images = {image.id: image for root in pages for image in describe.images(root)}
        if not images and self.owns.waiting:
            # Some emulators know no owner "self".
            images = self._of_names(self.owns.waiting)
        if hidden := [id for id in known if id not in images]:
            images |= self._hidden(hidden)
        return images

    def _wanted_images(self, known: list[str]) -> dict[str, Image]:
        """Of a large account: the run's images, and those that use a snapshot of the run's."""
        images = self._by_id("DescribeImages", "image-id", known, describe.images)
        images |= self._of_names(self.owns.waiting)
        snapshots = [*self.owns.known.get("snapshot", {}), *self.owns.referred]
        for some in _chunks(list(dict.fromkeys(snapshots))):
            wanted = filters({"block-device-mapping.snapshot-id": some})
            with contextlib.suppress(Refused):
                root = self._api.call("DescribeImages", wanted, optional=True)
                images |= {
                    image.id: image
                    for image in describe.images(root)
                    if any(m.snapshot_id in some for m in image.mappings)
                }
        if hidden := [id for id in known if id not in images]:
            images |= self._hidden(hidden)
        return images

    def _of_names(self, names: Iterable[str]) -> dict[str, Image]:
        """The images that have one of these names, of any owner."""
        found: dict[str, Image] = {}
        for some in _chunks([name for name in names if name]):
            with contextlib.suppress(Refused):
                root = self._api.call("DescribeImages", filters({"name": some}))
                found |= {i.id: i for i in describe.images(root) if i.name in some}
        return found

    def _hidden(self, ids: list[str]) -> dict[str, Image]:
        """Those of these images that exist although the list leaves them out: disabled ones."""
        include = ("IncludeDisabled", "true")
        try:
            return self._by_id("DescribeImages", "image-id", ids, describe.images, include)
        except Refused:
            return {}  # an endpoint without disabled images

    def _with_disabled(self, ids: Collection[str]) -> dict[str, Image]:
        """Those of these images that exist. Raises Refused, CutShort."""
        include = ("IncludeDisabled", "true")
        try:
            return self._by_id("DescribeImages", "image-id", ids, describe.images, include)
        except Refused:
            return self._by_id("DescribeImages", "image-id", ids, describe.images)

    def _snapshots(self, found: FoundResources) -> None:
        removed = self._ledger.removed("snapshot")
        referred = [
            id
            for id in self.owns.referred
            if id not in removed and not self._ledger.was_there("snapshot", id)
        ]
        ids = list(dict.fromkeys([*self.owns.known.get("snapshot", {}), *referred]))
        volumes = sorted(self.owns.volumes)
        shown = self._listed_snapshots()
        listed = {id: s for id, s in shown.items() if id in ids or s.volume_id in volumes}
        for some in () if self.lists_snapshots else _chunks(volumes):
            params = filters({"volume-id": some})
            of_volumes = describe.snapshots(self._api.call("DescribeSnapshots", params))
            listed |= {s.id: s for s in of_volumes if s.volume_id in volumes}
        unseen = [id for id in ids if id not in listed]
        if len(unseen) < len(ids):  # the list shows the run's: what went with its image is gone
            unseen = [id for id in unseen if id not in self.went()]
        listed |= self._by_id("DescribeSnapshots", "snapshot-id", unseen, describe.snapshots)
        if self._ledger.unanswered("snapshot"):
            listed |= self._marked("DescribeSnapshots", describe.snapshots)
        for snapshot in listed.values():
            if why := self.owns.snapshot(snapshot):
                self._leave(found, "snapshot", snapshot.id, why)
            else:
                self._take_in(found, "snapshot", snapshot.id)
                words = ID.findall(snapshot.description or "")
                named = {id for id in words if id.startswith("ami-")}
                found.named |= named
                if self.owns.instances.intersection(words):
                    found.of_instances |= named

    def _take_in(self, found: FoundResources, kind: str, id: str, name: str = "") -> None:
        found.confirmed[kind].add(id)
        if not self.owns.is_known(kind, id):
            found.adopted.append((kind, name, id))

    def _leave(self, found: FoundResources, kind: str, id: str, why: str) -> None:
        if self.owns.is_known(kind, id) and why != EARLIER:
            found.foreign[kind][id] = why

    def _marked(self, action: str, read: Callable[[Element], list[T]]) -> dict[str, T]:
        """The resources with the run's tag, whether or not the target supports filters."""
        params = filters({f"tag:{RUN_TAG}": [self._ledger.run_id]})
        found = read(self._api.call(action, params))
        return {e.id: e for e in found if e.tags.get(RUN_TAG) == self._ledger.run_id}

    def _listed_snapshots(self) -> dict[str, Snapshot]:
        """The account's snapshots; none where the list is long or cannot be read.

        Where it shows some of the run's, the list after the clean-up shows what is left.
        """
        if inventory.is_large(self._ledger):
            return {}
        items = inventory.take(self._lister, ["snapshot"]).items.get("snapshot", {})
        root = Element("answer", children=(Element("snapshotSet", children=tuple(items.values())),))
        found = {each.id: each for each in describe.snapshots(root)}
        self.lists_snapshots = bool(found.keys() & self.owns.known.get("snapshot", {}).keys())
        return found

    def _by_id(
        self,
        action: str,
        name: str,
        ids: Iterable[str],
        read: Callable[[Element], list[T]],
        *more: tuple[str, str],
    ) -> dict[str, T]:
        """The resources of these ids that exist. By a filter, which takes missing ids too."""
        listed: dict[str, T] = {}
        for some in _chunks(list(ids)):
            found = read(self._api.call(action, [*filters({name: some}), *more]))
            listed |= {each.id: each for each in found if each.id in some}
        return listed


def _chunks(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
