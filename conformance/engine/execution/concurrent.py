"""Requests that are sent at the same moment, each over a connection of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import TYPE_CHECKING

from conformance.engine.client.client import GuardedClient
from conformance.engine.observation.trial import Trial
from conformance.model.answer import Accepted, Indeterminate
from conformance.model.expectation import Reject
from conformance.model.judge import answer_violations, judge
from conformance.model.request import Draft, Request, create_image
from conformance.wire.exchange import Exchange

if TYPE_CHECKING:
    from conformance.engine.execution.session import Session


def at_once(session: Session, requests: Sequence[Request]) -> list[Exchange]:
    """What comes back to requests that are sent at the same moment, each sent once."""
    start = Barrier(len(requests))

    def send(client: GuardedClient, request: Request) -> Exchange:
        start.wait(timeout=session.target.timeout)
        return client.send(request)

    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(session.client.twin()) for _ in requests]
        pool = stack.enter_context(ThreadPoolExecutor(len(requests)))
        session.caller.requests += len(requests)
        return list(pool.map(send, clients, requests))


def create_at_once(session: Session, draft: Draft, *requests: Request) -> list[Trial]:
    """Trials of requests that were sent at the same moment, those that were accepted first.

    Each is to be judged in the world that those before it had made, as if they had been sent one
    after the other: of two that want one name the second meets it in use. Effects are not looked
    at. An image that should not have been made is removed again; one whose making was not answered
    is looked for, so that nobody takes it for what a refusal left.
    """
    world = session.world()
    exchanges = at_once(session, requests)
    trials, taken_in = [], 0
    for exchange in sorted(exchanges, key=lambda e: not isinstance(e.outcome, Accepted)):
        request, outcome, answer = exchange.request, exchange.outcome, exchange.answer
        found = tuple(answer_violations(answer, outcome)) if answer else ()
        trial = Trial(draft, request, world, judge(request, world), outcome, answer, None, found)
        trials.append(trial)
        if isinstance(outcome, Accepted):
            taken_in += _take_in(session, trial, taken_in)
            world = replace(world, names={request.name or "": outcome.image_id, **world.names})
        elif isinstance(outcome, Indeterminate):
            session.adopt(request, answered=False)
    return trials


def _take_in(session: Session, trial: Trial, others: int) -> int:
    """Note a new image, of which there may be ``others``; one that should not have been made is
    removed again. How many images were noted: one, or none where it is not a new one.

    Which of several images a snapshot was made for is not asked: the first has them all.
    """
    image_id, name = trial.image_id or "", trial.request.name
    if image_id in trial.before.names.values():
        return 0
    session.note_image(image_id, name)
    source = session.sources.refresh(trial.request.instance_id or "")
    minimal = session.create(create_image()).effects
    # An endpoint that shows none of the plainest request's snapshots is not waited for.
    shows = minimal is not None and minimal.snapshots
    wanted = len(source.volumes) if source and shows and not others else 0
    session.account_for(image_id, wanted)
    if isinstance(trial.expectation, Reject):
        session.undo(image_id, name, trial.before)
    return 1
