"""AWS's documented rates of requests: a token bucket for each action, kept below.

See the page on request throttling of the EC2 API. CreateImage's bucket is not named there: it is
taken for that of any action that changes something.
"""

from __future__ import annotations

import threading

from conformance.clock import Clock
from conformance.model.request import Request
from conformance.wire.decoding.decode import READ_ONLY

_BELOW = 0.9
"""The part of a bucket that the run uses."""
_READS, _LISTINGS, _CHANGES = (100.0, 20.0), (50.0, 10.0), (50.0, 5.0)
"""The size of a bucket, and the tokens that it gets each second: of actions that change nothing,
of those without ids, filters and pages, and of those that change something."""
_ACTIONS = {
    "RunInstances": (5.0, 2.0),
    "StartInstances": (5.0, 2.0),
    "StopInstances": (5.0, 2.0),
    "TerminateInstances": (100.0, 5.0),
}
_NARROWING = ("MaxResults", "Filter.", "NextToken")


class Rates:
    """The buckets of one process of a run. Thread-safe."""

    def __init__(self, share: float = 1.0) -> None:
        """``share`` is the part of each bucket that belongs to this process."""
        self._share = share * _BELOW
        self._left: dict[tuple[str, tuple[float, float]], tuple[float, float]] = {}
        """By action and bucket: the tokens, and the time at which there were so many."""
        self._threads = threading.Lock()

    def wait(self, request: Request, clock: Clock) -> None:
        """Take a token for a request; sleep until there is one."""
        bucket = size, refill = _bucket(request)
        size, refill = max(size * self._share, 1.0), refill * self._share
        key = request.action or "", bucket
        with self._threads:
            now = clock.now()
            left, since = self._left.get(key, (size, now))
            left = min(left + (now - since) * refill, size) - 1
            self._left[key] = (left, now)
        if left < 0:
            clock.sleep(-left / refill)


def _bucket(request: Request) -> tuple[float, float]:
    action = request.action or ""
    if not action.startswith(READ_ONLY):
        return _ACTIONS.get(action, _CHANGES)
    narrow = any(name.startswith(_NARROWING) or "Id." in name for name, _ in request.params)
    return _READS if narrow else _LISTINGS
