"""The door through which every request of a run leaves.

Whoever sends, and whatever for: a request that may make something is in the ledger before it is
on the wire, and what its answer says was made is there before the answer is looked at. What the
budget does not hold does not leave, nor does what would change or remove anything that the ledger
does not name.
"""

from __future__ import annotations

import re
import threading
import time
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from conformance.engine.client.budget import Budget
from conformance.engine.client.ledger import Ledger
from conformance.engine.client.pacing import Pace
from conformance.engine.core import interrupt
from conformance.engine.core.errors import CutShort
from conformance.model.answer import (
    Accepted,
    Answer,
    Indeterminate,
    Malformed,
    Outcome,
    Rejected,
    Throttled,
)
from conformance.model.request import Request
from conformance.wire import describe
from conformance.wire.client import Client
from conformance.wire.credentials import Credentials, CredentialsError
from conformance.wire.decode import READ_ONLY
from conformance.wire.exchange import UNREACHABLE, Exchange
from reports.results import LATENCIES

_MAKES = {
    "CreateImage": "image",
    "RunInstances": "instance",
    "CreateSnapshot": "snapshot",
    "CreateVolume": "volume",
}
_ID = re.compile(r"(?:ami|snap|i|vol)-(?!0+$)[0-9a-zA-Z]+")
"""The id of a thing. One of zeros is nobody's: it is sent to see whether there is such an action.
"""
_MAKES_NOTHING = (
    "Attach", "CreateTags", "Delete", "Deregister", "Describe", "Detach", "Disable", "Enable",
    "Get", "Modify", "Reboot", "Start", "Stop", "Terminate",
)  # fmt: skip


def makes(request: Request) -> str | None:
    """The kind of thing that a request may make.

    Requests whose action is missing or distorted are about CreateImage, and a lax endpoint may
    well make an image of them.
    """
    action = request.get("Action") or ""
    return None if action.startswith(_MAKES_NOTHING) else _MAKES.get(action, "image")


def touches(request: Request) -> set[str]:
    """The ids of what a request would change or remove. One that makes something changes none,
    but for a reboot of the instance that CreateImage names, which is what it is for."""
    action = request.get("Action") or ""
    if not action.startswith(_MAKES_NOTHING) or action.startswith(READ_ONLY):
        return set()
    return {value for _, value in request.params if _ID.fullmatch(value)}


@dataclass(frozen=True, slots=True)
class Passage:
    """A request on its way."""

    kind: str | None
    name: str
    held: str = ""
    """Why it may not leave: it would change what is somebody else's."""


class Guard:
    """Keeps the ledger of what passes. Safe to use from several threads."""

    def __init__(self, ledger: Ledger, budget: Budget | None = None) -> None:
        self.ledger = ledger
        self._budget = budget
        self.over = ""
        """Why nothing more may leave, once that is so."""
        self.others: set[str] = set()
        """Ids of what was there before the run, whatever an answer says was made."""
        self.create_image_requests = 0
        self.retried = 0
        """Requests that were throttled, or stayed without an answer."""
        self.answers = [0] * (len(LATENCIES) + 1)
        """Answers to CreateImage by how long they took."""
        self.pace = Pace()
        self._threads = threading.Lock()

    def enter(self, request: Request) -> Passage:
        """Let a request out: what it may make is on disk when this returns. Raises CutShort, and
        KeyboardInterrupt where one was heard and got lost."""
        interrupt.check()
        if self.over:
            raise CutShort(self.over)
        foreign = {id for id in touches(request) if id in self.others or not self.ledger.has(id)}
        if foreign:
            return Passage(None, "", f"not sent: {min(foreign)} is none of the run's")
        passage = Passage(makes(request), request.name or "")
        if self._budget is not None:
            self._budget.take(passage.kind)
        if passage.kind is not None:
            self.ledger.intend(passage.kind, passage.name)
        with self._threads:
            self.create_image_requests += passage.kind == "image"
        return passage

    def leave(self, passage: Passage, outcome: Outcome, answer: Answer | None = None) -> None:
        """Take in what came back. What is not certain stays an intent."""
        unlucky = isinstance(outcome, Throttled | Indeterminate)
        unlucky = unlucky or getattr(outcome, "status", 0) == 503
        with self._threads:
            self.retried += unlucky
            if passage.kind == "image" and answer is not None:
                self.answers[bisect_left(LATENCIES, answer.seconds)] += 1
        self.pace.learn(throttled=unlucky and not isinstance(outcome, Indeterminate))
        if passage.kind is None:
            return
        ids = [id for id in _ids(passage.kind, outcome, answer) if id not in self.others]
        for id in ids:
            self.ledger.made(passage.kind, id, passage.name)
        nothing = not ids and _did_nothing(outcome)
        if nothing:
            self.ledger.refused(passage.kind, passage.name)
        self._settle(passage, 0 if nothing else max(len(ids), 1))

    def never_left(self, passage: Passage) -> None:
        """The request could not be signed."""
        if passage.kind is not None:
            self.ledger.refused(passage.kind, passage.name)
            self._settle(passage, 0)

    def _settle(self, passage: Passage, made: int) -> None:
        if self._budget is not None:
            self._budget.settle(passage.kind, made)


def _did_nothing(outcome: Outcome) -> bool:
    """Whether a request certainly made nothing: it was refused, or never arrived."""
    match outcome:
        case Rejected(_, status, _):
            return 400 <= status < 500
        case Throttled():
            return True
        case Accepted():
            return False
    return outcome.why.startswith(UNREACHABLE)


def _ids(kind: str, outcome: Outcome, answer: Answer | None) -> list[str]:
    if not isinstance(outcome, Accepted):
        return []
    if kind == "image":
        return [outcome.image_id] if outcome.image_id else []
    root = answer.root if answer else None
    if root is None:
        return []
    if kind == "instance":
        return [instance.id for instance in describe.instances(root) if instance.id]
    return [id for id in [root.value(f"{kind}Id")] if id]


class GuardedClient:
    """A client of the wire whose every request passes a guard."""

    def __init__(self, client: Client, guard: Guard) -> None:
        self._client = client
        self.guard = guard

    rule = ""
    """The rule whose property sends."""

    def begin(self, rule: str) -> None:
        """Learn whose property sends from now on."""

    def clock(self) -> float:
        """Seconds; what waiting goes by."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)

    def send(self, request: Request, service: str = "ec2") -> Exchange:
        """As :meth:`Client.send`."""
        passage = self.guard.enter(request)
        if passage.held:
            return Exchange(request, Malformed(passage.held))
        self.guard.pace.wait()
        try:
            exchange = self._client.send(request, service)
        except CredentialsError:
            self.guard.never_left(passage)
            raise
        self.guard.leave(passage, exchange.outcome, exchange.answer)
        return exchange

    def send_otherwise(self, request: Request, send: Callable[[], Outcome]) -> Outcome:
        """The outcome of a request that another client sends."""
        passage = self.guard.enter(request)
        outcome = send()
        self.guard.leave(passage, outcome)
        return outcome

    def twin(self) -> GuardedClient:
        """Another client just like this one, past the same guard."""
        return GuardedClient(self._client.twin(), self.guard)

    def credentials(self) -> Credentials:
        """The credentials of the moment, for another client of the same endpoint."""
        return self._client.credentials()

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, it: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()
