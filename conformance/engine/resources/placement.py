"""Placement: which source instance a request names, and when it may be sent.

A target may limit how often, and how many at once, the volumes of an instance are snapshotted. The
run keeps to such a limit: it plans images over several source instances, waits, and sends again
what was refused. Where the documents set the time, the run knows it; elsewhere it learns it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from conformance.engine.client.polling import Patience
from conformance.engine.resources.sources import SourceInstances
from conformance.model.answer import Limited
from conformance.model.request import Request

RATE = "SnapshotCreationPerVolumeRateExceeded"
DOCUMENTED = 15.0
"""Seconds between two snapshots of a volume on AWS."""
_FIRST, _LONGEST = 0.1, 15.0
"""Seconds of the first wait for a limit that no document sets a time for, and of the longest."""
_OF_AWS = 5.0
"""The first wait for pending snapshots of AWS, which take a minute or so."""
_LEAST = 30.0
"""Seconds that the run waits for one request in any case."""
_IMAGES = 10
"""Images that a further source instance is to save the wait of, before it pays."""
_NOW = 0.001
"""Seconds of a wait that is none."""
_CLOSE = 1.15
"""How near the learned bounds of an interval are before the run stops to narrow them."""


class Placement:
    """Chooses the source instances of one process's requests and keeps to their limits."""

    def __init__(self, sources: SourceInstances, patience: Patience, interval: float) -> None:
        """``interval`` is that between two images of an instance, where it is known."""
        self._sources = sources
        self._patience = patience
        self._clock = patience.clock
        self.interval = interval
        self._refused = 0.0
        """The longest time between two images of an instance that was too short."""
        self._enough = 0.0
        """The shortest that was long enough, or 0."""
        self._latest: dict[str, float] = {}
        """By instance: when its latest image was created."""
        self._busy: dict[str, float] = {}
        """By instance: until when it has as many pending snapshots as it may have."""
        self._first = _OF_AWS if interval else _FIRST
        self._back_off = self._first
        self._gave_up = False
        """Whether the target met every try of a request with a limit."""
        self._pinned = ""
        """The instance that the requests have to name, or empty."""

    @contextlib.contextmanager
    def pinned(self, instance_id: str) -> Iterator[None]:
        """While the block runs, requests of the running instance name this one like it."""
        before, self._pinned = self._pinned, instance_id
        try:
            yield
        finally:
            self._pinned = before

    def freest(self, instance_id: str) -> str:
        """The instance that is free first, of this one and those that are like it."""
        if not self._sources.is_source(instance_id):
            return instance_id
        return min([instance_id, *self._sources.further], key=self._free_at)

    def busy_for(self, instance_id: str) -> float:
        """Seconds until a further image of an instance may be created."""
        return max(self._free_at(instance_id) - self._clock.now(), 0.0)

    @property
    def active(self) -> bool:
        """Whether a limit of the target is known."""
        return bool(self.interval or self._busy)

    def place(self, request: Request) -> Request:
        """A request that may be sent now, of the instance that is free first; waits for it."""
        while self.active and (candidates := self._candidates(request)):
            chosen = min(candidates, key=self._free_at)
            ahead = self._free_at(chosen) - self._clock.now()
            if ahead < _NOW or self._gave_up:
                return of_instance(request, chosen)
            if not (self._may_move(request) and self._sources.finish_one()):
                self._patience.doze(ahead)
        return request

    def apart(self, requests: list[Request]) -> list[Request]:
        """Requests that are sent at once, each of an instance of its own as far as there are."""
        if not self._sources.further:
            return requests
        placed: list[Request] = []
        for request in requests:
            candidates = self._candidates(request)
            free = [id for id in candidates if id not in {r.instance_id for r in placed}]
            if free:
                chosen = min(free, key=self._free_at)
                self._clock.sleep(max(self._free_at(chosen) - self._clock.now(), 0.0))
                request = of_instance(request, chosen)
            placed.append(request)
        return placed

    def used(self, instance_id: str | None) -> None:
        """Note that an image of an instance, or a snapshot of one of its volumes, was created."""
        if instance_id is None:
            return
        now = self._clock.now()
        before = self._latest.get(instance_id)
        if self._refused and before is not None and now - before > self._refused:
            self._enough = min(now - before, self._enough or now - before)
            self._narrow()
        self._latest[instance_id] = now
        self._back_off, self._gave_up = self._first, False

    def failed(self, request: Request) -> None:
        """Note that the image of an accepted request failed: it may have met a limit."""
        self._learn(max(self.interval, _FIRST))
        self._sources.launch_further()

    def again(self, request: Request, outcome: Limited, since: float) -> Request | None:
        """A refused request, to be sent again now; None where it was waited for long enough.

        ``since`` is the clock's time of its first try.
        """
        now = self._clock.now()
        if self._gave_up or now - since > max(self._patience.window, _LEAST):
            self._gave_up = True
            return None
        instance_id = request.instance_id or ""
        if outcome.code == RATE:
            self._learn(now - self._latest.setdefault(instance_id, now))
        else:
            self._busy[instance_id] = now + self._back_off
            self._back_off = min(self._back_off * 2, _LONGEST)
        launch = self._patience.usual("running instance")
        if outcome.code != RATE or self.interval * _IMAGES > launch:
            self._sources.launch_further()
        return self.place(request)

    def _learn(self, gap: float) -> None:
        """Take in that this time between two images of an instance was too short."""
        self._refused = max(self._refused, gap, _FIRST / 2)
        if self._enough <= self._refused:
            self._enough = 0.0
        self._narrow()

    def _narrow(self) -> None:
        """The next interval to try: longer than what was refused, and no longer than enough."""
        if not self._enough:
            self.interval = max(min(2 * self._refused, _LONGEST), 1.1 * self._refused)
        elif self._enough > self._refused * _CLOSE:
            self.interval = (self._refused + self._enough) / 2
        else:
            self.interval = self._enough

    def _candidates(self, request: Request) -> list[str]:
        """The instances that a request may name: its own, and those that are like it."""
        own = request.instance_id
        if own is None or own not in self._sources.own:
            return []
        if not self._sources.is_source(own):
            return [own]
        if self._pinned:
            return [self._pinned]
        return [own, *(id for id in self._sources.further if id != own)]

    def _may_move(self, request: Request) -> bool:
        """Whether a request may name another source instance than its own."""
        return not self._pinned and self._sources.is_source(request.instance_id or "")

    def _free_at(self, instance_id: str) -> float:
        latest = self._latest.get(instance_id)
        free = latest + self.interval if latest is not None else 0.0
        return max(free, self._busy.get(instance_id, 0.0))


def of_instance(request: Request, instance_id: str) -> Request:
    """The same request for an image of another instance."""
    if request.instance_id == instance_id:
        return request
    params = tuple((n, instance_id if n == "InstanceId" else v) for n, v in request.params)
    return replace(request, params=params)
