"""Further source instances, like the running one: images are planned over them all."""

from __future__ import annotations

from collections.abc import Collection

from conformance.engine.client.api import Refused
from conformance.engine.core.errors import CannotTest
from conformance.engine.resources.changes import Awaited, Making
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.resources.source_kinds import SourceKinds


class FurtherSources:
    """The further source instances of one process."""

    def __init__(self, kinds: SourceKinds, most: int) -> None:
        """``most`` is how many there may be beside the first."""
        self._kinds = kinds
        self._most = most
        self._making: list[tuple[Making, Awaited | None]] = []
        self.ids: list[str] = []
        """Those that run."""

    @property
    def awaited(self) -> list[Awaited]:
        """What those wait for that are on their way."""
        return [awaited for _, awaited in self._making if awaited is not None]

    def launch(self) -> None:
        """Begin with as many as there may be, all at once. Does nothing the second time."""
        while len(self._making) + len(self.ids) < self._most:
            making = self._kinds.further()
            try:
                awaited = next(making)
            except (StopIteration, Refused, NotAvailable, CannotTest):
                self._most = len(self._making) + len(self.ids)  # a quota, as a rule
            else:
                self._making.append((making, awaited))

    def advance(self, arrived: Collection[Awaited]) -> None:
        """Go on with those that have reached their state."""
        for each in list(self._making):
            if each[1] in arrived:
                self._go_on(each)

    def finish_one(self) -> bool:
        """Wait until one more of them runs. False where no more is on its way."""
        before = len(self.ids)
        while self._making and len(self.ids) == before:
            self._go_on(self._making[0])
        return len(self.ids) > before

    def _go_on(self, under_way: tuple[Making, Awaited | None]) -> None:
        self._making.remove(under_way)
        try:
            awaited = next(under_way[0])
        except StopIteration as made:
            self.ids.append(made.value.id)
        except (Refused, NotAvailable, CannotTest):
            self._most -= 1
        else:
            self._making.append((under_way[0], awaited))

    def give_up(self) -> str | None:
        """The id of one that no image was made of yet, or None. No other takes its place."""
        if not self._making:
            return None
        _, awaited = self._making.pop()
        self._most = len(self._making) + len(self.ids)
        return awaited.instance_id if awaited else None

    def drop(self, instance_id: str) -> None:
        """Make no more images of one of them."""
        if instance_id in self.ids:
            self.ids.remove(instance_id)
