"""Rejected requests sent ahead: they pass the time of long waits, and properties find them sent.

A target with rates of requests and with slow resources makes a run wait for both. Requests that it
rejects need no image and no wait, so that they fit into any wait for something else.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterable

from conformance.engine.execution.session import Session
from conformance.engine.execution.workarounds import Workarounds
from conformance.engine.resources.instances import NotAvailable
from conformance.model.expectation import Reject
from conformance.model.judge import judge
from conformance.model.request import Draft, Placeholder


class RejectionsAhead:
    """The drafts that break the rules of a run, in the order of its properties.

    It ends with the first answer that is not as expected: what a property sends then depends on
    what the answers before have shown.
    """

    def __init__(self, session: Session, workarounds: Workarounds, drafts: Iterable[Draft]) -> None:
        self._session = session
        self._workarounds = workarounds
        self._left = deque(dict.fromkeys(drafts))

    def send_one(self) -> bool:
        """Send the next one that has all that it needs; False where there is none."""
        session = self._session
        if not self._workarounds.needs_none or session.executor.deferred is not None:
            return False
        for _ in range(len(self._left)):
            draft = self._left.popleft()
            if session.has(draft):
                continue
            if not self._is_ready(draft):
                self._left.append(draft)
                continue
            with contextlib.suppress(NotAvailable):
                if self._send(draft):
                    return True
        return False

    def _send(self, draft: Draft) -> bool:
        """Send a draft, if the target has to reject it."""
        session = self._session
        request = session.binder.bind(draft)
        if not isinstance(judge(request, session.executor.world()), Reject):
            return False
        trial = session.executor.execute(draft, request, most_crashes=1)
        if not trial.crashes:
            session.keep(trial)
            session.rejections.add(trial)
        if trial.crashes or not trial.conforms:
            self._left.clear()
        return True

    def _is_ready(self, draft: Draft) -> bool:
        placeholders = (value for _, value in draft.params if isinstance(value, Placeholder))
        return all(map(self._session.instances.is_ready, placeholders))
