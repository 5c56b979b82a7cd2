"""The events of a run, typed. A handler takes each event as it happens.

The controller emits them in its own process, in the order of this module: RunPlanned once; a
PropertyStarted for each property, and a PropertyFinished or RoundFinished for its record; then
CleanupStarted, CleanupFinished and RunFinished.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from conformance.engine.core.record import Record, RuleDeviation
from reports.results import Results


class RunPlanned(msgspec.Struct, frozen=True):
    """pytest has collected the properties: these rules will be exercised."""

    rules: tuple[str, ...]


class PropertyStarted(msgspec.Struct, frozen=True):
    """A process of the run begins with a rule's property."""

    rule: str


class PropertyFinished(msgspec.Struct, frozen=True):
    """A rule's property has run for the first time."""

    record: Record


class RoundFinished(msgspec.Struct, frozen=True):
    """A rule's property has run again with newly generated requests (``--for``)."""

    record: Record
    """Of this round alone."""
    new: tuple[RuleDeviation, ...]
    """Deviations that no earlier round found."""


class CleanupStarted(msgspec.Struct, frozen=True):
    """Every property has ended; the run removes its resources."""


class CleanupFinished(msgspec.Struct, frozen=True):
    """The run has removed its resources."""

    left: tuple[str, ...]
    """The resources that it could not remove."""
    complete: bool
    """Whether every planned property ran to its end."""


class RunFinished(msgspec.Struct, frozen=True):
    """The run is over and judged."""

    results: Results


Event = (
    RunPlanned
    | PropertyStarted
    | PropertyFinished
    | RoundFinished
    | CleanupStarted
    | CleanupFinished
    | RunFinished
)
Handler = Callable[[Event], None]
