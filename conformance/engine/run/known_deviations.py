"""The file of known deviations, read for a run."""

from __future__ import annotations

from pathlib import Path

from conformance.engine.core.errors import UsageError
from reports.gate import BadBaseline, Baseline, load


def known_deviations(path: Path) -> Baseline:
    """The baseline in a file. Raises UsageError."""
    try:
        return load(path)
    except BadBaseline as why:
        raise UsageError(str(why)) from None
