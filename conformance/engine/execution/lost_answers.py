"""Images that requests made without a usable answer: after a crash, or with the answer lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from conformance.engine.client.api import Refused, filters
from conformance.engine.client.ledger import Ledger
from conformance.engine.observation.observer import Observer
from conformance.model.request import Request
from conformance.model.world import Image

_NAMES_IN_FILTER = 50


class LostAnswers:
    """Finds the images of requests whose answers do not name them.

    The search for the image of a request that is not sent again can wait. One look then serves
    several requests. It comes before a request with the same name, before a listing for orphans,
    and before a look at snapshots that do not name their image.
    """

    def __init__(
        self, observer: Observer, ledger: Ledger, account_for: Callable[[str], None]
    ) -> None:
        """``account_for`` assigns to an image the snapshots that belong to no known one."""
        self._observer = observer
        self._registry = observer.registry
        self._ledger = ledger
        self._account_for = account_for
        self._waiting: list[str] = []
        """Names of requests that crashed, each with the search still to come."""
        self.in_vain = 0
        """Searches in a row, after an answer, that found no image."""

    def adopt(self, request: Request, answered: bool) -> str | None:
        """The id of an image that a request made without a usable answer; added to the registry.

        The search lasts as long as the target takes to show images. Without any answer, it lasts
        the whole window. After an answer, it ends at once if the target never showed one late.
        """
        patience, name = self._observer.patience, request.name or ""

        def find() -> Image | None:
            return next(self._made_of([name]), None)

        wait = not answered or bool(patience.delays)
        found = patience.until("lost answer", find, bool) if wait else find()
        self._count(answered and found is None)
        if found is None:
            self._ledger.settled("image", name)
            return None
        self._registry.add(found.id, request.name)
        self._account_for(found.id)
        return found.id

    def put_off(self, request: Request, answered: bool) -> str | None:
        """As :meth:`adopt` for a request that is not sent again; the search waits if it can.

        It cannot on a target that showed a change late, as each search is a wait there.
        """
        if not answered or self._observer.patience.delays:
            return self.adopt(request, answered)
        self._waiting.append(request.name or "")
        return None

    def hinders(self, request: Request) -> bool:
        """Whether a search waits for an image with the name of a request, which it may refuse.

        It finds none of a name that an image has already.
        """
        free = bool(request.name) and request.name not in self._registry.names
        return free and request.name in self._waiting

    def search(self) -> None:
        """Find the images of the requests whose search waits, by one look."""
        waiting, self._waiting = self._waiting, []
        before = len(waiting)
        for image in self._made_of(waiting):
            if (name := image.name or "") in waiting:
                waiting.remove(name)
                self._registry.add(image.id, name or None)
                self._take_snapshots(image)
        if before:
            self._count(len(waiting) == before)
        for name in waiting:
            self._ledger.settled("image", name)

    def _count(self, in_vain: bool) -> None:
        self.in_vain = self.in_vain + 1 if in_vain else 0

    def _take_snapshots(self, image: Image) -> None:
        """Assign to an image the snapshots that it refers to or that name it.

        Requests after it may have made others.
        """
        mapped = {mapping.snapshot_id for mapping in image.mappings}
        for snapshot in self._observer.unaccounted():
            if snapshot.id in mapped or image.id in (snapshot.description or ""):
                self._registry.assign(snapshot.id, image.id)

    def _made_of(self, names: Sequence[str]) -> Iterator[Image]:
        """The unknown images with these names; "" stands for an image without one."""
        registry = self._registry
        free = [name for name in names if name not in registry.names]
        for image in self._listed(free):
            if (image.name or "") in free and image.id not in registry.known:
                yield image

    def _listed(self, names: Sequence[str]) -> Iterable[Image]:
        try:
            if "" in names:
                return self._observer.images([("Owner.1", "self")])
            starts = range(0, len(names), _NAMES_IN_FILTER)
            parts = (filters({"name": names[i : i + _NAMES_IN_FILTER]}) for i in starts)
            return [image for wanted in parts for image in self._observer.images(wanted)]
        except Refused:
            return []
