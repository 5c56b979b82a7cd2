"""What the endpoint shows, and what of it the run accounts for."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from functools import partial

from conformance.engine.client.api import Api, Refused, filters, numbered
from conformance.engine.client.client import GuardedClient
from conformance.engine.client.ledger import Ledger
from conformance.engine.client.polling import Patience
from conformance.engine.core.target import Target
from conformance.engine.observation.trial import Trial
from conformance.engine.resources.shared import SharedCache
from conformance.engine.resources.sources import SourceInstances
from conformance.model.world import Image, Snapshot
from conformance.wire.decoding import describe


class Observer:
    """Looks at the endpoint and keeps the books: names in use, images, owners of snapshots."""

    def __init__(
        self,
        target: Target,
        client: GuardedClient,
        ledger: Ledger,
        run_id: str,
        shared: SharedCache,
    ) -> None:
        self.target = target
        self.client = client
        self.ledger = ledger
        self.patience = Patience(target.window, client.clock, client.sleep)
        self.caller = Api(client, client.clock, client.sleep)
        self.sources = SourceInstances(target, self.caller, ledger, self.patience, run_id, shared)
        self.images_created = 0
        self.used: dict[str, str] = {}
        self.known_images: set[str] = set()
        self._made_at: dict[str, float] = {}
        self.owners: dict[str, str] = {}
        self.before_accounting: Callable[[], None] = lambda: None
        """Looks at what was put off, before snapshots are said to be nobody's."""

    def own_images(self, besides: Container[str] = ()) -> list[Image]:
        """The account's images, but not those of these ids."""
        root = self.caller.call("DescribeImages", [("Owner.1", "self")])
        return describe.images(root, besides)

    def account_for(self, image_id: str, wanted: int = 0) -> None:
        """Whatever snapshots belong to no image known so far were made for this one.

        So many are waited for; what is shown later still is told by its description.
        """
        made = self.patience.until(
            "snapshots of an image", self.unaccounted, lambda seen: len(seen) >= wanted
        )
        for snapshot in made:
            self.owners[snapshot.id] = image_id
            self.ledger.made("snapshot", snapshot.id)

    def note_image(self, image_id: str, name: str | None) -> None:
        """An image was made: it goes into the ledger, and its name is in use."""
        self.ledger.made("image", image_id, name or "")
        self.known_images.add(image_id)
        self._made_at[image_id] = self.patience.clock()
        self.images_created += 1
        if name:
            self.used[name] = image_id

    def images(self, params: Iterable[tuple[str, str]]) -> list[Image]:
        """The images that DescribeImages shows for these parameters."""
        return describe.images(self.caller.call("DescribeImages", params))

    def image(self, image_id: str) -> Image | None:
        """An image as it is now, or None where the endpoint does not show it."""
        try:
            found = self.images(numbered("ImageId", [image_id]))
        except Refused:
            return None
        return next((image for image in found if image.id == image_id), None)

    def snapshots_of_volumes(self, besides: Container[str] = ()) -> list[Snapshot]:
        """The snapshots of the source instances' volumes, but not those of these ids."""
        volumes = self.sources.volume_ids()
        if not volumes:
            return []
        try:
            root = self.caller.call("DescribeSnapshots", filters({"volume-id": volumes}))
        except Refused:
            return []
        return [s for s in describe.snapshots(root, besides) if s.volume_id in volumes]

    def unaccounted(self) -> list[Snapshot]:
        """Snapshots of the sources' volumes that belong to no image known so far."""
        if self.target.instance_id:
            return []  # of somebody's own instance there are others' snapshots too
        self.before_accounting()
        return self.snapshots_of_volumes(self.owners.keys() | self.sources.snapshots.keys())

    def image_once(
        self, subject: str, image_id: str, satisfied: Callable[[Image | None], bool]
    ) -> Image | None:
        """An image once it satisfies, or as it was last seen."""
        return self.patience.until(subject, lambda: self.image(image_id), satisfied)

    def complete(self, image_id: str) -> Image | None:
        """An image once it is available or failed, or as it was last seen."""

        def ended(image: Image | None) -> bool:
            return image is not None and image.state in ("available", "failed")

        since = self._made_at.get(image_id)
        look = partial(self.image, image_id)
        return self.patience.until("image complete", look, ended, since=since)

    def deregister(self, trial: Trial, *more: tuple[str, str]) -> None:
        """Deregister a trial's image. Raises calls.Refused."""
        self.caller.call("DeregisterImage", [("ImageId", trial.image_id or ""), *more])
        self.ledger.gone("image", trial.image_id or "")
        self.used.pop(trial.request.name or "", None)
        self._made_at.pop(trial.image_id or "", None)

    def console(self, instance_id: str) -> str:
        """What GetConsoleOutput shows of an instance, or nothing where the target gives nothing."""
        try:
            root = self.caller.call("GetConsoleOutput", [("InstanceId", instance_id)])
        except Refused:
            return ""
        return root.value("output") or ""
