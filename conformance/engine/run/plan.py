"""The plan of a run: its configuration and the decisions of its start, sent to every process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from conformance.clock import SYSTEM, Clock
from conformance.engine.client.budget import Budget, Limits
from conformance.engine.client.rates import Rates
from conformance.engine.core.duration import read_duration
from conformance.engine.core.effort import EffortName
from conformance.engine.core.target import Target
from conformance.engine.run.config import RunConfig


class Plan(msgspec.Struct, frozen=True):
    """A run that has been started."""

    target: Target
    run_id: str
    folder: str
    """Holds the ledger and what the processes of the run share."""
    config: RunConfig = RunConfig()
    limits: Limits = Limits()
    """The budget: of the options, the configured target and the confirmed plan together."""
    started: float = 0.0
    """Seconds since 1970."""

    @property
    def effort(self) -> EffortName:
        """The effort of the run: that of the options, or the target's default."""
        return self.config.effort or self.target.default_effort

    @property
    def duration(self) -> float:
        """Seconds for which the run generates requests."""
        return read_duration(self.config.duration)

    def rates(self) -> Rates | None:
        """The rates that each process keeps to, or None where the documents name none."""
        return Rates(1 / max(self.config.workers, 1)) if self.target.limits else None

    def budget(self, clock: Clock = SYSTEM) -> Budget:
        """Counts what the run uses, and ends the run where a limit is reached."""
        return Budget(self.limits, Path(self.folder), self.started, clock)

    def to_json(self) -> Any:
        """The plan as plain data, which pytest-xdist carries to a worker."""
        return msgspec.to_builtins(self, enc_hook=str)

    @staticmethod
    def from_json(data: Any) -> Plan:
        """The plan that :meth:`to_json` made."""
        return msgspec.convert(data, Plan, dec_hook=lambda kind, value: kind(value))
