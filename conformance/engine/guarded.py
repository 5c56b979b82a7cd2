"""The door through which every request of a run leaves.

Whoever sends, and whatever for: a request that may make something is in the ledger before it is
on the wire, and what its answer says was made is there before the answer is looked at. What the
budget does not hold does not leave.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Self

from conformance.engine.budget import Budget
from conformance.engine.errors import CutShort
from conformance.engine.ledger import Ledger
from conformance.model.answer import Accepted, Answer, Outcome, Rejected, Throttled
from conformance.model.request import Request
from conformance.wire import describe
from conformance.wire.client import Client
from conformance.wire.credentials import Credentials, CredentialsError
from conformance.wire.exchange import UNREACHABLE, Exchange

_MAKES = {
    "CreateImage": "image",
    "RunInstances": "instance",
    "CreateSnapshot": "snapshot",
    "CreateVolume": "volume",
}
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


@dataclass(frozen=True, slots=True)
class Passage:
    """A request on its way."""

    kind: str | None
    name: str


class Guard:
    """Keeps the ledger of what passes. Safe to use from several threads."""

    def __init__(self, ledger: Ledger, budget: Budget | None = None) -> None:
        self.ledger = ledger
        self._budget = budget
        self.over = ""
        """Why nothing more may leave, once that is so."""

    def enter(self, request: Request) -> Passage:
        """Let a request out: what it may make is on disk when this returns. Raises CutShort."""
        if self.over:
            raise CutShort(self.over)
        passage = Passage(makes(request), request.name or "")
        if self._budget is not None:
            self._budget.take(passage.kind)
        if passage.kind is not None:
            self.ledger.intend(passage.kind, passage.name)
        return passage

    def leave(self, passage: Passage, outcome: Outcome, answer: Answer | None = None) -> None:
        """Take in what came back. What is not certain stays an intent."""
        if passage.kind is None:
            return
        ids = _ids(passage.kind, outcome, answer)
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


class Guarded:
    """A client of the wire whose every request passes a guard."""

    def __init__(self, client: Client, guard: Guard) -> None:
        self._client = client
        self.guard = guard

    def send(self, request: Request, service: str = "ec2") -> Exchange:
        """As :meth:`Client.send`."""
        passage = self.guard.enter(request)
        try:
            exchange = self._client.send(request, service)
        except CredentialsError:
            self.guard.never_left(passage)
            raise
        self.guard.leave(passage, exchange.outcome, exchange.answer)
        return exchange

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
