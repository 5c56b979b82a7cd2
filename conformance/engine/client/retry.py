"""Retries of CreateImage, for targets that throttle, drop connections or crash.

A request that certainly had no effect (throttled, never received) is sent again. A request that
may have created its image is sent again only if the target lists no image of its name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.engine.client.api import Api, did_nothing
from conformance.engine.client.polling import Patience
from conformance.engine.core.errors import CutShort
from conformance.model.answer import Indeterminate, is_server_error
from conformance.model.request import Request
from conformance.wire.exchange import Exchange

_TRIES = 10
_IN_A_ROW = 3
"""The run stops after so many successive requests that get no answer but throttling."""
_LOST = 300.0
"""Seconds that one process may lose to requests without a response, in all."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """An exchange, and the image that the request created although its response was lost."""

    exchange: Exchange
    image_id: str | None = None


class Retry:
    """Sends the CreateImage requests of one process."""

    def __init__(
        self, api: Api, patience: Patience, adopt: Callable[[Request, bool], str | None]
    ) -> None:
        """``adopt`` looks for the image of a request that got no response, or a server error."""
        self._api = api
        self._patience = patience
        self._adopt = adopt
        self._failed = 0
        self._lost = 0.0

    def deliver(self, request: Request) -> Delivered:
        """Send a request until it is answered. Raises CutShort when the endpoint has stopped."""
        crashes = drops = 0
        for attempt in range(_TRIES):
            began = self._patience.clock()
            exchange = self._api.send(request)
            outcome = exchange.outcome
            if did_nothing(exchange):
                self._patience.pause(attempt)
                continue
            crashed, dropped = is_server_error(outcome), isinstance(outcome, Indeterminate)
            if not crashed and not dropped:
                self._failed = 0
                return Delivered(exchange)
            if dropped:
                self._lost += self._patience.clock() - began
            if image_id := self._adopt(request, crashed):
                return Delivered(exchange, image_id)
            crashes, drops = crashes + crashed, drops + dropped
            if crashes > 1 or drops > 2 or self._lost > _LOST:
                break
        return self._unanswered(exchange)

    def _unanswered(self, exchange: Exchange) -> Delivered:
        outcome = exchange.outcome
        if is_server_error(outcome) and not did_nothing(exchange):
            self._failed = 0
            return Delivered(exchange)
        self._failed += 1
        if self._failed >= _IN_A_ROW or self._lost > _LOST:
            how = outcome.why if isinstance(outcome, Indeterminate) else "it is throttled"
            raise CutShort(f"the endpoint has stopped answering CreateImage ({how})")
        return Delivered(exchange)
