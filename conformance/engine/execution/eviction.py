"""Eviction: a long run forgets generated requests, so that neither it nor the target grows.

Trials of fixed requests stay, because other properties ask for them again. The trial of a generated
request goes once it was judged, and so do its image and its snapshots.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from conformance.engine.client.api import Refused
from conformance.engine.execution.session import Session
from conformance.engine.observation.trial import Trial
from conformance.model.request import Draft

_REMEMBERED = 60.0
"""Seconds for which removed ids stay known, because a target may still show them."""
_SETTLED = 30.0
"""Seconds after which the ledger drops removed resources."""
_COMPACTED = 30.0
"""Seconds between two compactions of the ledger."""
_NAMES = 5000
"""Names remembered in addition to those in use."""


class Eviction:
    """Keeps one process's session small."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._removed: deque[tuple[float, str, tuple[str, ...]]] = deque()
        self._compacted = session.clock.time()

    def forget(self, drafts: Iterable[Draft]) -> None:
        """Drop the trials of generated drafts, and remove their images and snapshots."""
        for draft in drafts:
            trial = self._session.forget(draft)
            if trial is not None and trial.image_id in self._session.registry.names.values():
                self._remove(trial, trial.image_id or "")
        self._trim()

    def _remove(self, trial: Trial, image_id: str) -> None:
        session = self._session
        snapshots = tuple(s.id for s in trial.effects.snapshots) if trial.effects else ()
        try:
            session.executor.deregister(trial)
            for snapshot in snapshots:
                session.api.call("DeleteSnapshot", [("SnapshotId", snapshot)])
                session.ledger.gone("snapshot", snapshot)
        except Refused:
            return  # the clean-up at the end of the run reports what is left
        self._removed.append((session.clock.time(), image_id, snapshots))

    def _trim(self) -> None:
        """Drop removed ids, names and lines of the ledger once they are old."""
        session, now = self._session, self._session.clock.time()
        remembered = max(_REMEMBERED, 2 * session.target.window)
        while self._removed and self._removed[0][0] < now - remembered:
            _, image_id, snapshots = self._removed.popleft()
            session.registry.forget(image_id, snapshots)
        session.names.forget(_NAMES)
        if self._compacted < now - _COMPACTED:
            self._compacted = now
            session.ledger.compact(now - max(_SETTLED, 2 * session.target.window))
