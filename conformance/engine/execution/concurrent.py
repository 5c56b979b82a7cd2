"""Concurrent requests: sent at the same moment, each over its own connection."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from conformance.engine.execution.session import Session
from conformance.engine.observation.trial import Trial
from conformance.model.answer import Accepted, Indeterminate
from conformance.model.expectation import Reject
from conformance.model.judge import judge
from conformance.model.request import Draft, Request, create_image
from conformance.wire.exchange import Exchange


def create_concurrently(session: Session, draft: Draft, *requests: Request) -> list[Trial]:
    """The trials of concurrent requests of a draft, accepted ones first. Effects are not observed.

    Each is judged as if it had been sent after those before it in the list: of two with the same
    name, the second meets a name in use. An image that should not exist is removed.
    """
    world, let_through = session.executor.world(), session.executor.let_through
    if any(let_through.hinders(each, judge(each, world)) for each in requests):
        let_through.remove()
        world = session.executor.world()
    exchanges = _send(session, session.placement.apart(list(requests)))
    trials, images = [], 0
    for exchange in sorted(exchanges, key=lambda e: not isinstance(e.outcome, Accepted)):
        request, outcome = exchange.request, exchange.outcome
        trial = session.executor.trial(draft, request, world, outcome, exchange.answer)
        trials.append(trial)
        if isinstance(outcome, Accepted):
            images += _account_for(session, trial, images)
            world = replace(world, names={request.name or "": outcome.image_id, **world.names})
        elif isinstance(outcome, Indeterminate):
            # An image without an answer must not count as an orphan of a rejected request.
            session.executor.lost.adopt(request, answered=False)
    return trials


def _send(session: Session, requests: Sequence[Request]) -> list[Exchange]:
    """The exchanges of requests that are sent at the same moment, each once."""
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(session.client.twin()) for _ in requests]
        sent = zip(clients, requests, strict=True)
        session.api.count_acts(len(requests))
        return session.clock.at_once([partial(client.send, request) for client, request in sent])


def _account_for(session: Session, trial: Trial, others: int) -> int:
    """Add a new image to the registry, or remove it if the request had to be rejected.

    ``others`` counts the new images before it: the first gets the snapshots of all of them.
    Returns 1 for a new image, 0 for one that existed before.
    """
    image_id, name = trial.image_id or "", trial.request.name
    if image_id in trial.before.names.values():
        return 0
    session.registry.add(image_id, name)
    if not session.observer.snapshots_clear:
        source = session.instances.refresh(trial.request.instance_id or "")
        minimal = session.create(create_image()).effects
        # A target that shows no snapshots of the minimal request's image shows none of this one's.
        shows = minimal is not None and minimal.snapshots
        expected = len(source.volumes) if source and shows and not others else 0
        session.executor.account_for(image_id, expected)
    if isinstance(trial.expectation, Reject):
        session.executor.let_through.add(image_id, name, trial.before)
        session.executor.let_through.remove()
    return 1
