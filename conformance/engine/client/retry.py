"""How a CreateImage request gets its answer on a network that throttles, drops and breaks down.

What certainly did nothing is sent again: throttled, or never arrived. What may have made its image
is sent again only after a look by name shows none, for as long as the target takes to show things.
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
"""Requests that all stay without an answer, or throttled: then the endpoint is given up."""
_LOST = 300.0
"""Seconds that requests without an answer may cost one process in all."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """An exchange, and the image that was made though its answer was lost."""

    exchange: Exchange
    image_id: str | None = None


class Retry:
    """Sends one process's CreateImage requests."""

    def __init__(
        self, caller: Api, patience: Patience, adopt: Callable[[Request, bool], str | None]
    ) -> None:
        """``adopt`` looks for the image of a request that had no answer, or a crash for one."""
        self._caller = caller
        self._patience = patience
        self._adopt = adopt
        self._failed = 0
        self._lost = 0.0

    def deliver(self, request: Request) -> Delivered:
        """The answer to a request. Raises CutShort where the endpoint has stopped to answer."""
        crashes = drops = 0
        for attempt in range(_TRIES):
            began = self._patience.clock()
            exchange = self._caller.send(request)
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
            raise CutShort(f"the endpoint has stopped to answer CreateImage ({how})")
        return Delivered(exchange)
