"""Requests that are sent one after the other and looked at together."""

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
from conformance.model.judge import effect_violations
from conformance.model.request import Draft, Placeholder

T = TypeVar("T")


def create_together(session: Session, first: Draft, *others: Draft) -> None:
    """Send several drafts one after the other, the others only if the first is accepted, and
    look at what they did all at once. What another process of the run has sent is taken over.
    """

    def create_all() -> list[Trial]:
        asked = [value for draft in others for _, value in draft.params]
        slots = [value for value in asked if isinstance(value, Placeholder)]
        # Whoever does all of a run's work will ask for the rest as well.
        session.begin(slots if session.shared.shared else Placeholder)
        return _create_all(session, (first, *others))

    # Whether it makes them or waits for them, each process needs an instance of its own.
    session.sources.launch_ahead(Placeholder.RUNNING)
    for trial in session.shared.once("covers", create_all):
        session.take_over(trial)


def create_all(session: Session, drafts: Sequence[Draft]) -> list[Trial]:
    """The trials of drafts that are sent one after the other and looked at together.

    Where the first is not accepted no other is sent. One that the target lacks something for is
    left out.
    """
    if session.target.instance_id:
        # Where something has changed it nobody could have another in its place.
        return _sent(session, drafts)
    put_off = DeferredObservation()
    with session.looks_put_off(put_off):
        sent = _sent(session, drafts)
    put_off.look(session)
    trials = [put_off.seen(trial) for trial in sent]
    for trial in _doubtful(trials):
        _renew_if_changed(session, trial)
        again = session.create_again(trial.draft)
        _renew_if_changed(session, again)
        trials[trials.index(trial)] = again
    return trials


def _sent(session: Session, drafts: Sequence[Draft]) -> list[Trial]:
    trials: list[Trial] = []
    for draft in drafts:
        with contextlib.suppress(NotAvailable):
            trials.append(session.create_again(draft))
        if trials and not trials[0].accepted:
            break
    return trials


def _renew_if_changed(session: Session, trial: Trial) -> None:
    """Have another instance in the place of one that is not as it was: what was done to it cannot
    be done once more."""
    if _shows_a_changed_instance(trial):
        session.sources.renew(trial.request.instance_id or "")


def send_ahead(session: Session, drafts: Mapping[Draft, T]) -> Iterator[T]:
    """Send drafts that will be asked for, together once the first was accepted and did nothing
    wrong; gives what stands beside each that was sent."""
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


def _doubtful(trials: Sequence[Trial]) -> list[Trial]:
    """Those of which it cannot be told whether they did what was seen, or another did: they have a
    snapshot in common, or all that are about an instance show it changed."""
    snapshots = Counter(s.id for t in trials if t.effects for s in t.effects.snapshots)
    about = Counter(trial.request.instance_id for trial in trials if trial.effects)
    changed = Counter(t.request.instance_id for t in trials if _shows_a_changed_instance(t))
    return [
        trial
        for trial in trials
        if trial.effects is not None
        and (
            any(snapshots[snapshot.id] > 1 for snapshot in trial.effects.snapshots)
            or 1 < about[trial.request.instance_id] == changed[trial.request.instance_id]
        )
    ]


def _shows_a_changed_instance(trial: Trial) -> bool:
    """Whether the trial contradicts a rule by what became of its instance."""
    if trial.effects is None or not trial.violations:
        return False
    before = trial.before.instances.get(trial.request.instance_id or "")
    unchanged = replace(trial.effects, instance=before)
    others = {c.rule for c in effect_violations(trial.request, trial.before, unchanged)}
    shown = {c.rule for c in effect_violations(trial.request, trial.before, trial.effects)}
    return not shown <= others


_create_all = create_all
