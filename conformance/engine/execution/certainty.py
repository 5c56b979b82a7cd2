"""Certainty: a draft is sent again where its outcome or its effects may be another request's."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

from conformance.engine.client.retry import CRASHES
from conformance.engine.execution.ambiguity import (
    ambiguous,
    as_if_unchanged,
    changes_instance,
    is_unsure,
)
from conformance.engine.execution.crashes import Crashes
from conformance.engine.execution.executor import Executor
from conformance.engine.execution.rejections import RejectionQueue
from conformance.engine.observation.effects import DeferredObservation, observe_effects
from conformance.engine.observation.observer import Observer
from conformance.engine.observation.orphans import uncertain_snapshots
from conformance.engine.observation.trial import Trial
from conformance.engine.resources.placement import Placement
from conformance.model.judge import answer_violations, has_failed
from conformance.model.request import Draft, UniqueName

_FAILURES = 3
"""Images of a draft that are made again since they failed."""


class Certainty:
    """Makes the trials of one session certain."""

    def __init__(
        self,
        observer: Observer,
        executor: Executor,
        placement: Placement,
        crashes: Crashes,
        rejections: RejectionQueue,
        execute: Callable[[Draft], Trial],
        together: Callable[[], AbstractContextManager[object]],
    ) -> None:
        """``execute`` sends a draft. ``together`` looks at the effects of a block's requests at
        once."""
        self._observer = observer
        self._executor = executor
        self._placement = placement
        self._crashes = crashes
        self._rejections = rejections
        self._execute = execute
        self._together = together
        self._always_fails = False
        """Whether the last image failed, however often it was made again."""
        self._always_uncertain = False
        """Whether only their time of creation connects the target's snapshots with an image."""

    def of(self, draft: Draft, trial: Trial) -> Trial:
        """A new trial of a draft, sent again where its outcome or its effects are uncertain."""
        # The documents do not say whether a failed image holds its name: it is not used again.
        for _ in range(_FAILURES if _is_renamed(draft) and not self._always_fails else 0):
            if trial.effects is None or not has_failed(trial.effects):
                break
            trial = self.made_again(trial)
        if trial.effects is not None:
            self._always_fails = has_failed(trial.effects)
            trial = self.of_instance(trial)
        if trial.persists and trial.crashes > 1:
            with self._together():
                self._crashes.isolate(draft, trial)
        if self._executor.answer_lost and _is_renamed(draft):
            # Sent again, with another name: an answer that is lost each time is the target's.
            for _ in range(1, CRASHES):
                trial = self._execute(draft)
                if not self._executor.answer_lost:
                    return trial
            return replace(trial, crashes=CRASHES, persists=True)
        return self._of_snapshots(trial) if trial.effects is not None else trial

    def of_batch(self, batch: DeferredObservation, again: Callable[[Draft], Trial]) -> None:
        """Replace the trials of a batch that are uncertain; ``again`` sends a draft alone."""
        for trial in batch.trials():
            if trial.effects is not None and has_failed(trial.effects):
                self._placement.failed(trial.request)
                batch.replace(trial, again(trial.draft))
        for trial in ambiguous(batch.trials()):
            self._renew_if_changed(trial)
            alone = again(trial.draft)
            self._renew_if_changed(alone)
            batch.replace(trial, alone)
        for trial in batch.trials():
            batch.replace(trial, self._of_snapshots(trial))

    def of_instance(self, trial: Trial) -> Trial:
        """A trial that shows no change of its instance that another request may have made."""
        if not is_unsure(trial):
            return trial
        if not _is_renamed(trial.draft):
            return as_if_unchanged(trial)
        if not self._observer.target.instance_id:
            self._renew_if_changed(trial)
        again = self._execute(trial.draft)
        return as_if_unchanged(again) if is_unsure(again) else again

    def made_again(self, trial: Trial) -> Trial:
        """A new trial in place of one whose image failed: a limit may have been met too late."""
        self._placement.failed(trial.request)
        return self._execute(trial.draft)

    def _renew_if_changed(self, trial: Trial) -> None:
        """Replace a source instance that a request has changed, because the change is permanent."""
        if changes_instance(trial):
            self._observer.instances.renew(trial.request.instance_id or "")

    def _of_snapshots(self, trial: Trial) -> Trial:
        """A trial whose snapshots are its own, where an earlier request may have left some.

        The request that left them may be one that no check waits for, so the trial's draft is sent
        again in any case. One with a name of its own cannot be: its effects are observed again,
        without the snapshots that rejected requests have left.
        """
        uncertain = () if self._always_uncertain else uncertain_snapshots(trial)
        if not uncertain:
            return trial
        owners = self._observer.registry.owners
        for id in uncertain:
            del owners[id]
        self._rejections.check()
        left = [id for id in uncertain if id in owners]
        for id in uncertain:
            owners.setdefault(id, "")
        if not _is_renamed(trial.draft):
            owners |= dict.fromkeys(set(uncertain).difference(left), trial.image_id or "")
            return observe_effects(self._observer, [_unobserved(trial)])[0] if left else trial
        again = self._execute(trial.draft)
        self._always_uncertain = bool(uncertain_snapshots(again))
        if not self._always_uncertain:
            return again
        owners |= dict.fromkeys(uncertain, trial.image_id or "")
        return trial


def _is_renamed(draft: Draft) -> bool:
    """Whether each request of a draft has a name of its own, so that it can be sent again."""
    return isinstance(dict(draft.params).get("Name"), UniqueName)


def _unobserved(trial: Trial) -> Trial:
    """A trial of an accepted request without its effects, and with what its answer violates."""
    found = tuple(answer_violations(trial.answer, trial.outcome)) if trial.answer else ()
    return replace(trial, effects=None, violations=found)
