"""Options that several commands have, each with its type and the help of the run's configuration.

A run's own options are the fields of :class:`~conformance.engine.run.config.RunConfig`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from conformance.engine.core.effort import EffortName
from conformance.engine.run.config import FailOn, RunConfig, TargetOptions, flag, help_of


def _as(name: str) -> Parameter:
    return Parameter(help=help_of(name))


Run = Annotated[RunConfig, Parameter(name="*", name_transform=flag)]
"""Every option of a run, one for each field."""
Options = Annotated[TargetOptions, Parameter(name="*", name_transform=flag)]
"""The options about one target."""
OfFirst = Annotated[TargetOptions | None, Parameter(name="--first", name_transform=flag)]
OfSecond = Annotated[TargetOptions | None, Parameter(name="--second", name_transform=flag)]
"""The options about one side of a comparison: ``--first.region``."""
NO_OPTIONS = TargetOptions()
Target = Annotated[str | None, _as("target")]
Effort = Annotated[EffortName | None, _as("effort")]
Seed = Annotated[int, _as("seed")]
Shard = Annotated[str, _as("shard")]
Select = Annotated[str, _as("select")]
Budget = Annotated[str, _as("budget")]
Baseline = Annotated[Path | None, _as("baseline")]
GateOn = Annotated[FailOn | None, _as("fail_on")]
Out = Annotated[Path, _as("out")]
Verbose = Annotated[bool, _as("verbose")]
Yes = Annotated[bool, _as("yes")]
