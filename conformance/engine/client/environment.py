"""The environment of a run: its clock, and the way to its endpoint."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.clock import SYSTEM, Clock
from conformance.wire.transport import Dial


@dataclass(frozen=True, slots=True)
class Environment:
    """The clock of a run. ``dial`` connects to an endpoint in this process; None: the network."""

    clock: Clock = SYSTEM
    dial: Dial | None = None


OUTSIDE = Environment()
"""The system's clock and the network."""
