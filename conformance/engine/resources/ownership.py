"""Whether a resource is the run's: the ledger compared with what the target shows.

A run removes a resource if the ledger names it and one of these conditions holds:

- it has the run's tag;
- an image has the exact name that the run's request gave, or was made of an instance of the run;
- a snapshot is of a volume of the run, or its description names an image or instance of the run;
- a volume is attached to an instance of the run.

Not every emulator keeps tags. On a target that is no real account, an instance or a volume
without any tag is the run's by its id alone, which the answer to RunInstances gave. The target's
clock is never asked. What existed before the run is not the run's, whatever else holds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from conformance.engine.client.ledger import RUN_TAG, Ledger
from conformance.engine.resources.inventory import ID
from conformance.model.world import Image, Instance, Snapshot, Volume

EARLIER = "it existed before the run"
_NO_VOLUME = (None, "", "vol-ffffffff")
"""What a snapshot without a volume shows for it."""


class Ownership:
    """Judges resources by the ledger of one run, as it is when this is made.

    Each check returns the reason why a resource is not the run's, or nothing if it is.
    """

    def __init__(self, ledger: Ledger) -> None:
        header = ledger.header()
        self._ledger = ledger
        self.is_real = header is not None and bool(header.account)
        self.known = ledger.remaining()
        self.names = ledger.intended()
        self.waiting = ledger.unanswered("image")
        self.instances = ledger.ever("instance")
        self.images = _named(ledger)
        self.volumes = {id for id in ledger.ever("volume") if not ledger.was_there("volume", id)}
        self.referred = ledger.referred()
        self.foreign_users: dict[str, str] = {}
        """Snapshots that an image which is not the run's refers to, with that image."""

    def is_known(self, kind: str, id: str) -> bool:
        """Whether the ledger names a resource as created and not removed."""
        return id in self.known.get(kind, {})

    def instance(self, instance: Instance) -> str:
        """Why an instance is not the run's."""
        return self._tagged("instance", instance.id, instance.tags, self.known.get("instance", {}))

    def volume(self, volume: Volume, attached_to: Collection[str] = ()) -> str:
        """Why a volume is not the run's. ``attached_to`` are instances."""
        why = self._tagged("volume", volume.id, volume.tags, self.volumes)
        return "" if why and why != EARLIER and self.instances & set(attached_to) else why

    def image(self, image: Image) -> str:
        """Why an image is not the run's."""
        if self._ledger.was_there("image", image.id):
            return EARLIER
        name = image.name or ""
        own = image.source_instance in self.instances or self._bears_tag(image.tags)
        if image.id in self.images:
            named = name in self.names and self.images[image.id] == name
            return "" if own or named else self._unlike(image)
        if name and name in self.waiting and self._ledger.before("image") is not None:
            return ""
        # Also an image that was made although its request was refused.
        return "" if own and name in self.names else "the run got no answer with its id"

    def snapshot(self, snapshot: Snapshot) -> str:
        """Why a snapshot is not the run's."""
        if self._ledger.was_there("snapshot", snapshot.id):
            return EARLIER
        if user := self.foreign_users.get(snapshot.id):
            return f"image {user}, which is not the run's, uses it"
        words = set(ID.findall(snapshot.description or ""))
        if (
            snapshot.volume_id in self.volumes
            or words & self.images.keys()
            or words & self.instances
            or self._bears_tag(snapshot.tags)
        ):
            return ""
        unmarked = not (snapshot.description or "").strip() and not snapshot.tags
        listed = self._ledger.before("snapshot") is not None
        if (
            snapshot.id in self.referred
            and unmarked
            and snapshot.volume_id in _NO_VOLUME
            and listed
        ):
            return ""  # nothing but the mapping of the run's image says what it is of
        return "neither its volume nor its description nor a tag names the run's"

    def _unlike(self, image: Image) -> str:
        named = "its name is not the one that the run gave" if image.name else "it shows no name"
        source = "it is not made of" if image.source_instance else "it does not show that it is of"
        return f"{named}, {source} an instance of the run, and it lacks the tag {RUN_TAG}"

    def _tagged(self, kind: str, id: str, tags: Mapping[str, str], ids: Collection[str]) -> str:
        if self._ledger.was_there(kind, id):
            return EARLIER
        if self._bears_tag(tags) or (not self.is_real and not tags and id in ids):
            return ""
        if RUN_TAG in tags:
            return f"its tag {RUN_TAG} names another run"
        return f"it lacks the tag {RUN_TAG}"

    def _bears_tag(self, tags: Mapping[str, str]) -> bool:
        return tags.get(RUN_TAG) == self._ledger.run_id


def _named(ledger: Ledger) -> dict[str, str]:
    """All images that the run created, removed ones included: id to the name that it gave."""
    found: dict[str, str] = {}
    for entry in ledger.entries():
        if entry.event == "made" and entry.kind == "image":
            found[entry.id] = entry.name or found.get(entry.id, "")
    return found
