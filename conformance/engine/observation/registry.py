"""The images and snapshots that one process of a run accounts for, and the names in use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from conformance.clock import Clock
from conformance.engine.client.ledger import Ledger
from conformance.engine.observation.trial import Trial


class ImageRegistry:
    """Images by id and name, and the image that each snapshot belongs to."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self.names: dict[str, str] = {}
        """Names in use, each with the id of its image."""
        self.known: set[str] = set()
        """Ids of images that existed before the run or that an answer named."""
        self.owners: dict[str, str] = {}
        """By snapshot id: the image that the snapshot was made for, or nothing for an orphan."""
        self.reused: set[str] = set()
        """Ids that the answers to requests with different names have named: what an image of such
        an id shows is of no request."""
        self.of_scenarios: set[str] = set()
        """Images that scenarios made."""
        self.created = 0
        """Images that this process has made."""
        self._created_at: dict[str, float] = {}
        self._gone: set[str] = set()
        """Images that this process has deregistered, or that a recording says it did."""
        self._world_names: dict[str, str] = {}

    def names_in_use(self) -> dict[str, str]:
        """A copy of the names in use; the same object until a name changes, as trials keep it."""
        if self._world_names != self.names:
            self._world_names = dict(self.names)
        return self._world_names

    def created_at(self, image_id: str) -> float | None:
        """The clock's time when this process made an image, or None."""
        return self._created_at.get(image_id)

    def created_between(self) -> Mapping[str, float]:
        """The registered images of this process's properties, each with the clock's time.

        How far scenarios are depends on the time, so their images would differ in a playback.
        """
        made = self._created_at
        return {id: at for id, at in made.items() if id not in self.of_scenarios}

    @property
    def registered(self) -> bool:
        """Whether an image that this process has made is registered still."""
        return bool(self._created_at)

    def learn(self, image_id: str, name: str | None) -> None:
        """Add an image that this process did not make."""
        self.known.add(image_id)
        if name is not None:
            self.names[name] = image_id

    def add(self, image_id: str, name: str | None) -> None:
        """Add an image that this process has made, to the ledger too."""
        self._ledger.made("image", image_id, name or "")
        self.known.add(image_id)
        self._created_at[image_id] = self._clock.now()
        self.created += 1
        if name is not None:
            self.names[name] = image_id

    def recorded(self, image_id: str, name: str | None, at: float) -> None:
        """Add an image that this process made at a time, as a recording says."""
        self.learn(image_id, name)
        self._ledger.made("image", image_id, name or "")
        self._created_at[image_id] = at
        self.created += 1

    def assign(self, snapshot_id: str, image_id: str) -> None:
        """Record that a snapshot belongs to an image, or to none if ``image_id`` is empty."""
        self.owners[snapshot_id] = image_id
        self._ledger.made("snapshot", snapshot_id)

    def snapshots_of(self, image_id: str) -> list[str]:
        """The ids of the snapshots that were made for an image, as far as it is known."""
        return [id for id, owner in self.owners.items() if owner == image_id]

    def remove(self, image_id: str, name: str | None) -> None:
        """Record that an image was deregistered and that its name is free."""
        self._ledger.gone("image", image_id)
        self._gone.add(image_id)
        self.names.pop(name or "", None)
        self._created_at.pop(image_id, None)

    def take_over(self, trial: Trial) -> bool:
        """Add the image of another process's trial. False if this process made it, or if the
        request was rejected."""
        image_id, name = trial.image_id, trial.request.name
        if image_id is None or image_id in self._created_at or image_id in self._gone:
            return False
        self.learn(image_id, name or None)
        for snapshot in trial.effects.snapshots if trial.effects else ():
            self.owners[snapshot.id] = image_id
        return True

    def forget(self, image_id: str, snapshots: Iterable[str]) -> None:
        """Drop an image and its snapshots, which the target no longer shows."""
        self.known.discard(image_id)
        self._gone.discard(image_id)
        for snapshot in snapshots:
            self.owners.pop(snapshot, None)
