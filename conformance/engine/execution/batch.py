"""Batches: requests that are sent one after the other and whose effects are observed together."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from conformance.engine.execution.session import Session
from conformance.engine.observation.effects import DeferredObservation
from conformance.engine.observation.trial import Trial
from conformance.engine.resources.instances import NotAvailable
from conformance.model.judge import effect_violations, has_failed
from conformance.model.request import Draft, Placeholder

T = TypeVar("T")


def create_shared(session: Session, first: Draft, *others: Draft) -> None:
    """Create a batch that every process of the run uses: one process sends it.

    The others are sent only if the first is accepted.
    """

    def create() -> list[Trial]:
        values = [value for draft in others for _, value in draft.params]
        placeholders = [value for value in values if isinstance(value, Placeholder)]
        # A process that does the whole run will need every kind of instance.
        session.binder.prepare(placeholders if session.shared.shared else Placeholder)
        return create_all(session, (first, *others))

    # Each process needs an instance of its own, whether or not it sends the batch.
    session.instances.launch_ahead(Placeholder.RUNNING)
    for trial in session.shared.once("covering", create):
        session.keep(trial)
        source = trial.before.instances.get(trial.request.instance_id or "")
        if session.registry.take_over(trial) and source is not None:
            session.instances.learn(source)


def create_all(session: Session, drafts: Sequence[Draft]) -> list[Trial]:
    """The trials of a batch. Drafts that ask for what the target lacks are left out.

    If the first is not accepted, no other is sent. If an effect cannot be attributed to one
    request, each candidate is sent again alone.
    """
    if session.target.instance_id:
        # A changed instance of the user's cannot be replaced: each effect is observed at once.
        return _execute(session, drafts)
    deferred = DeferredObservation()
    with session.executor.deferring(deferred):
        executed = _execute(session, drafts)
    deferred.observe(session.observer)
    trials = [deferred.observed(trial) for trial in executed]
    for trial in [each for each in trials if each.effects and has_failed(each.effects)]:
        session.placement.failed(trial.request)
        trials[trials.index(trial)] = session.create_again(trial.draft)
    for trial in _ambiguous(trials):
        _renew_if_changed(session, trial)
        again = session.create_again(trial.draft)
        _renew_if_changed(session, again)
        trials[trials.index(trial)] = again
    return trials


def create_ahead(session: Session, drafts: Mapping[Draft, T]) -> Iterator[T]:
    """Create the new ones among ``drafts`` in a batch; give the value of each that was sent.

    The batch is sent only if the first is accepted and violates no rule.
    """
    new = [draft for draft in drafts if not session.has(draft)]
    try:
        first = session.create(new[0]) if new else None
    except NotAvailable:
        return
    if first is None:
        return
    yield drafts[first.draft]
    if first.accepted and not first.violations:
        for trial in create_all(session, new[1:]):
            session.keep(trial)
            yield drafts[trial.draft]


def _execute(session: Session, drafts: Sequence[Draft]) -> list[Trial]:
    trials: list[Trial] = []
    for draft in drafts:
        with contextlib.suppress(NotAvailable):
            trials.append(session.create_again(draft))
        if trials and not trials[0].accepted:
            break
    return trials


def _renew_if_changed(session: Session, trial: Trial) -> None:
    """Replace a source instance that a request has changed, because the change is permanent."""
    if _changes_instance(trial):
        session.instances.renew(trial.request.instance_id or "")


def _ambiguous(trials: Sequence[Trial]) -> list[Trial]:
    """The trials whose effects may be those of another request.

    Two of them show the same snapshot, or all that use an instance show that it has changed.
    """
    snapshots = Counter(s.id for t in trials if t.effects for s in t.effects.snapshots)
    uses = Counter(trial.request.instance_id for trial in trials if trial.effects)
    changed = Counter(t.request.instance_id for t in trials if _changes_instance(t))
    return [
        trial
        for trial in trials
        if trial.effects is not None
        and (
            any(snapshots[snapshot.id] > 1 for snapshot in trial.effects.snapshots)
            or 1 < uses[trial.request.instance_id] == changed[trial.request.instance_id]
        )
    ]


def _changes_instance(trial: Trial) -> bool:
    """Whether a trial violates a rule by the state of its source instance."""
    if trial.effects is None or not trial.violations:
        return False
    before = trial.before.instances.get(trial.request.instance_id or "")
    unchanged = replace(trial.effects, instance=before)
    others = {v.rule for v in effect_violations(trial.request, trial.before, unchanged)}
    shown = {v.rule for v in effect_violations(trial.request, trial.before, trial.effects)}
    return not shown <= others
