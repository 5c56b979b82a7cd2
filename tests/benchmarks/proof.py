"""Requests until faults are detected, from the file of ``amiproof prove --json``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import ceil
from pathlib import Path
from statistics import median


def rows(file: Path) -> Iterator[tuple[str, str, str]]:
    """The row on the requests until the first sighting of each detected fault."""
    proof = json.loads(file.read_text())
    faults = [row for row in proof["rows"] if row["kind"] == "fault"]
    first = sorted(n for row in faults if (n := row["attempt"]["first"]) is not None)
    if not first:
        return
    slow = first[ceil(0.9 * len(first)) - 1]
    yield (
        "requests until a seeded fault is first seen",
        f"{median(first):g} in the median, {slow} at the 90th percentile, {first[-1]} at most",
        f"{len(first)} of {len(faults)} faults detected, {proof['effort']}, seed {proof['seed']}:"
        " the suite in its order, of all rules",
    )
