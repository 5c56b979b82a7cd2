"""Retries of CreateImage, for targets that throttle, drop connections or crash.

A request that certainly had no effect (throttled, never received) is sent again. A request that
may have created its image is sent again only if the target lists no image of its name. A request
that crashes every time, while the target answers others, is a deviation. It does not end the run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from conformance.engine.client.api import Api, did_nothing
from conformance.engine.client.polling import Patience
from conformance.engine.core.errors import CutShort
from conformance.model.answer import Accepted, Indeterminate, Limited, Outcome, is_server_error
from conformance.model.hindrance import Hindrance, hindrance_of
from conformance.model.request import Request
from conformance.wire.exchange import Exchange

_TRIES = 10
_IN_A_ROW = 3
"""The run stops after this number of successive throttled requests."""
CRASHES = 3
"""A request that crashes so often in a row always does, on a target with no sporadic crash."""
_SPORADIC = 8
"""The same, on a target where another request crashed and then succeeded."""
_IN_VAIN = 3
"""Searches without an image after which a crash is searched for one only once it stopped."""
_LOST = 300.0
"""Seconds that one process may lose to a target that does not respond, in a row."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """An exchange, its image if the response was lost, and the crashes before it."""

    exchange: Exchange
    image_id: str | None = None
    """The image that the request created although its response was lost."""
    crashes: int = 0
    """How often the request crashed in a row."""


def is_crash(outcome: Outcome) -> bool:
    """Whether the target failed to respond, or failed by its own account."""
    return is_server_error(outcome) or isinstance(outcome, Indeterminate)


class LostAnswers(Protocol):
    """Finds the image of a request that got no response, or a server error."""

    in_vain: int
    """Searches in a row, after an answer, that found no image."""

    def adopt(self, request: Request, answered: bool) -> str | None:
        """The id of the image, or None. ``answered``: the target did respond."""

    def put_off(self, request: Request, answered: bool) -> str | None:
        """The same for a request that is not sent again: the search may come later."""


class Retry:
    """Sends the CreateImage requests of one process."""

    def __init__(
        self,
        api: Api,
        patience: Patience,
        lost: LostAnswers,
        is_well: Callable[[], bool],
        again: Callable[[Request, Limited, float], Request | None],
    ) -> None:
        """``lost`` finds the image of a request that got no response, or a server error.
        ``is_well`` says whether the target answers a minimal request. ``again`` waits for a limit
        and gives the request to send then, or None where the wait is over."""
        self._api = api
        self._patience = patience
        self._lost = lost
        self._is_well = is_well
        self._again = again
        self._throttled = 0
        self.enough = CRASHES
        """Crashes in a row after which a request is taken to crash always."""

    @property
    def never_sporadic(self) -> bool:
        """Whether no request crashed first and then got an answer."""
        return self.enough == CRASHES

    def deliver(self, request: Request, most_crashes: int | None = None) -> Delivered:
        """Send a request until it is answered, or has crashed often enough.

        Raises CutShort when the target answers nothing any more.
        """
        crashes, attempt, since = 0, -1, self._patience.clock.now()
        unsearched: Exchange | None = None
        while attempt < _TRIES - 1:
            exchange = self._api.send(request)
            outcome = exchange.outcome
            if isinstance(outcome, Limited):
                if (again := self._again(request, outcome, since)) is None:
                    return Delivered(exchange)
                request = again
                continue
            attempt += 1
            if did_nothing(exchange):
                self._patience.pause(attempt)
                continue
            self._throttled = 0
            if unsearched is not None and not is_crash(outcome):
                # A refusal may be due to an image of a try that crashed.
                accepted = isinstance(outcome, Accepted)
                adopt = self._lost.put_off if accepted else self._lost.adopt
                if image_id := adopt(request, True):
                    return Delivered(unsearched, image_id)
            if not is_crash(outcome):
                if crashes:
                    self.enough = _SPORADIC
                return Delivered(exchange)
            crashes += 1
            is_last, answered = crashes >= (most_crashes or self.enough), is_server_error(outcome)
            adopt = self._lost.put_off if is_last else self._lost.adopt
            if answered and not is_last and self._lost.in_vain >= _IN_VAIN:
                unsearched = exchange
            elif image_id := adopt(request, answered):
                return Delivered(exchange, image_id)
            if is_last:
                return Delivered(exchange, crashes=crashes)
            self._wait_until_well(outcome)
        if crashes:
            return Delivered(exchange)
        self._throttled += 1
        if self._throttled >= _IN_A_ROW:
            why = f"the endpoint has stopped answering CreateImage ({_how(outcome)})"
            raise CutShort(why, hindrance_of(outcome) or Hindrance.NO_ANSWER)
        return Delivered(exchange)

    def _wait_until_well(self, outcome: Outcome) -> None:
        """Wait until the target answers a minimal request. Raises CutShort if it does not."""
        began = self._patience.clock.now()
        for attempt in range(_TRIES):
            if self._is_well():
                return
            if self._patience.clock.now() - began > _LOST:
                break
            self._patience.pause(attempt)
        why = f"the endpoint has stopped answering CreateImage ({_how(outcome)})"
        raise CutShort(why, hindrance_of(outcome) or Hindrance.NO_ANSWER)


def _how(outcome: Outcome) -> str:
    match outcome:
        case Indeterminate(why):
            return why
        case _ if is_server_error(outcome):
            return f"server error, status {getattr(outcome, 'status', '')}"
    return "it throttles each request"
