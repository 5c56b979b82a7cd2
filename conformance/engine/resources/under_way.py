"""Instances on their way to a state: one request looks at them all, and not too often."""

from __future__ import annotations

from collections.abc import Collection

from conformance.engine.client.polling import Patience
from conformance.engine.resources.changes import Awaited
from conformance.engine.resources.instances import Instances

_BETWEEN = 2.0
"""Seconds between two looks."""


class UnderWay:
    """Looks at the instances whose making waits for a state."""

    def __init__(self, instances: Instances, patience: Patience) -> None:
        self._instances = instances
        self._patience = patience
        self._next = 0.0
        """The clock's time of the next look."""

    def arrived(self, awaited: Collection[Awaited]) -> list[Awaited]:
        """Those that are in their state; none between two looks."""
        now = self._patience.clock.now()
        if not awaited or now < self._next:
            return []
        self._next = now + _BETWEEN
        shown = self._instances.refreshed([each.instance_id for each in awaited])
        states = {id: instance.state for id, instance in shown.items()}
        return [each for each in awaited if states.get(each.instance_id) == each.state]
