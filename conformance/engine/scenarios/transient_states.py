"""Requests that meet an instance in a passing state, on its way to one that is wanted anyway."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from conformance.engine.resources.instances import NotAvailable
from conformance.model.request import Placeholder, create_image
from conformance.model.world import Instance

if TYPE_CHECKING:
    from conformance.engine.execution.session import Session
    from conformance.engine.observation.trial import Trial


class TransientStates:
    """Sends the plainest request whenever a source instance passes through such a state."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._caught: dict[str, Trial] = {}
        """By state: a request about an instance that was in it before and after."""
        self._over: set[str] = set()
        """States that were over before an instance could be seen in them."""
        session.sources.watch_transient(self._look)

    def trial(self, state: str) -> Trial | None:
        """A request that met an instance in this state, if one was quick enough. Raises
        NotAvailable where the state is over at once."""
        session = self._session
        session.begin()
        for slot in (Placeholder.STOPPED, Placeholder.TERMINATED):
            if state not in self._caught:
                with contextlib.suppress(NotAvailable):
                    session.sources.of(slot)
        if state in self._over and state not in self._caught:
            raise NotAvailable(
                f"needs a target whose instances stay {state} long enough for a request"
            )
        return self._caught.get(state)

    def _look(self, instance: Instance, state: str) -> None:
        session, refresh = self._session, self._session.sources.refresh
        if state in self._caught:
            return
        retried = session.client.guard.retried
        seen = instance if instance.state == state else refresh(instance.id)
        if seen is not None and seen.state == state:
            trial = session.create_again(create_image(InstanceId=instance.id))
            seen = refresh(instance.id)
            if seen is not None and seen.state == state:
                self._caught[state] = trial
                return
        if seen is not None and session.client.guard.retried == retried:
            self._over.add(state)  # it was not the network that took the time
