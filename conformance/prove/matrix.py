"""The matrix: each fault and variant, and the suite's result against it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import ceil
from statistics import median

import msgspec

from conformance.model import CATALOGUE
from conformance.prove.attempt import Attempt
from conformance.suite.registry import properties


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A fault or a variant with the suite's result."""

    id: str
    kind: str
    """``fault`` or ``variant``."""
    what: str
    """The mistake of a fault or the difference of a variant, in a sentence."""
    rules: tuple[str, ...] = ()
    """The rules that a fault breaks. The suite must blame one of them."""
    attempt: Attempt

    @property
    def verdict(self) -> str:
        """``killed``, ``misblamed`` or ``survived``; ``silent`` or ``alarm`` for a variant;
        ``error`` if the suite itself failed."""
        blamed = self.attempt.blamed
        if self.attempt.errors:
            return "error"
        if self.kind == "variant":
            return "alarm" if blamed else "silent"
        if not blamed:
            return "survived"
        return "killed" if set(blamed) & set(self.rules) else "misblamed"

    @property
    def good(self) -> bool:
        """Whether the suite's result is right."""
        return self.verdict in ("killed", "silent")


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """A whole proof, as ``--json`` writes it."""

    schema: int = 1
    effort: str
    seed: int
    whole: bool
    """Whether every fault and variant was run, with every property."""
    seconds: float
    rows: tuple[Row, ...]

    def of(self, *verdicts: str) -> list[Row]:
        """The rows of these verdicts."""
        return [row for row in self.rows if row.verdict in verdicts]

    @property
    def faults(self) -> list[Row]:
        return [row for row in self.rows if row.kind == "fault"]

    @property
    def variants(self) -> list[Row]:
        return [row for row in self.rows if row.kind == "variant"]

    @property
    def status(self) -> int:
        """0 if every fault is killed and no variant raises an alarm, else 1."""
        return 0 if self.rows and all(row.good for row in self.rows) else 1

    def precision(self) -> tuple[float, int]:
        """The number of rules blamed for one fault: median and 90th percentile."""
        counts = sorted(len(row.attempt.blamed) for row in self.faults if row.attempt.blamed)
        return (median(counts), counts[ceil(0.9 * len(counts)) - 1]) if counts else (0, 0)

    def idle(self) -> list[str]:
        """Rules whose property fails for no fault."""
        blamed = {rule for row in self.faults for rule in row.attempt.blamed}
        return [id for id in properties() if CATALOGUE[id].asserted and id not in blamed]

    def needed(self) -> dict[str, list[str]]:
        """By property: the faults that it alone finds."""
        alone: dict[str, list[str]] = {id: [] for id in properties()}
        for row in self.faults:
            seen = list(row.attempt.sightings)
            if len(seen) == 1:
                alone[seen[0]].append(row.id)
        return alone

    def backed(self) -> dict[str, list[str]]:
        """By rule: the other properties that find its faults, if they find them all."""
        found: dict[str, list[str]] = {}
        for id, alone in self.needed().items():
            others = {
                other
                for row in self.faults
                if id in row.attempt.sightings
                for other in row.attempt.sightings
                if other != id
            }
            if CATALOGUE[id].asserted and not alone and others:
                found[id] = sorted(others)
        return found


def part_of(rows: Iterable[str], part: tuple[int, int]) -> Iterator[str]:
    """Part I of N of some ids: every Nth, so that each part has ids of every family."""
    number, parts = part
    return (id for place, id in enumerate(rows) if place % parts == number - 1)
