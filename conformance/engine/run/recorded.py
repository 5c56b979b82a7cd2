"""A recorded run that is judged again: the recording gives the responses, nothing is sent."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Sequence

from conformance.engine.client.cassette import Cassette
from conformance.engine.core.record import Cost
from conformance.engine.run.cassette_worker import CassetteWorker
from conformance.engine.run.config import RunConfig
from conformance.engine.run.events import Handler
from conformance.engine.run.plan import Plan
from conformance.engine.run.worker import Worker


class RecordedRun:
    """A recording in place of a target. It has the interface of :class:`.live.LiveRun`."""

    def __init__(self, config: RunConfig, recording: Cassette) -> None:
        """``config`` has the results folder; the recording has the rules and the effort."""
        header = recording.header
        self._recording = recording
        self._folder = tempfile.TemporaryDirectory(prefix="amiproof-judge-")
        recorded = dataclasses.replace(
            config,
            target=header.target.name,
            effort=header.effort,
            seed=header.seed,
            judge=header.judge,
            shard=header.shard,
            select=header.select,
        )
        self.plan = Plan(header.target.target(), header.run, self._folder.name, recorded)
        self.order: dict[str, int] | None = recording.order()
        """The place of each recorded rule in the order in which the run finished them."""
        self.complete = recording.complete
        self.cost = Cost(requests=1, create_image_requests=1)  # the preflight

    def handlers(self) -> Sequence[Handler]:
        """None: a recording is only read."""
        return ()

    def planned(self, collected: list[str]) -> list[str]:
        """The rules that the recorded run planned, also those that it did not reach."""
        return self._recording.planned

    def worker(self) -> Worker:
        """The one worker that judges a recording."""
        return CassetteWorker(self.plan, self._recording)

    def clean_up(self) -> list[str]:
        """The resources that the recorded run could not remove."""
        return self._recording.left

    def notes(self) -> list[str]:
        """None."""
        return []

    def stop(self) -> None:
        """Remove the temporary ledgers."""
        self._folder.cleanup()
