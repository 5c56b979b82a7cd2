"""Which pairs of value classes the whole requests of a run had, as numbers that records carry."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from reports.results import Pairs
from strategies.whole import Pair, all_pairs

MOST_MISSING = 20
"""Missing pairs that a report names."""


def missing(covered: Collection[Pair]) -> list[int]:
    """The numbers of the pairs that no decided request had."""
    return [number for number, pair in enumerate(_every()) if pair not in covered]


def pairs_without(numbers: Collection[int]) -> Pairs:
    """What a report says of a run whose requests had all but these pairs."""
    every = _every()
    named = [every[number] for number in sorted(numbers)[:MOST_MISSING]]
    words = tuple(" and ".join(f"{p}: {c}" for p, c in pair) for pair in named)
    return Pairs(len(every) - len(numbers), len(every), words)


@cache
def _every() -> tuple[Pair, ...]:
    return tuple(sorted(all_pairs()))
