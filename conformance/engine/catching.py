"""Requests that meet an instance in a passing state, on its way to one that is wanted anyway."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from conformance.engine.sources import NotAvailable
from conformance.model.request import Slot, create_image
from conformance.model.world import Instance

if TYPE_CHECKING:
    from conformance.engine.session import Session
    from conformance.engine.trial import Trial

PASSING = ("pending", "stopping", "shutting-down")


class Catching:
    """Sends the plainest request whenever a source instance passes through such a state."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._caught: dict[str, Trial] = {}
        """By state: a request about an instance that was in it before and after."""
        session.sources.witness = self._look

    def trial(self, state: str) -> Trial | None:
        """A request that met an instance in this state, if one was quick enough."""
        session = self._session
        session.begin()
        for slot in (Slot.STOPPED, Slot.TERMINATED):
            if state not in self._caught:
                with contextlib.suppress(NotAvailable):
                    session.sources.of(slot)
        return self._caught.get(state)

    def _look(self, instance: Instance) -> None:
        refresh = self._session.sources.refresh
        before = instance if instance.state == "pending" else refresh(instance.id)
        state = before.state if before else ""
        if state not in PASSING or state in self._caught:
            return
        trial = self._session.create_again(create_image(InstanceId=instance.id))
        after = refresh(instance.id)
        if after is not None and after.state == state:
            self._caught[state] = trial
