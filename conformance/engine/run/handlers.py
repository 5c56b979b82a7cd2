"""The handlers of events that write files: the results and the end of a recording."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from conformance.clock import Clock
from conformance.engine.client import cassette
from conformance.engine.client.cassette import Lines
from conformance.engine.client.cassette_lines import Planned
from conformance.engine.run.events import (
    CleanupFinished,
    Event,
    RoundFinished,
    RunFinished,
    RunPlanned,
)
from conformance.engine.run.sharding import are_many
from reports import documents
from reports.results import Results, save

_INTERVAL = 10.0
"""Seconds between two writings of the results so far."""


class ResultsWriter:
    """Writes results.json and the reports at the end of a run.

    A run with ``--for`` may last hours and end badly: after a round, the writer saves the results
    so far.
    """

    def __init__(self, out: Path, so_far: Callable[[], Results], clock: Clock) -> None:
        self._out, self._so_far, self._clock = out, so_far, clock
        self._saved = 0.0

    def __call__(self, event: Event) -> None:
        match event:
            case RoundFinished() if self._clock.now() >= self._saved + _INTERVAL:
                save(self._so_far(), self._out / "results.json")
                self._saved = self._clock.now()
            case RunFinished(results):
                save(results, self._out / "results.json")
                documents.write(results, self._out)
            case _:
                pass


class RecordingWriter:
    """Writes the plan and the footer of a recording."""

    def __init__(self, path: Path, lines: Lines) -> None:
        self._path, self._lines = path, lines

    def __call__(self, event: Event) -> None:
        match event:
            case RunPlanned(rules):
                self._lines.add(Planned(list(rules), are_many(rules)))
            case CleanupFinished(left, complete):
                cassette.finish(self._path, self._lines, complete=complete, left=list(left))
            case _:
                pass
