"""The session of one process and the objects around it; the one place that builds them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from conformance.engine.client.client import GuardedClient
from conformance.engine.client.ledger import Ledger
from conformance.engine.core.target import Target
from conformance.engine.execution.rejections_ahead import RejectionsAhead
from conformance.engine.execution.session import Session
from conformance.engine.execution.workarounds import Workarounds
from conformance.engine.property.stateful import SequenceTest
from conformance.engine.resources.shared import SharedCache
from conformance.engine.scenarios.scenario import Histories, Scenario
from conformance.engine.scenarios.scenarios import Scenarios
from conformance.engine.scenarios.transient_states import TransientStates
from conformance.model.request import Draft
from conformance.model.sequence import Steps
from strategies import features, rejections


@dataclass(frozen=True, slots=True)
class SessionParts:
    """A session and what executes requests with it."""

    session: Session
    workarounds: Workarounds
    scenarios: Scenarios
    sequences: SequenceTest


def open_session(
    target: Target,
    client: GuardedClient,
    ledger: Ledger,
    run_id: str,
    *,
    first: int | None = None,
    shared: SharedCache | None = None,
    covering: Sequence[Draft] = (),
    wanted: Sequence[Scenario] = (),
    recorded: Histories | None = None,
    played: Collection[str] = (),
    told: Collection[str] = (),
    histories: SharedCache | None = None,
    alone: Sequence[Scenario] = (),
    sequences: Collection[Steps] = (),
    breaking: Collection[Draft] = (),
    spares: tuple[int, int] = (0, 0),
) -> SessionParts:
    """A new session and its parts; nothing is sent yet.

    ``first`` is the number that names are counted from; ``shared`` holds what other processes of
    the run have made; ``covering`` requests are sent together with the minimal request. ``wanted``
    scenarios begin after it. ``recorded`` histories are not told again, but images that are
    ``played`` are made again, and this process ``told`` some of them. ``histories`` holds those
    that other processes tell. Fixed ``sequences`` begin with the scenarios; those that work
    ``alone`` follow at once. ``breaking`` drafts are sent ahead where the
    target makes the run wait. ``spares`` instances are launched for scenarios.
    """
    session = Session(
        target, client, ledger, run_id, first, shared, features.ALL, features.BREAKING
    )
    transient_states = TransientStates(session)
    session.instances.watch_transient(transient_states.observe)
    test = SequenceTest(session)
    wanted = [*wanted, *test.ahead(sequences, rejections.UNRELATED), *alone]
    session.binder.spares = spares
    workarounds = Workarounds(session, covering)
    ahead = RejectionsAhead(session, workarounds, breaking)
    scenarios = Scenarios(
        session, transient_states, wanted, recorded, played, told, histories, ahead
    )
    return SessionParts(session, workarounds, scenarios, test)
