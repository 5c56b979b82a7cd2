"""The environment of a run: its clock, and the way to its endpoint."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance.clock import SYSTEM, Clock, VirtualClock
from conformance.wire.transport import Dial
from fixtures import reference
from fixtures.reference.in_process import InProcess


@dataclass(frozen=True, slots=True)
class Environment:
    """The clock of a run. ``dial`` connects to an endpoint in this process; None: the network.

    ``home`` holds the ledgers of runs against an endpoint in this process, which by default are
    gone with it.
    """

    clock: Clock = SYSTEM
    dial: Dial | None = None
    home: Path | None = None


OUTSIDE = Environment()
"""The system's clock and the network."""
ADDRESS = "http://in-process.localhost"
"""The address of a reference endpoint in this process."""


@contextlib.contextmanager
def rehearsal(seed: int) -> Iterator[tuple[reference.Endpoint, Environment]]:
    """A reference endpoint in this process and the environment to test it in, in virtual time.

    Everything random depends on the seed.
    """
    clock = VirtualClock(seed)
    endpoint = reference.Endpoint(clock=reference.Clock(clock.time), ids=reference.Ids(seed))
    with InProcess(endpoint, clock) as server:
        yield endpoint, Environment(clock, server.dial)
