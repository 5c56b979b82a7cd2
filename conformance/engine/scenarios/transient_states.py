"""Transient states: requests that use an instance while it is pending or stopping."""

from __future__ import annotations

import contextlib

from conformance.engine.execution.session import Session
from conformance.engine.observation.trial import Trial
from conformance.engine.resources.instances import NotAvailable
from conformance.model.request import Placeholder, create_image
from conformance.model.world import Instance


class TransientStates:
    """Sends the minimal request whenever a source instance passes through a transient state.

    The session's instances call :meth:`observe` once it is registered as their watcher.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._trials: dict[str, Trial] = {}
        """By state: a request whose instance was in that state before and after it."""
        self._too_short: set[str] = set()
        """States that ended before an instance could be observed in them."""

    def trial(self, state: str) -> Trial | None:
        """A request that used an instance in this state, or None.

        Raises NotAvailable if the state ends at once on this target.
        """
        session = self._session
        session.binder.prepare()
        for placeholder in (Placeholder.STOPPED, Placeholder.TERMINATED):
            if state not in self._trials:
                with contextlib.suppress(NotAvailable):
                    session.instances.of(placeholder)
        if state in self._too_short and state not in self._trials:
            raise NotAvailable(
                f"needs a target whose instances stay {state} long enough for a request"
            )
        return self._trials.get(state)

    def observe(self, instance: Instance, state: str) -> None:
        """Send a request if the instance is in this state, and keep it if it still is after.

        Where the state was too short once, the run looks first whether it lasts.
        """
        session, refresh = self._session, self._session.instances.refresh
        if state in self._trials:
            return
        guard = session.client.guard
        retried = guard.retried
        sure = instance.state == state and state not in self._too_short
        now = instance if sure else refresh(instance.id)
        if now is not None and now.state == state:
            trial = session.create_again(create_image(InstanceId=instance.id))
            now = refresh(instance.id)
            if now is not None and now.state == state:
                self._trials[state] = trial
                return
        if now is not None and guard.retried == retried and not guard.pace.gap:
            self._too_short.add(state)  # neither a retry nor a pause took the time
