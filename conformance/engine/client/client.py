"""The client that a run sends with: each request passes the guard and keeps the pace."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from conformance.clock import Clock
from conformance.engine.client.guard import Guard
from conformance.model.answer import Malformed, Outcome
from conformance.model.request import Request
from conformance.wire.client import Client
from conformance.wire.exchange import Exchange
from conformance.wire.signing.credentials import Credentials, CredentialsError
from conformance.wire.transport import Dial


class GuardedClient:
    """A wire client behind a guard."""

    rule = ""
    """The rule whose property sends at the moment."""

    def __init__(self, client: Client, guard: Guard) -> None:
        self._client = client
        self.guard = guard

    def begin(self, rule: str) -> None:
        """Note the rule whose property sends from now on. Only recording needs it."""

    @contextlib.contextmanager
    def apart(self, label: str) -> Iterator[None]:
        """What is sent within belongs to no property. Only recording needs it."""
        yield

    @property
    def clock(self) -> Clock:
        """The clock of whatever works with this client."""
        return self._client.clock

    @property
    def dial(self) -> Dial | None:
        """Connects to an endpoint in this process; None: the network."""
        return self._client.dial

    def send(self, request: Request, service: str = "ec2") -> Exchange:
        """Send a request once.

        A request that the guard holds is not sent; its outcome is Malformed, with the reason.
        Raises CutShort, NoDeniedCredentialsError and CredentialsError.
        """
        passage = self.guard.enter(request)
        if passage.held:
            return Exchange(request, Malformed(passage.held))
        if (rates := self.guard.rates) is not None:
            rates.wait(request, self.clock)
        if (pace := self.guard.pace).gap:
            pace.wait(self.clock)
        try:
            exchange = self._client.send(request, service)
        except CredentialsError:
            self.guard.never_left(passage)
            raise
        self.guard.leave(passage, exchange.outcome, exchange.answer)
        return exchange

    def send_otherwise(self, request: Request, send: Callable[[], Outcome]) -> Outcome:
        """Let another client (boto3) send a request; the guard sees it all the same."""
        passage = self.guard.enter(request)
        outcome = send()
        self.guard.leave(passage, outcome)
        return outcome

    def twin(self) -> GuardedClient:
        """A client with the same settings and guard, and a connection of its own."""
        return GuardedClient(self._client.twin(), self.guard)

    def credentials(self) -> Credentials:
        """The current credentials, for another client of the same endpoint."""
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
