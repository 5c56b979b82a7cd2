"""What a long run need not remember: what was drawn, once it was judged.

What is always tried is kept, for other properties ask for it again. What was drawn goes: its
trial, and the image and the snapshots that it made, so that neither this process nor the target
grows for as long as the run lasts.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable

from conformance.engine.client.api import Refused
from conformance.engine.execution.session import Session
from conformance.engine.observation.trial import Trial
from conformance.model.request import Draft

_KEPT = 60.0
"""Seconds for which ids of removed things are known: a target may show them a while longer."""
_SETTLED = 30.0
"""Seconds after which the ledger need not tell of what is gone."""
_OFTEN = 30.0
"""Seconds between two times that the ledger is made smaller."""
_MANY = 5000
"""Names given before they are forgotten. Those in use are known besides."""


class Eviction:
    """Keeps one process's session small."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._removed: deque[tuple[float, str, tuple[str, ...]]] = deque()
        self._compacted = time.time()

    def forget(self, drafts: Iterable[Draft]) -> None:
        """Drop the trials of drafts that were drawn, and remove what they made."""
        session = self._session
        for draft in drafts:
            trial = session._trials.pop(draft, None)
            session._noted.discard(draft)
            if trial is not None and trial.image_id in session.used.values():
                self._remove(trial, trial.image_id or "")
        self._let_go()

    def _remove(self, trial: Trial, image_id: str) -> None:
        session = self._session
        snapshots = tuple(s.id for s in trial.effects.snapshots) if trial.effects else ()
        try:
            session.deregister(trial)
            for snapshot in snapshots:
                session.caller.call("DeleteSnapshot", [("SnapshotId", snapshot)])
                session.ledger.gone("snapshot", snapshot)
        except Refused:
            return  # the clean-up at the end says what is left
        self._removed.append((time.time(), image_id, snapshots))

    def _let_go(self) -> None:
        session, now = self._session, time.time()
        kept = max(_KEPT, 2 * session.target.window)
        while self._removed and self._removed[0][0] < now - kept:
            _, image_id, snapshots = self._removed.popleft()
            session.known_images.discard(image_id)
            for snapshot in snapshots:
                session.owners.pop(snapshot, None)
        session.names.forget(_MANY)
        if self._compacted < now - _OFTEN:
            self._compacted = now
            session.ledger.compact(now - max(_SETTLED, 2 * session.target.window))
