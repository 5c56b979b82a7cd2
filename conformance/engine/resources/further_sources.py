"""Further source instances, like the running one: images are planned over them all."""

from __future__ import annotations

from conformance.engine.client.api import Refused
from conformance.engine.core.errors import CannotTest
from conformance.engine.resources.changes import Making
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.resources.source_kinds import SourceKinds


class FurtherSources:
    """The further source instances of one process."""

    def __init__(self, kinds: SourceKinds, most: int) -> None:
        """``most`` is how many there may be beside the first."""
        self._kinds = kinds
        self._most = most
        self._making: list[Making] = []
        self.ids: list[str] = []
        """Those that run."""

    def launch(self) -> None:
        """Begin with as many as there may be, all at once. Does nothing the second time."""
        while len(self._making) + len(self.ids) < self._most:
            making = self._kinds.further()
            try:
                next(making)
            except (StopIteration, Refused, NotAvailable, CannotTest):
                self._most = len(self._making) + len(self.ids)  # a quota, as a rule
            else:
                self._making.append(making)

    def finish_one(self) -> bool:
        """Wait until one more of them runs. False where no more is on its way."""
        while self._making:
            making = self._making[0]
            try:
                next(making)
            except StopIteration as made:
                self._making.remove(making)
                self.ids.append(made.value.id)
                return True
            except (Refused, NotAvailable, CannotTest):
                self._making.remove(making)
                self._most -= 1
        return False

    def drop(self, instance_id: str) -> None:
        """Make no more images of one of them."""
        if instance_id in self.ids:
            self.ids.remove(instance_id)
