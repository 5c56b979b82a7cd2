"""The pause between requests, as long as the target's throttling requires.

Each throttled response lengthens the pause, each other response shortens it. The run never pauses
for a target that never throttles.
"""

from __future__ import annotations

import threading

from conformance.clock import Clock

_FIRST, _LONGEST, _LEAST = 0.02, 2.0, 0.002
_FALL, _RECOVERY = 1.5, 0.85
"""Factors. The rate falls for good only if more than one request in five is throttled."""


class Pace:
    """The pause before each request of one process. ``gap`` is in seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.gap = 0.0

    def wait(self, clock: Clock) -> None:
        """Sleep before a request, with jitter. Does nothing while the pause is 0."""
        if self.gap:
            clock.sleep(self.gap * (0.5 + clock.random.random()))

    def learn(self, *, throttled: bool) -> None:
        """Adapt the pause to the outcome of a request."""
        with self._lock:
            if throttled:
                self.gap = min(max(self.gap * _FALL, _FIRST), _LONGEST)
            else:
                self.gap = self.gap * _RECOVERY if self.gap > _LEAST else 0.0
