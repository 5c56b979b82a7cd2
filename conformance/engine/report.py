"""``amiproof report``: documents of a run's results; of several, a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from conformance.engine.errors import UsageError
from reports import documents, matrix
from reports.results import BadResults, Results, load


def report(files: Sequence[Path], out: Path) -> int:
    """Write the documents and say where. Raises UsageError."""
    if not files:
        raise UsageError("Give one results.json, or several for a matrix.")
    runs = [loaded(file) for file in files]
    if len(runs) == 1:
        documents.write(runs[0], out, environment={})
        print(out / "report.html")
        return 0
    out.mkdir(parents=True, exist_ok=True)
    (out / "matrix.html").write_text(matrix.html(runs), encoding="utf-8")
    (out / "matrix.md").write_text(matrix.markdown(runs), encoding="utf-8")
    print(out / "matrix.html")
    return 0


def loaded(file: Path) -> Results:
    """The results in a file. Raises UsageError."""
    try:
        return load(file)
    except BadResults as why:
        raise UsageError(str(why)) from None
    except OSError as why:
        raise UsageError(f"{file} cannot be read: {why.strerror}.") from None
