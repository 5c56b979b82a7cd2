"""The client that a run sends with: each request passes the guard and keeps the pace."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from conformance.clock import Clock
from conformance.engine.client.guard import Guard
from conformance.engine.core.errors import CutShort
from conformance.model.answer import Malformed, Outcome, Rejected, Throttled
from conformance.model.codes import CREDENTIALS, bare
from conformance.model.hindrance import Hindrance
from conformance.model.request import Request, Signing
from conformance.wire.client import Client
from conformance.wire.exchange import Exchange
from conformance.wire.signing.credentials import (
    Credentials,
    CredentialsError,
    NoDeniedCredentialsError,
)
from conformance.wire.transport import Dial

_EXPIRED = (
    "The session of the credentials has expired: renew it (for single sign-on: aws sso login)."
)
_OWN = (Signing.VALID, Signing.DENIED, Signing.NO_TAGS)
"""Signatures that a target must take, so that an expired session is no verdict."""


def has_expired(exchange: Exchange) -> bool:
    """Whether the target refused a request since the session of its credentials is over."""
    outcome = exchange.outcome
    expired = isinstance(outcome, Rejected) and bare(outcome.code) in CREDENTIALS
    return expired and exchange.request.signing in _OWN


class GuardedClient:
    """A wire client behind a guard."""

    rule = ""
    """The rule whose property sends at the moment."""
    is_recorded = False
    """Whether its exchanges are recorded, or come of a recording."""

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
        Expired credentials are renewed. Raises CutShort, also where there are none to be had, and
        NoDeniedCredentialsError.
        """
        exchange = self._send(request, service)
        if not has_expired(exchange):
            return exchange
        self._renew()
        exchange = self._send(request, service)
        if has_expired(exchange):
            raise CutShort(_EXPIRED, Hindrance.CREDENTIALS)
        return exchange

    def _renew(self) -> None:
        """Search for credentials again. Raises CutShort where there are no others."""
        try:
            found = self._client.renew()
        except CredentialsError as why:
            raise CutShort(f"{_EXPIRED} {why}", Hindrance.CREDENTIALS) from None
        if not found:
            raise CutShort(_EXPIRED, Hindrance.CREDENTIALS)

    def _send(self, request: Request, service: str) -> Exchange:
        passage = self.guard.enter(request)
        if passage.held:
            return Exchange(request, Malformed(passage.held))
        if (rates := self.guard.rates) is not None:
            rates.wait(request, self.clock)
        if (pace := self.guard.pace).gap:
            pace.wait(self.clock)
        try:
            exchange = self._client.send(request, service)
        except NoDeniedCredentialsError:
            self.guard.never_left(passage)
            raise
        except CredentialsError as why:
            self.guard.never_left(passage)
            raise CutShort(str(why), Hindrance.CREDENTIALS) from None
        self.guard.leave(passage, exchange.outcome, exchange.answer)
        return exchange

    def send_otherwise(self, request: Request, send: Callable[[], Outcome]) -> Outcome:
        """Let another client (boto3) send a request; the guard sees it all the same."""
        passage = self.guard.enter(request)
        outcome = send()
        self.guard.leave(passage, outcome)
        if has_expired(Exchange(request, outcome)):
            self._renew()
            return Throttled("ExpiredToken", 400)  # to be sent again
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
