"""Leaks: which rejected request left an orphan behind, and the rule that it violates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from conformance.engine.observation.orphans import Orphan
from conformance.engine.observation.trial import Trial
from conformance.model.attribution import ATOMIC, ATOMIC_TAGS, rule_of_orphan
from conformance.model.request import Draft, UniqueName, create_image

_RETRIES = 8
"""Requests sent to reproduce a leak that may occur only now and then."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A rejected request that left something behind."""

    rule: str
    trial: Trial
    observed: str


@dataclass(frozen=True, slots=True)
class LeakFinder:
    """Attributes orphans to rejected requests, which it sends again where it must."""

    resend: Callable[[Draft], Trial]
    orphans: Callable[[Sequence[Trial]], list[Orphan]]
    """The orphans of rejected requests."""

    def find(self, rejected: Sequence[Trial], orphans: Sequence[Orphan]) -> Iterator[Leak]:
        """One leak for each rule that rejected requests violated by leaving ``orphans``.

        An orphaned image has the name of its request. A snapshot's request is found by sending
        the rejected requests again.
        """
        named = {orphan.name: orphan for orphan in orphans if orphan.name}
        plainest: dict[str | None, Trial] = {}
        for trial in sorted(rejected, key=lambda trial: len(trial.request.params)):
            plainest.setdefault(trial.request.name, trial)
        # Of several requests for one name, any may have left the image: the plainest explains it.
        leaking = [(plainest[name], orphan) for name, orphan in named.items() if name in plainest]
        if orphans and not leaking:
            leaking = self._reproduced(rejected)
        by_rule: dict[str, tuple[Trial, Orphan]] = {}
        for trial, orphan in leaking:
            rule = rule_of_orphan(trial.request, trial.outcome, trial.expectation)
            by_rule.setdefault(rule, (trial, orphan))
        if ATOMIC_TAGS in by_rule and self._any_rejection_leaks():
            # The tags are not the cause.
            by_rule.setdefault(ATOMIC, by_rule.pop(ATOMIC_TAGS))
        for rule_id, (trial, orphan) in by_rule.items():
            yield Leak(rule_id, trial, left_behind(orphan))

    def _reproduced(self, rejected: Sequence[Trial]) -> list[tuple[Trial, Orphan]]:
        """A request that leaks again. Few are sent at first, as usually all of them leak."""
        start, size = 0, 1
        while start < len(rejected):
            if found := self._search(rejected[start : start + size]):
                return found
            start, size = start + size, 2 * size
        return []

    def _search(self, rejected: Sequence[Trial]) -> list[tuple[Trial, Orphan]]:
        """The first request that leaks again, by halving; any of them if a leak is sporadic."""
        again = [self.resend(trial.draft) for trial in rejected]
        orphans = self.orphans(again)
        if not orphans:
            return []
        if len(again) == 1:
            return [(again[0], orphans[0])]
        middle = len(again) // 2
        found = self._search(again[:middle]) or self._search(again[middle:])
        return found or [(again[0], orphans[0])]

    def _any_rejection_leaks(self) -> bool:
        """Whether requests with an illegal name leak too, if only now and then."""
        draft = create_image(Name=UniqueName("amiproof!00000000"))
        trials = [self.resend(draft) for _ in range(_RETRIES)]
        rejected = [trial for trial in trials if not trial.accepted]
        return bool(rejected) and bool(self.orphans(rejected))


def left_behind(orphan: Orphan) -> str:
    """The observation of an orphan, for a report."""
    return f"afterwards there is {orphan.kind} that no answer reported"
