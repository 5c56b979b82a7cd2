"""The baseline of a run: the file of known deviations."""

from __future__ import annotations

from pathlib import Path

from conformance.engine.core import settings
from conformance.engine.core.errors import UsageError
from conformance.engine.run.config import RunConfig
from reports.gate import BadBaseline, Baseline, load


def baseline_of(config: RunConfig, *, configured: bool) -> Baseline | None:
    """The baseline that the options name or, if ``configured``, the target's settings.

    Raises UsageError.
    """
    path = config.baseline
    if path is None and configured and config.target:
        target = settings.targets().get(config.target)
        path = Path(target.baseline) if target and target.baseline else None
    return None if path is None else known_deviations(path)


def known_deviations(path: Path) -> Baseline:
    """The baseline in a file. Raises UsageError."""
    try:
        return load(path)
    except BadBaseline as why:
        raise UsageError(str(why)) from None
