"""Batches: requests that are sent one after the other and whose effects are observed together."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from conformance.engine.execution.session import Session
from conformance.engine.observation.trial import Trial
from conformance.engine.resources.instances import NotAvailable
from conformance.model.request import Draft, Placeholder

T = TypeVar("T")
_SLOW = (Placeholder.SNAPSHOT, Placeholder.STOPPED, Placeholder.TERMINATED, Placeholder.CHANGED)


def create_shared(session: Session, first: Draft, *others: Draft) -> None:
    """Create a batch that every process of the run uses: one process sends it.

    The others are sent only if the first is accepted. Each of them that is not accepted is composed
    anew from what the target accepts.
    """

    def create() -> tuple[list[Trial], dict[Draft, Draft]]:
        values = [value for draft in others for _, value in draft.params]
        placeholders = [value for value in values if isinstance(value, Placeholder)]
        # A process that does the whole run will need every kind of instance.
        session.binder.prepare(placeholders if session.shared.shared else Placeholder)
        with session.observing_together():
            accepted = session.create(first).accepted
            for draft in others if accepted else ():
                session.ahead()
                if session.target.limits and is_slow(draft):
                    continue  # a rule that needs it sends it later
                with contextlib.suppress(NotAvailable):
                    session.compositions.prepare(draft)
            if accepted:
                session.ahead()
        return session.trials(), session.compositions.composed

    # Each process needs an instance of its own, whether or not it sends the batch.
    session.instances.launch_ahead(Placeholder.RUNNING)
    trials, composed = session.shared.once("covering", create)
    session.compositions.composed |= composed
    for trial in trials:
        session.keep(trial)
        source = trial.before.instances.get(trial.request.instance_id or "")
        if session.registry.take_over(trial) and source is not None:
            session.instances.learn(source)


def is_slow(draft: Draft) -> bool:
    """Whether a request needs a resource that takes an account minutes to make."""
    return any(value in _SLOW for _, value in draft.params)


def create_all(session: Session, drafts: Sequence[Draft]) -> list[Trial]:
    """The trials of a batch. Drafts that ask for what the target lacks are left out.

    If the first is not accepted, no other is sent.
    """
    trials: list[Trial] = []
    with session.observing_together() as together:
        for draft in drafts:
            with contextlib.suppress(NotAvailable):
                trials.append(session.create_again(draft))
            if trials and not trials[0].accepted:
                break
    return list(map(together.observed, trials))


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
