"""Two clients with the interface of GuardedClient: one records a run, one plays a recording."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping

from conformance.engine.client.cassette import Lines, RecordedWorker
from conformance.engine.client.cassette_answer import Received
from conformance.engine.client.cassette_clock import PlaybackClock, RecordingClock
from conformance.engine.client.cassette_lines import (
    ClockRead,
    HistoryTold,
    NotSigned,
    RuleFinished,
    SentExchange,
    SentRequest,
    Stopped,
    WorkerStarted,
    of_scenario,
)
from conformance.engine.client.client import GuardedClient
from conformance.engine.client.guard import Guard
from conformance.engine.core.errors import CutShort, NotRecorded
from conformance.model.answer import Outcome
from conformance.model.history import History
from conformance.model.request import Request
from conformance.wire.client import Client
from conformance.wire.decoding import describe
from conformance.wire.exchange import Exchange
from conformance.wire.signing.credentials import Credentials, NoDeniedCredentialsError

BOTO3 = "boto3"
"""The service name that the recording has for requests of the boto3 client."""


class RecordingClient(GuardedClient):
    """A guarded client that records each exchange and the clock's times between them."""

    is_recorded = True

    def __init__(self, client: Client, guard: Guard, lines: Lines, worker: str) -> None:
        super().__init__(client, guard)
        self._lines, self._worker = lines, worker
        self._lane, self._twins = 0, 0
        self._first = self
        """The client that this one is a twin of, or itself."""
        self._threads = threading.Lock()
        self._clock = RecordingClock(client.clock)
        self._apart = ""
        """The scenario that sends at the moment, or nothing."""

    @property
    def clock(self) -> RecordingClock:
        return self._clock

    @contextlib.contextmanager
    def apart(self, label: str) -> Iterator[None]:
        """As GuardedClient.apart. Its exchanges have this label in place of a rule."""
        before, self._apart = self._apart, label
        self._clock.recorded = False  # no playback reads the clock for a scenario
        try:
            yield
        finally:
            self._apart, self._clock.recorded = before, not before

    def begin(self, rule: str) -> None:
        self.rule = rule

    def told(self, history: History) -> None:
        """Record the history of a scenario."""
        self._lines.add(HistoryTold(self._worker, history))

    def started(
        self,
        first: int | None,
        before: Iterable[str] | None = None,
        listed: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        """Record that the worker opened its session; ``first`` is its first name's number.

        ``before`` are the ids of the images before the run, if the account was large. ``listed``
        are the ids of the kinds of residue that the account had.
        """
        images = None if before is None else tuple(sorted(before))
        kinds = {kind: sorted(ids) for kind, ids in (listed or {}).items()}
        self._lines.add(WorkerStarted(self._worker, first, images, kinds))

    def finished(self, rule: str) -> None:
        """Record that the worker finished a rule's property."""
        self._lines.add(RuleFinished(self._worker, rule))

    def send(self, request: Request, service: str = "ec2") -> Exchange:
        return self._recorded(
            request, service, lambda: super(RecordingClient, self).send(request, service)
        )

    def send_otherwise(self, request: Request, send: Callable[[], Outcome]) -> Outcome:
        def answered() -> Exchange:
            return Exchange(request, super(RecordingClient, self).send_otherwise(request, send))

        return self._recorded(request, BOTO3, answered).outcome

    def _recorded(self, request: Request, service: str, send: Callable[[], Exchange]) -> Exchange:
        try:
            exchange = send()
        except CutShort as why:
            self._write(request, service, Stopped(str(why)))
            raise
        except NoDeniedCredentialsError as why:
            self._write(request, service, NotSigned(str(why)))
            raise
        root = exchange.answer.root if exchange.answer else None
        if root is not None and not self._lines.account:
            self._lines.account = describe.account(root) or ""
        self._write(request, service, Received.of(exchange))
        return exchange

    def _write(
        self, request: Request, service: str, result: Received | Stopped | NotSigned
    ) -> None:
        first = self._first
        with first._threads:
            self._lines.add(
                SentExchange(
                    worker=self._worker,
                    rule=first._apart or first.rule,
                    request=SentRequest.of(request, service, self._lane),
                    clock=first._clock.take_times(),
                    at=first._clock.unrecorded(),
                    result=result,
                )
            )

    def twin(self) -> GuardedClient:
        twin = RecordingClient(self._client.twin(), self.guard, self._lines, self._worker)
        self._twins += 1
        twin._lane, twin._first = self._twins, self
        return twin

    def close(self) -> None:
        if self._first is self and (times := self._clock.take_times()):
            self._lines.add(ClockRead(self._worker, times))
        super().close()


class CassettePlayback(GuardedClient):
    """Answers from a recording: each request gets the response that it got in the recorded run.

    Requests are found by rule and content. The clock returns the recorded times; nothing sleeps.
    """

    is_recorded = True

    def __init__(self, worker: RecordedWorker, guard: Guard) -> None:
        self.guard = guard
        self._exchanges = [each for each in worker.exchanges if not of_scenario(each)]
        self._queues: dict[tuple[str, str], deque[int]] = {}
        for number, each in enumerate(self._exchanges):
            self._queues.setdefault((each.rule, each.request.key), deque()).append(number)
        self._rest = worker.rest
        self.account = ""
        """The account number, once a request of the suite's own has it."""
        self._clock = PlaybackClock()
        self._lane, self._twins = 0, 0
        self._first = self
        """The client that this one is a twin of, or itself."""
        self._threads = threading.Lock()
        self._expect(0)

    def begin(self, rule: str) -> None:
        self.rule = rule

    @property
    def dial(self) -> None:
        return None

    @property
    def clock(self) -> PlaybackClock:
        return self._first._clock

    def _expect(self, number: int, at: float | None = None) -> None:
        """Let the clock return the times recorded before an exchange."""
        following = number < len(self._exchanges)
        self._clock.expect(self._exchanges[number].clock if following else self._rest, at)

    def send(self, request: Request, service: str = "ec2") -> Exchange:
        """As GuardedClient.send. Raises NotRecorded for a request the recording lacks."""
        first = self._first
        with first._threads:
            passage = self.guard.enter(request)
            queue = first._queues.get(
                (first.rule, SentRequest.of(request, service, self._lane).key)
            )
            if not queue:
                raise NotRecorded
            number = queue.popleft()
            found = first._exchanges[number]
            first._expect(number + 1, found.at)
            match found.result:
                case Stopped(why=why):
                    raise CutShort(why)
                case NotSigned(why=why):
                    self.guard.never_left(passage)
                    raise NoDeniedCredentialsError(why)
                case Received() as received:
                    exchange = received.exchange(request)
            first.account = first.account or found.request.account_in(request)
            if not passage.held:
                self.guard.leave(passage, exchange.outcome, exchange.answer)
            return exchange

    def send_otherwise(self, request: Request, send: Callable[[], Outcome]) -> Outcome:
        return self.send(request, BOTO3).outcome

    def twin(self) -> GuardedClient:
        twin = object.__new__(CassettePlayback)
        twin.guard = self.guard
        self._twins += 1
        twin._lane, twin._first = self._twins, self
        return twin

    def credentials(self) -> Credentials:
        return Credentials("playback", "playback")  # playback sends nothing

    def close(self) -> None:
        pass
