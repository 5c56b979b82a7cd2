"""``amiproof report``: the reports of a run's results, or a matrix of several runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from conformance.engine.core.errors import UsageError
from conformance.engine.run.known_deviations import known_deviations
from reports import documents, matrix, words
from reports.gate import hold
from reports.merge import CannotMerge, as_found, merge
from reports.results import BadResults, Results, exit_status, load, save


def report(files: Sequence[Path], out: Path, against: Path | None = None) -> int:
    """Write the reports and print where. Raises UsageError.

    ``against`` are the results of an earlier run: the report of one run shows the changes first.
    """
    if not files:
        raise UsageError("Give one results.json, or several for a matrix.")
    runs = [loaded(file) for file in files]
    if against is not None and len(runs) > 1:
        raise UsageError("--against goes with one results.json, not with several.")
    if len(runs) == 1:
        before = loaded(against) if against is not None else None
        documents.write(runs[0], out, environment={}, against=before)
        print(out / "report.html")
        return 0
    out.mkdir(parents=True, exist_ok=True)
    (out / "matrix.html").write_text(matrix.html(runs), encoding="utf-8")
    (out / "matrix.md").write_text(matrix.markdown(runs), encoding="utf-8")
    print(out / "matrix.html")
    return 0


def merged(files: Sequence[Path], out: Path, baseline: Path | None = None) -> int:
    """Merge the results of a run's shards and write its reports. Returns the run's exit status.

    Raises UsageError if the files are not the shards of one run.
    """
    if not files:
        raise UsageError("Give the results.json of every shard of a run.")
    try:
        results, wrong = merge([(str(file), loaded(file)) for file in files])
    except CannotMerge as why:
        raise UsageError(str(why)) from None
    if baseline is not None:
        known = known_deviations(baseline)
        results = hold(as_found(results), known, date.today())
    save(results, out / "results.json")
    documents.write(results, out)
    for sentence in wrong:
        print(f"amiproof: {sentence}", file=sys.stderr)
    print(words.totals(results))
    print(out / "report.html")
    return exit_status(results) if results.complete else 4


def loaded(file: Path) -> Results:
    """Load results. Raises UsageError."""
    try:
        return load(file)
    except BadResults as why:
        raise UsageError(str(why)) from None
    except OSError as why:
        raise UsageError(f"{file} cannot be read: {why.strerror}.") from None
