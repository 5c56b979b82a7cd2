"""``amiproof prove --whole-requests``: which faults whole requests alone find."""

from __future__ import annotations

import random
import statistics
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from conformance.prove.attempt import attempt
from conformance.prove.matrix import Row
from conformance.suite.registry import properties
from fixtures.faults import FAULTS
from strategies.whole import all_pairs

_PROPERTY = "wire.together"
"""The rule whose property sends the whole requests."""


def drawn(ids: Sequence[str], number: int, seed: int) -> list[str]:
    """That many of the faults among these ids, or all; the seed decides which."""
    faults = [id for id in ids if id in FAULTS]
    chosen = random.Random(f"whole {seed}").sample(faults, min(number, len(faults)))
    return [id for id in faults if id in chosen]


def whole_row(id: str, seed: int) -> Row:
    """Run the property of whole requests alone against one fault, at standard effort."""
    fault = FAULTS[id]
    others = [rule for rule in properties() if rule != _PROPERTY]
    found = attempt(id, fault.change, "standard", seed, others)
    return Row(id=id, kind="fault", what=fault.mistake, rules=fault.rules, attempt=found)


def line(row: Row) -> Text:
    """A fault in one line: the rules that failed, and the requests before the first deviation."""
    blamed = row.attempt.blamed
    right = not set(blamed).isdisjoint(row.rules)
    verdict = "found" if right else "blamed on others" if blamed else "not found"
    first = "" if row.attempt.first is None else f"  first seen after {row.attempt.first} requests"
    return Text(f"{verdict:16} {row.id}  {' '.join(blamed)}{first}", "green" if right else "")


def show(rows: Sequence[Row], console: Console, seconds: float) -> None:
    """Print how many faults whole requests alone find, and after how many requests."""
    found = [row for row in rows if not set(row.attempt.blamed).isdisjoint(row.rules)]
    others = sum(bool(row.attempt.blamed) for row in rows) - len(found)
    first = [row.attempt.first for row in found if row.attempt.first is not None]
    requests = f"{statistics.median(first):.0f}" if first else "no"
    console.print(
        Text(
            f"Whole requests alone find {len(found)} of {len(rows)} faults; {others} more are"
            f" blamed on others. The first sighting comes after {requests} requests (median)."
            f" {len(all_pairs())} pairs of value classes exist. {seconds:.0f} seconds."
        ),
        highlight=False,
    )
