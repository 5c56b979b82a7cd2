"""The run's own calls, which no rule judges: launching, describing, cleaning up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Protocol

import tenacity

from conformance.clock import SYSTEM, Clock
from conformance.engine.core.errors import CutShort
from conformance.model.answer import (
    Accepted,
    Element,
    Indeterminate,
    Limited,
    Malformed,
    Outcome,
    Rejected,
    Throttled,
    is_client_error,
    is_server_error,
)
from conformance.model.codes import QUOTAS, bare
from conformance.model.hindrance import Hindrance, hindrance_of
from conformance.model.request import Request, action
from conformance.wire.decoding.body import OVERFLOW
from conformance.wire.decoding.describe import next_token
from conformance.wire.exchange import Exchange

_NO_SUCH_CALL = frozenset(
    {
        "InvalidAction",
        "UnsupportedOperation",
        "UnauthorizedOperation",
        "AuthFailure",
        "OptInRequired",
    }
)
"""Client errors that speak of the call, not of the resources that it asks for."""
_READS = ("Describe", "Get")
"""How the names of actions begin that change nothing."""
_OF_OTHERS = (
    "CreateTags",
    "DeleteSnapshot",
    "DeregisterImage",
    "DisableImage",
    "RunInstances",
)
"""Actions that change resources and no instance that exists."""
_MOST_PAGES = 1000
_REPEATED = 5
"""Pages in a row without news that end a list."""
_CHANGING = ("requestId", "nextToken")
"""Elements that differ between two answers with the same items."""
PAGE = 500
"""Items of a page where the run asks for pages."""
_LONG = 20.0
"""Seconds after which a failing call is not retried."""
_MOST = 10.0
"""Seconds between two tries at most."""
_TRIES = 8
_MANY, _LIMIT = 40, 60.0
"""Tries of a call that meets a limit, and the seconds after which it is not retried."""
_FEW = 4
"""Tries of a call whose action kept failing for another request."""
_OPTIONAL = 2
"""Tries of a call that a target may not support."""
WITH_SNAPSHOTS = ("DeleteAssociatedSnapshots", "true")
"""The parameter that makes DeregisterImage delete the image's snapshots too."""
Params = Iterable[tuple[str, str]]


class Refused(Exception):
    """A call of the run's own did not succeed."""

    def __init__(self, action: str, outcome: Outcome) -> None:
        self.action = action
        self.outcome = outcome
        super().__init__(f"{action}: {describe(outcome)}")

    @property
    def code(self) -> str:
        """The error code, or "" if there was none."""
        return self.outcome.code if isinstance(self.outcome, Rejected | Limited) else ""

    @property
    def what(self) -> str:
        """The answer, in a few words."""
        return describe(self.outcome)

    @property
    def denies(self) -> bool:
        """Whether the answer is an error about the resources: the endpoint does not show them.

        A server error, an unreadable answer, no answer and an unknown action say nothing of them.
        """
        return is_client_error(self.outcome) and self.code not in _NO_SUCH_CALL

    @property
    def overflows(self) -> bool:
        """Whether the answer was too large to be read."""
        return isinstance(self.outcome, Malformed) and self.outcome.why.startswith(OVERFLOW)

    @property
    def is_answer(self) -> bool:
        """Whether the endpoint answered the call, be it with a crash."""
        return not isinstance(self.outcome, Throttled | Limited | Indeterminate)

    @property
    def hindrance(self) -> Hindrance | None:
        """Why another run may get another answer, or None if that is not so."""
        return hindrance_of(self.outcome)


def describe(outcome: Outcome) -> str:
    """An outcome in a few words, for messages."""
    match outcome:
        case Accepted():
            return "a success"
        case Rejected(code, status, message):
            return f"{code} ({status}) {message}".strip()
        case Throttled(code):
            return f"throttled ({code})"
        case Limited(code):
            return f"a limit is met ({code})"
        case Indeterminate(why):
            return why
    return outcome.why


def numbered(prefix: str, values: Iterable[str]) -> Iterator[tuple[str, str]]:
    """A list parameter: ``ImageId`` and two ids give ``ImageId.1`` and ``ImageId.2``."""
    for index, value in enumerate(values, 1):
        yield f"{prefix}.{index}", value


def filters(wanted: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, str]]:
    """The Filter parameters of a Describe action: name to values."""
    for index, (name, values) in enumerate(wanted.items(), 1):
        yield f"Filter.{index}.Name", name
        yield from numbered(f"Filter.{index}.Value", values)


def did_nothing(exchange: Exchange) -> bool:
    """Whether a request certainly had no effect and a retry may succeed."""
    outcome = exchange.outcome
    busy = isinstance(outcome, Rejected | Malformed) and outcome.status == 503
    return isinstance(outcome, Throttled | Limited) or busy or exchange.unreachable


def _is_passing(exchange: Exchange) -> bool:
    """Whether a retry may succeed. The request may have had its effect."""
    outcome = exchange.outcome
    if isinstance(outcome, Rejected) and bare(outcome.code) in QUOTAS:
        return False
    return isinstance(outcome, Throttled | Limited | Indeterminate) or is_server_error(outcome)


class Sender(Protocol):
    """Sends requests: a client."""

    def send(self, request: Request, service: str = "ec2") -> Exchange:
        """Send a request once."""


