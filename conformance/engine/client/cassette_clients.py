"""Two clients that stand in for the guarded one: of a run that is recorded, and of a recording."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from conformance.engine.client.cassette import Lines, Worker, account_in, key, sent, told, untold
from conformance.engine.client.client import GuardedClient
from conformance.engine.client.guard import Guard
from conformance.engine.core.errors import CutShort, NotRecorded
from conformance.model.answer import Outcome
from conformance.model.request import Request
from conformance.wire.client import Client
from conformance.wire.decoding import describe
from conformance.wire.exchange import Exchange
from conformance.wire.signing.credentials import Credentials, NoDeniedCredentialsError

BOTO3 = "boto3"
"""Who sent, where it was not the client."""


class RecordingClient(GuardedClient):
    """A guarded client that writes down each exchange, and what the clock said in between."""

    def __init__(self, client: Client, guard: Guard, lines: Lines, worker: str) -> None:
        super().__init__(client, guard)
        self._lines, self._worker = lines, worker
        self._lane, self._twins = 0, 0
        self._whole = self
        self._threads = threading.Lock()
        self._moments: list[float] = []

    def clock(self) -> float:
        now = round(time.monotonic(), 6)
        self._moments.append(now)
        return now

    def begin(self, rule: str) -> None:
        self.rule = rule

    def note(self, **line: Any) -> None:
        """Write down something that is no exchange."""
        self._lines.add(worker=self._worker, **line)

    def send(self, request: Request, service: str = "ec2") -> Exchange:
        return self._noted(
            request, service, lambda: super(RecordingClient, self).send(request, service)
        )

    def send_otherwise(self, request: Request, send: Callable[[], Outcome]) -> Outcome:
        def answered() -> Exchange:
            return Exchange(request, super(RecordingClient, self).send_otherwise(request, send))

        return self._noted(request, BOTO3, answered).outcome

    def _noted(self, request: Request, service: str, send: Callable[[], Exchange]) -> Exchange:
        try:
            exchange = send()
        except CutShort as why:
            self._write(request, service, {"cut": str(why)})
            raise
        except NoDeniedCredentialsError as why:
            self._write(request, service, {"nobody": str(why)})
            raise
        root = exchange.answer.root if exchange.answer else None
        if root is not None and not self._lines.account:
            self._lines.account = describe.account(root) or ""
        self._write(request, service, told(exchange))
        return exchange

    def _write(self, request: Request, service: str, what: dict[str, Any]) -> None:
        whole = self._whole
        with whole._threads:
            moments, whole._moments = whole._moments, []
            self._lines.add(
                worker=self._worker,
                rule=whole.rule,
                request=sent(request, service, self._lane),
                clock=moments,
                at=round(time.monotonic(), 6),
                **what,
            )

    def twin(self) -> GuardedClient:
        twin = RecordingClient(self._client.twin(), self.guard, self._lines, self._worker)
        self._twins += 1
        twin._lane, twin._whole = self._twins, self
        return twin

    def close(self) -> None:
        if self._whole is self and self._moments:
            self.note(rest=self._moments)
            self._moments = []
        super().close()


class CassettePlayback(GuardedClient):
    """Answers from a recording: each request as it was answered when the same property sent it.

    Time is the recording's: nothing sleeps, and the clock says what it said.
    """

    def __init__(self, worker: Worker, guard: Guard) -> None:
        self.guard = guard
        guard.pace.sleep = self.sleep
        self._events = worker.events
        self._queues: dict[tuple[str, str], deque[int]] = {}
        for number, event in enumerate(worker.events):
            self._queues.setdefault((event["rule"], event["key"]), deque()).append(number)
        self._rest = worker.rest
        self.account = ""
        """The account's id, once a request of the suite's own happens to have it."""
        self._now = 0.0
        self._moments: deque[float] = deque()
        self._lane, self._twins = 0, 0
        self._whole = self
        self._threads = threading.Lock()
        self._expect(0)

    def begin(self, rule: str) -> None:
        self.rule = rule

    def clock(self) -> float:
        if self._moments:
            self._now = self._moments.popleft()
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds

    def _expect(self, number: int) -> None:
        following = number < len(self._events)
        self._moments = deque(self._events[number]["clock"] if following else self._rest)

    def send(self, request: Request, service: str = "ec2") -> Exchange:
        whole = self._whole
        with whole._threads:
            passage = self.guard.enter(request)
            queue = whole._queues.get((whole.rule, key(request, service, self._lane)))
            if not queue:
                raise NotRecorded
            number = queue.popleft()
            event = whole._events[number]
            whole._now = event["at"]
            whole._expect(number + 1)
            if "cut" in event:
                raise CutShort(event["cut"])
            if "nobody" in event:
                self.guard.never_left(passage)
                raise NoDeniedCredentialsError(event["nobody"])
            exchange = untold(request, event)
            whole.account = whole.account or account_in(request, event["request"])
            if not passage.held:
                self.guard.leave(passage, exchange.outcome, exchange.answer)
            return exchange

    def send_otherwise(self, request: Request, send: Callable[[], Outcome]) -> Outcome:
        return self.send(request, BOTO3).outcome

    def twin(self) -> GuardedClient:
        twin = object.__new__(CassettePlayback)
        twin.guard = self.guard
        self._twins += 1
        twin._lane, twin._whole = self._twins, self
        return twin

    def credentials(self) -> Credentials:
        return Credentials("nobody", "nothing")  # nothing is sent

    def close(self) -> None:
        pass
