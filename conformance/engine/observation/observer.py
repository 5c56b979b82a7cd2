"""The observer: reads images, snapshots and consoles of the endpoint."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from functools import partial

from conformance.engine.client.api import Api, Refused, filters, numbered
from conformance.engine.client.polling import Patience
from conformance.engine.core.target import Target
from conformance.engine.observation.console import Consoles
from conformance.engine.observation.registry import ImageRegistry
from conformance.engine.observation.sightings import Sightings
from conformance.engine.resources.sources import SourceInstances
from conformance.model.answer import Malformed
from conformance.model.world import Image, Snapshot
from conformance.wire.decoding import describe

_BARE = 5
"""Images without a snapshot after which a target is taken to show none of any."""
_LISTS_NONE = "the answer lists none of the run's images"


@dataclass(frozen=True, slots=True)
class Learnt:
    """What looks have shown about a target's snapshots."""

    named: bool | None = None
    """Whether each snapshot of an image so far named the image; None before any snapshot."""
    bare: int = 0
    """Images that showed no snapshot, before any did."""
    empty: int = 0
    """Of these, those for which DescribeSnapshots succeeded."""
    maps_others: float = 0.0
    """Looks at snapshots that images map and that were of no source volume."""


class Observer:
    """Reads the endpoint's state with the Describe actions. It changes nothing."""

    def __init__(
        self,
        target: Target,
        api: Api,
        patience: Patience,
        instances: SourceInstances,
        registry: ImageRegistry,
    ) -> None:
        self.target = target
        self.api = api
        self.patience = patience
        self.instances = instances
        self.registry = registry
        self.sightings = Sightings()
        self.learnt = Learnt()
        """What the looks of properties have shown about the target's snapshots."""
        self.unspoil: Callable[[], bool] = lambda: False
        """Removes images that can make the list of the account's images unreadable; whether there
        were any."""
        self.consoles = Consoles(api, patience.clock, latest=bool(target.limits))

    def images(self, params: Iterable[tuple[str, str]]) -> list[Image]:
        """The images that DescribeImages shows for these parameters. Raises Refused."""
        asked = list(params)
        found = describe.images(self.api.call("DescribeImages", asked))
        self._note(found, asked)
        return found

    def own_images(self, besides: Container[str] = ()) -> list[Image]:
        """The account's images except those with the ids ``besides``.

        Raises Refused, also if none is listed though this process has registered images.
        """
        try:
            pages = list(self.api.pages("DescribeImages", [("Owner.1", "self")]))
        except Refused:
            if not self.unspoil():
                raise
            pages = list(self.api.pages("DescribeImages", [("Owner.1", "self")]))
        if self.registry.registered and not any(root.all("imagesSet/item") for root in pages):
            raise Refused("DescribeImages with Owner.1=self", Malformed(_LISTS_NONE))
        found = [image for root in pages for image in describe.images(root, besides)]
        self._note(found, [("Owner.1", "self")])
        return found

    def _note(self, images: list[Image], asked: list[tuple[str, str]]) -> None:
        """Keep what an answer shows of the images that this process made."""
        names = [name for name, _ in asked]
        by_id = any(name.startswith("ImageId.") for name in names)
        how = "by id" if by_id else "by name" if "Filter.1.Name" in names else "by owner"
        made = self.registry.created_at
        self.sightings.note([i for i in images if made(i.id) is not None], how)

    def image(self, image_id: str) -> Image | None:
        """An image as it is now, or None if the endpoint does not show it.

        Raises Refused if the endpoint's answer does not say whether the image exists.
        """
        try:
            found = self.images(numbered("ImageId", [image_id]))
        except Refused as refused:
            if not refused.denies:
                raise
            return None
        return next((image for image in found if image.id == image_id), None)

    def image_if_readable(self, image_id: str) -> Image | None:
        """As :meth:`image`; None also if the answer cannot be read."""
        with contextlib.suppress(Refused):
            return self.image(image_id)
        return None

    def image_once(
        self, subject: str, image_id: str, satisfied: Callable[[Image | None], bool]
    ) -> Image | None:
        """An image once it is ``satisfied``, or as last observed when the window is over.

        Raises as :meth:`image`.
        """
        return self.patience.until(subject, lambda: self.image(image_id), satisfied)

    def complete(self, image_id: str) -> Image | None:
        """An image once it is available or failed, or as last observed. Raises as :meth:`image`."""

        def ended(image: Image | None) -> bool:
            return image is not None and image.state in ("available", "failed")

        since = self.registry.created_at(image_id)
        observe = partial(self.image, image_id)
        return self.patience.until("image complete", observe, ended, since=since)

    @property
    def snapshots_clear(self) -> bool:
        """Whether no snapshot can count as another image's: each names its image, or none shows."""
        learnt = self.learnt
        return learnt.named or (learnt.named is None and learnt.bare >= _BARE)

    @property
    def shows_no_snapshots(self) -> bool:
        """Whether DescribeSnapshots succeeded for many images and showed no snapshot of any."""
        return self.learnt.named is None and self.learnt.empty >= _BARE

    def snapshots_of_volumes(self, besides: Container[str] = ()) -> list[Snapshot]:
        """The snapshots of the source instances' volumes except those with the ids ``besides``.

        Raises Refused.
        """
        volumes = self.instances.volume_ids()
        if not volumes:
            return []
        root = self.api.call("DescribeSnapshots", filters({"volume-id": volumes}))
        return [s for s in describe.snapshots(root, besides) if s.volume_id in volumes]

    def snapshots(self, ids: Iterable[str]) -> list[Snapshot]:
        """Those of these snapshots that the endpoint shows. Raises Refused where it fails."""
        try:
            root = self.api.call("DescribeSnapshots", numbered("SnapshotId", ids))
        except Refused as refused:
            if not refused.denies:
                raise
            return []
        return describe.snapshots(root)

    def unaccounted(self) -> list[Snapshot]:
        """Snapshots of the source instances' volumes that belong to no known image.

        Empty if the user gave the instance: other snapshots of it may be the user's. Empty also
        if DescribeSnapshots fails.
        """
        if self.target.instance_id:
            return []
        known = self.registry.owners.keys() | self.instances.snapshots.keys()
        with contextlib.suppress(Refused):
            return self.snapshots_of_volumes(known)
        return []
