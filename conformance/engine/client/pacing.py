"""The pace of requests: as fast as the endpoint lets us, and no faster.

Additive increase, multiplicative decrease, as botocore's adaptive mode: each throttled answer
lengthens the pause between requests, each other one takes some of it away, so that the rate falls
and recovers. An endpoint that never throttles is never slept on.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

_FIRST, _LONGEST, _LEAST = 0.02, 2.0, 0.002
_FALL, _RECOVERY = 1.5, 0.85
"""Factors. One request in five may be throttled at random before the rate falls for good."""


class Pace:
    """The pause before each request of one process, in seconds."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self.sleep = sleep
        self._lock = threading.Lock()
        self.gap = 0.0

    def wait(self) -> None:
        """Sleep before a request, with jitter, if there is reason to."""
        if self.gap:
            self.sleep(self.gap * (0.5 + random.random()))

    def learn(self, *, throttled: bool) -> None:
        """Take in whether a request was throttled."""
        with self._lock:
            if throttled:
                self.gap = min(max(self.gap * _FALL, _FIRST), _LONGEST)
            else:
                self.gap = self.gap * _RECOVERY if self.gap > _LEAST else 0.0
