"""The guard that every request of a run passes.

It keeps three promises. A request that may create a resource is in the ledger before it is sent,
and the ids in its response are there before the run uses them. No request exceeds the budget. No
request changes or removes a resource that the ledger does not name.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_left
from dataclasses import dataclass

from conformance.engine.client.budget import Budget
from conformance.engine.client.ledger import Ledger
from conformance.engine.client.pacing import Pace
from conformance.engine.client.rates import Rates
from conformance.engine.core import interrupt
from conformance.engine.core.errors import CutShort
from conformance.engine.core.gauge import GAUGE
from conformance.model.answer import (
    Accepted,
    Answer,
    Indeterminate,
    Limited,
    Outcome,
    Rejected,
    Throttled,
)
from conformance.model.codes import QUOTAS, bare
from conformance.model.hindrance import Hindrance
from conformance.model.request import Request
from conformance.wire.decoding import describe
from conformance.wire.decoding.decode import READ_ONLY
from conformance.wire.exchange import UNREACHABLE
from reports.results import LATENCIES

_CREATES = {
    "CreateImage": "image",
    "RunInstances": "instance",
    "CreateSnapshot": "snapshot",
    "CreateVolume": "volume",
}
_ID = re.compile(r"(?:ami|snap|i|vol)-(?!0+$)[0-9a-zA-Z]+")
"""A resource id. An id of zeros names no resource: the run sends it to probe for an action."""
_CREATES_NOTHING = (
    "Attach", "CreateTags", "Delete", "Deregister", "Describe", "Detach", "Disable", "Enable",
    "Get", "Modify", "Reboot", "Start", "Stop", "Terminate",
)  # fmt: skip


def makes(request: Request) -> str | None:
    """The kind of resource that a request may create, or None.

    A request without an action, or with an unknown one, counts as CreateImage: such requests are
    distorted CreateImage requests, and a lenient endpoint may create an image for them.
    """
    action = request.action or ""
    return None if action.startswith(_CREATES_NOTHING) else _CREATES.get(action, "image")


def touches(request: Request) -> set[str]:
    """The ids of the resources that a request would change or remove.

    A request that creates a resource touches none. CreateImage may reboot its instance.
    """
    action = request.action or ""
    if not action.startswith(_CREATES_NOTHING) or action.startswith(READ_ONLY):
        return set()
    return {value for _, value in request.params if _ID.fullmatch(value)}


@dataclass(frozen=True, slots=True)
class Passage:
    """A request between the guard's two checks."""

    kind: str | None
    """The kind of resource that the request may create."""
    name: str
    """The image name in the request."""
    held: str = ""
    """Why the request must not be sent: it would change a resource that the run does not own."""


class Guard:
    """Checks each request before it is sent and records its outcome. Thread-safe."""

    def __init__(
        self, ledger: Ledger, budget: Budget | None = None, rates: Rates | None = None
    ) -> None:
        """``rates`` are those that the documents name for the target."""
        self.ledger = ledger
        self.rates = rates
        self._budget = budget
        self.over = ""
        """Why no further request may be sent; empty while requests may be."""
        self.hindrance = Hindrance.NO_ANSWER
        """What kept the run from its end, once it is over."""
        self.others: set[str] = set()
        """Ids that existed before the run. The run never owns them, whatever a response says."""
        self.create_image_requests = 0
        self.retried = 0
        """Requests that were throttled or not answered."""
        self.answers = [0] * (len(LATENCIES) + 1)
        """Responses to CreateImage, counted by the latency bounds of the results."""
        self.pace = Pace()
        self._threads = threading.Lock()

    def enter(self, request: Request) -> Passage:
        """Admit a request. The ledger holds its intent, on disk, when this returns.

        Raises CutShort when the run has ended or its budget is spent, KeyboardInterrupt after an
        interrupt that a library swallowed.
        """
        self.check()
        foreign = {id for id in touches(request) if id in self.others or not self.ledger.has(id)}
        if foreign:
            return Passage(None, "", f"not sent: the run does not own {min(foreign)}")
        passage = Passage(makes(request), request.name or "")
        if self._budget is not None:
            self._budget.take(passage.kind)
        if passage.kind is not None:
            self.ledger.intend(passage.kind, passage.name)
        with self._threads:
            self.create_image_requests += passage.kind == "image"
            GAUGE.sends()
        return passage

    def check(self) -> None:
        """Raise CutShort when the run has ended, KeyboardInterrupt after an interrupt."""
        interrupt.check()
        if self.over:
            raise CutShort(self.over, self.hindrance)

    def leave(self, passage: Passage, outcome: Outcome, answer: Answer | None = None) -> None:
        """Record the outcome of a request. An uncertain outcome leaves the intent open."""
        unlucky = isinstance(outcome, Throttled | Indeterminate)
        unlucky = unlucky or getattr(outcome, "status", 0) == 503
        with self._threads:
            self.retried += unlucky
            if passage.kind == "image" and answer is not None:
                self.answers[bisect_left(LATENCIES, answer.seconds)] += 1
        throttled = unlucky and not isinstance(outcome, Indeterminate)
        if throttled or self.pace.gap:
            self.pace.learn(throttled=throttled)
        if passage.kind is None:
            return
        ids = [id for id in _ids(passage.kind, outcome, answer) if id not in self.others]
        for id in ids:
            self.ledger.made(passage.kind, id, passage.name)
            if passage.kind == "image":
                GAUGE.has_image()
        nothing = not ids and _did_nothing(outcome)
        if nothing:
            self.ledger.refused(passage.kind, passage.name)
        self._settle(passage, 0 if nothing else max(len(ids), 1))

    def never_left(self, passage: Passage) -> None:
        """Record that a request was not sent because it could not be signed."""
        if passage.kind is not None:
            self.ledger.refused(passage.kind, passage.name)
            self._settle(passage, 0)

    def _settle(self, passage: Passage, made: int) -> None:
        if self._budget is not None:
            self._budget.settle(passage.kind, made)


def _did_nothing(outcome: Outcome) -> bool:
    """Whether a request certainly created nothing: the target rejected it or never received it."""
    match outcome:
        case Rejected(code, status, _):
            return 400 <= status < 500 or bare(code) in QUOTAS
        case Throttled() | Limited():
            return True
        case Accepted():
            return False
    return outcome.why.startswith(UNREACHABLE)


def _ids(kind: str, outcome: Outcome, answer: Answer | None) -> list[str]:
    """The ids of the resources that a response says were created."""
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
