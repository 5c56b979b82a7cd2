"""The rejection queue: rejected requests that are checked for orphans all at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from conformance.engine.client.api import Refused
from conformance.engine.client.ledger import Ledger
from conformance.engine.execution.leaks import Leak, LeakFinder
from conformance.engine.observation.observer import Observer
from conformance.engine.observation.orphans import Orphan, find_orphans
from conformance.engine.observation.trial import Trial
from conformance.model.request import Draft

CAPACITY = 500
"""Rejected requests that wait before they are checked."""


class RejectionQueue:
    """Rejected requests that wait for a check, and the leaks that checks have found."""

    def __init__(
        self,
        observer: Observer,
        ledger: Ledger,
        others: Collection[str],
        observe_deferred: Callable[[], None],
        resend: Callable[[Draft], Trial],
    ) -> None:
        """``others`` are the ids of images that existed before the run. ``observe_deferred`` is
        called before snapshots count as orphans."""
        self._observer = observer
        self._ledger = ledger
        self._others = others
        self._observe_deferred = observe_deferred
        self._resend = resend
        self._finder = LeakFinder(resend, self.orphans)
        self.unread = ""
        """Why the last check could not list the images, or empty."""
        self._added: set[Draft] = set()
        self.waiting: list[Trial] = []
        self.leaks: list[Leak] = []
        """Leaks that no property has recorded yet."""

    def add(self, trial: Trial) -> None:
        """Add a rejected request, unless its draft was added before."""
        added = len(self._added)
        self._added.add(trial.draft)
        if len(self._added) > added:
            self.waiting.append(trial)

    def check(self, orphans: list[Orphan] | None = None) -> bool:
        """Check the requests that wait; whether any of them leaked.

        ``orphans`` are what an observation has shown already.
        """
        rejected, self.waiting = self.waiting, []
        if not rejected:
            return False
        orphans = self.orphans(rejected) if orphans is None else orphans
        leaks = list(self._finder.find(rejected, orphans))
        self.leaks += leaks
        return bool(leaks)

    def orphans(self, rejected: Iterable[Trial]) -> list[Orphan]:
        """The orphans of rejected requests, added to the ledger for removal.

        The same observation checks the requests that wait.
        """
        rejected = list(rejected)
        found = self._find([*rejected, *self.waiting])
        if not found:
            self.waiting = []
        if not found or not self.waiting:
            return found
        names = {trial.request.name for trial in rejected}
        own = [orphan for orphan in found if orphan.name in names]
        others = [orphan for orphan in found if orphan not in own]
        if not others or self.check(others):
            return own
        # No waiting request leaks again: perhaps these do.
        again = [self._resend(trial.draft) for trial in rejected]
        return own + self._find(again)

    def take_leaks(self) -> list[Leak]:
        """The leaks found since the last call."""
        leaks, self.leaks = self.leaks, []
        return leaks

    def forget(self, draft: Draft) -> None:
        """Let a draft be added again."""
        self._added.discard(draft)

    def _find(self, rejected: Iterable[Trial]) -> list[Orphan]:
        self._observe_deferred()
        self.unread = ""
        try:
            return find_orphans(self._observer, rejected, self._ledger, self._others)
        except Refused as refused:
            self.unread = f"inconclusive: {refused}"
            return []