class Api:
    """Sends the run's own calls, counts them, and retries those that may be repeated."""

    def __init__(self, client: Sender, clock: Clock = SYSTEM) -> None:
        self.client, self.clock = client, clock
        self.requests = 0
        self._acts = Counter[str]()
        """Of the requests, those that may change instances: by the one they name, or by none."""
        self.is_large = False
        """Whether the account has so much that each list is asked for by pages."""
        self._hopeless: set[str] = set()
        """Actions whose retries all failed. They get one try from then on."""
        self._failed: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
        """Requests whose retries all failed, with their parameters. They too get one try."""
        self._weak: set[str] = set()
        """Actions that failed for a request so far. Other requests get few tries."""

    def send(self, request: Request, service: str = "ec2") -> Exchange:
        """Send a request once."""
        exchange = self.client.send(request, service)
        self.requests += 1
        if not (request.action or "").startswith(_READS) and request.action not in _OF_OTHERS:
            named = {v for n, v in request.params if n.partition(".")[0] == "InstanceId"}
            self._acts.update(named or {""})
        return exchange

    def acts(self, instance_id: str) -> int:
        """How many requests so far may have changed an instance: those that name no other."""
        return self._acts[instance_id] + self._acts[""]

    def count_acts(self, number: int = 1) -> None:
        """Count requests that another client sends and that may change something."""
        self.requests += number
        self._acts[""] += number

    def call(
        self, name: str, params: Params = (), *, once: bool = False, optional: bool = False
    ) -> Element:
        """Call an action; returns the body of its success.

        The call is retried after throttling, a server error or no response. With ``once``, for an
        action that creates a resource without a client token, it is retried only if it certainly
        had no effect. An ``optional`` call asks for what a target may not support: a server error
        gets few tries. Raises Refused without a success, CutShort when the endpoint no longer
        answers anything.
        """
        request = action(name, params)
        again = did_nothing if once else _is_passing
        key = name, tuple(request.params)
        began = self.clock.now()
        exchange = self.send(request)
        failed = again(exchange)
        if failed and name not in self._hopeless and key not in self._failed:
            tries = _FEW if name in self._weak else _TRIES
            if optional and is_server_error(exchange.outcome):
                tries = _OPTIONAL
            if isinstance(exchange.outcome, Limited):
                tries, began = _MANY, began + _LIMIT - _LONG
            attempts = chain([exchange], iter(partial(self.send, request), None))
            exchange = self._patiently(again, tries, began)(next, attempts)
            failed = again(exchange)
        outcome = exchange.outcome
        if failed:
            self._hopeless.add(name)
            self._weak.add(name)
            self._failed.add(key)
            if isinstance(outcome, Indeterminate) and not self.is_alive():
                raise CutShort(f"the endpoint has stopped answering ({outcome.why})")
        else:
            self._hopeless.discard(name)
            self._failed.discard(key)
        if isinstance(outcome, Accepted) and exchange.answer and exchange.answer.root:
            return exchange.answer.root
        raise Refused(name, outcome)

    def answered(self, request: Request) -> Exchange:
        """Send a request, and again while it certainly had no effect and a retry may succeed."""
        began = self.clock.now()
        retrying = self._patiently(did_nothing, _TRIES, began)
        exchange: Exchange = retrying(self.send, request)
        return exchange

    def pages(
        self, name: str, params: Params = (), *, paged: bool | None = None
    ) -> Iterator[Element]:
        """The pages of a Describe action, as long as the endpoint gives new tokens.

        ``paged`` asks for pages of limited size; by default as the account is known to be large.
        A list that is too large for one body is asked for by pages in any case. Raises as
        :meth:`call`.
        """
        asked, tokens, token = list(params), {""}, ""
        seen, repeated = set[int](), 0
        size = [("MaxResults", str(PAGE))]
        if paged if paged is not None else self.is_large:
            asked += size
        for _ in range(_MOST_PAGES):
            try:
                root = self.call(name, [*asked, *([("NextToken", token)] if token else [])])
            except Refused as refused:
                if not token and asked[-1:] == size and refused.denies:
                    asked = asked[:-1]  # the endpoint takes no MaxResults
                elif not token and refused.overflows:
                    asked, self.is_large = [*asked, *size], True
                else:
                    raise
                root = self.call(name, asked)
            yield root
            token = next_token(root) or ""
            if token in tokens:
                return
            tokens.add(token)
            page = hash(tuple(e.text for e in root.walk() if e.name not in _CHANGING))
            repeated = repeated + 1 if page in seen else 0
            if repeated == _REPEATED:
                return
            seen.add(page)

    def is_alive(self) -> bool:
        """Whether the endpoint answers at all, be it with an error."""
        probe = action("DescribeAvailabilityZones")
        return not isinstance(self.send(probe).outcome, Indeterminate)

    def _patiently(
        self, again: Callable[[Exchange], bool], tries: int, began: float
    ) -> tenacity.Retrying:
        return tenacity.Retrying(
            stop=lambda state: state.attempt_number >= tries or self.clock.now() - began >= _LONG,
            wait=self._wait,
            retry=tenacity.retry_if_result(again),
            sleep=self.clock.sleep,
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )

    def _wait(self, state: tenacity.RetryCallState) -> float:
        # tenacity's own random wait takes its numbers from the process, not from the clock.
        return self.clock.random.uniform(0.0, min(0.2 * 2 ** (state.attempt_number - 1), _MOST))
