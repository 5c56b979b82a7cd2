"""The images of requests that a target let through although it had to reject them.

Such an image can spoil later requests: its name is in use, or XML cannot carry it. So the run
deregisters it. It removes several of them together, before a request that they could change, or
once the target's list of images is unreadable.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from conformance.engine.client.api import Refused, numbered
from conformance.engine.client.ledger import Ledger
from conformance.engine.observation.observer import Observer
from conformance.model.expectation import Expectation, Reject
from conformance.model.request import Request
from conformance.model.world import Image, World

_MOST = 20
"""Images that wait for their removal."""


@dataclass(frozen=True, slots=True)
class _LetThrough:
    id: str
    name: str | None
    before: World


class LetThroughImages:
    """The images that wait for their removal."""

    def __init__(
        self,
        observer: Observer,
        ledger: Ledger,
        account_for: Callable[[str, int, Mapping[str, Image]], None],
    ) -> None:
        """``account_for`` is :meth:`Executor.account_for`."""
        self._observer = observer
        self._registry = observer.registry
        self._ledger = ledger
        self._account_for = account_for
        self._waiting: list[_LetThrough] = []

    def add(self, image_id: str, name: str | None, before: World) -> None:
        """Add the image of a request that met the world ``before``, unless it existed then."""
        if image_id not in before.names.values():
            self._waiting.append(_LetThrough(image_id, name, before))

    def hinders(self, request: Request, due: Expectation) -> bool:
        """Whether the images must go before a request is sent of which ``due`` is expected.

        A request that has to be rejected makes no effect to look at, so the images can stay. They
        can also stay where no snapshot counts as another image's. But they must not have its name.
        """
        if not self._waiting:
            return False
        named = request.name in {each.name for each in self._waiting}
        many = len(self._waiting) >= _MOST
        unclear = not isinstance(due, Reject) and not self._observer.snapshots_clear
        return named or many or unclear

    @contextlib.contextmanager
    def apart(self) -> Iterator[None]:
        """Remove the images that come while the block runs when it ends; the others go on."""
        others, self._waiting = self._waiting, []
        try:
            yield
            self.remove()
        finally:
            self._waiting = others + self._waiting

    def remove(self) -> bool:
        """Deregister the images that wait; whether there were any."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return False
        images = self._readable([each.id for each in waiting])
        if not self._observer.snapshots_clear:  # nothing may show later whose the snapshots are
            self._account_for(waiting[-1].id, 0, images)
        for each in waiting:
            if (image := images.get(each.id)) is not None:
                note_snapshots(self._ledger, image)
            try:
                self._observer.api.call("DeregisterImage", [("ImageId", each.id)])
            except Refused:
                continue
            self._registry.remove(each.id, each.name)
            freed = each.name or ""
            if freed in each.before.names:
                self._registry.names[freed] = each.before.names[freed]
        return True

    def _readable(self, ids: Sequence[str]) -> dict[str, Image]:
        """Those of these images that the target shows readably, by id."""
        if len(ids) > 1:
            with contextlib.suppress(Refused):
                found = self._observer.images(numbered("ImageId", ids))
                return {image.id: image for image in found if image.id in ids}
        shown = {id: self._observer.image_if_readable(id) for id in ids}
        return {id: image for id, image in shown.items() if image is not None}


def note_snapshots(ledger: Ledger, image: Image) -> None:
    """Record which snapshots an image refers to: the clean-up looks for them."""
    for mapping in image.mappings:
        if mapping.snapshot_id:
            ledger.mapped(mapping.snapshot_id, image.id)
