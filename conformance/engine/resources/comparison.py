"""Resources that an account has after a clean-up and did not have before the run."""

from __future__ import annotations

from collections.abc import Collection

from conformance.engine.client.ledger import RUN_TAG, Ledger
from conformance.engine.resources.inventory import Inventory
from conformance.engine.resources.ownership import Ownership
from conformance.model.answer import Element
from conformance.model.world import Image, Volume
from conformance.wire.decoding import describe

_KINDS = {"ami": "image", "i": "instance", "snap": "snapshot"}


class Comparison:
    """Sorts new resources of a listing: the run's, those that name one of the run, and others."""

    def __init__(self, ledger: Ledger, owns: Ownership, now: Inventory) -> None:
        self._ledger = ledger
        self._owns = owns
        self._now = now
        self._snapshots = ledger.ever("snapshot")
        self._note_foreign_images()

    def new(self, kind: str) -> tuple[list[str], dict[str, str], list[str]]:
        """The new resources of a kind: those that are the run's; those that name a resource of
        the run and are not surely the run's, with the reason; those that name none."""
        before = self._ledger.before(kind)
        if before is None or kind not in self._now.items:
            return [], {}, []
        own, mentioned, unnamed = [], dict[str, str](), []
        ever = self._ledger.ever(kind)
        for id, item in self._now.items[kind].items():
            if id in before:
                continue
            if not (why := self._why_not(kind, id, item)):
                own.append(id)
            elif named := self._named(kind, id):
                mentioned[id] = f"{named}, and {why}"
            elif id in ever:
                mentioned[id] = why
            else:
                unnamed.append(id)
        return own, mentioned, unnamed

    def _note_foreign_images(self) -> None:
        """Learn which snapshots are used by images that are not the run's."""
        for item in self._now.items.get("image", {}).values():
            image = _read_image(item)
            if self._owns.image(image):
                users = {m.snapshot_id: image.id for m in image.mappings if m.snapshot_id}
                self._owns.foreign_users |= users

    def _why_not(self, kind: str, id: str, item: Element) -> str:
        """Why a resource is not the run's, or nothing if it is."""
        match kind:
            case "image":
                image = _read_image(item)
                # It is new, and made of an instance that the run launched.
                own = image.source_instance in self._owns.instances
                return "" if own else self._owns.image(image)
            case "snapshot":
                (snapshot,) = describe.snapshots(_listed("snapshotSet", item))
                return self._owns.snapshot(snapshot)
            case "volume":
                (volume,) = describe.volumes(_listed("volumeSet", item))
                attached = {e.text.strip() for e in item.all("attachmentSet/item/instanceId")}
                why = self._owns.volume(volume, attached)
                return "" if self._is_of_own_snapshot(volume, attached) else why
        (instance,) = describe.instances(_listed("instancesSet", item))
        return self._owns.instance(instance)

    def _is_of_own_snapshot(self, volume: Volume, attached: Collection[str]) -> bool:
        """Whether a volume was created from a snapshot of the run and is in use nowhere.

        In a real account, where a backup service may copy a snapshot, that is not enough.
        """
        free = not attached and RUN_TAG not in volume.tags and not self._owns.is_real
        return free and volume.snapshot_id in self._snapshots

    def is_shared(self) -> bool:
        """Whether another client worked at the target during the run.

        There is a new instance that is not the run's, or a new resource has another run's tag.
        """
        for kind, items in self._now.items.items():
            before = self._ledger.before(kind)
            for id, item in items.items():
                if before is None or id in before or id in self._ledger.ever(kind):
                    continue
                tags = {e.value("key"): e.value("value") for e in item.all("tagSet/item")}
                if tags.get(RUN_TAG, self._ledger.run_id) != self._ledger.run_id:
                    return True
                if kind == "instance" and self._why_not(kind, id, item):
                    return True
        return False

    def _named(self, kind: str, id: str) -> str:
        """The link between a resource and one of the run, in words; empty without one."""
        if kind == "snapshot" and id in self._owns.referred:
            return "an image of the run refers to it"
        names = self._now.names(kind, id)
        own = self._owns.images.keys() | self._owns.instances | self._snapshots
        kinds = {id.partition("-")[0] for id in names & own}
        return f"it names the run's {_KINDS[min(kinds)]}" if kinds else ""


def _read_image(item: Element) -> Image:
    (image,) = describe.images(_listed("imagesSet", item))
    return image


def _listed(name: str, item: Element) -> Element:
    return Element("answer", children=(Element(name, children=(item,)),))
