"""``amiproof baseline update``: brings the file of known deviations up to a run's results."""

from __future__ import annotations

from pathlib import Path

from conformance.engine.core.errors import UsageError
from reports.gate import BadBaseline, load
from reports.gate import update as updated
from reports.results import BadResults
from reports.results import load as load_results


def update(file: Path, results: Path) -> int:
    """Write the baseline and print its changes. Raises UsageError."""
    try:
        before = load(file).entries if file.exists() else ()
        text = file.read_text(encoding="utf-8") if before or file.exists() else ""
        found = load_results(results)
        file.write_text(updated(text, found), encoding="utf-8")
        after = load(file).entries
    except (BadBaseline, BadResults) as why:
        raise UsageError(str(why)) from None
    except OSError as why:
        raise UsageError(f"{why.filename}: {why.strerror}.") from None
    was, now = ({entry.identity for entry in entries} for entries in (before, after))
    for sign, identities in (("+", now - was), ("-", was - now)):
        for identity in sorted(identities):
            print(f"{sign} {identity}")
    print(f"{file}: {len(now)} known deviations")
    return 0
