"""What the published page says of the results: what to do first, and what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from conformance.publish.measure import Measured
from reports import words
from reports.causes import causes
from reports.compare import differences
from reports.results import Results

_FIRST = 3
"""Defects that the page names first."""
_FEW = 4
"""Rules that a cell names of each kind of change."""


def first_steps(runs: Sequence[Results]) -> str:
    """A paragraph: the defects that break most emulators and mask most rules.

    A rule that masks others comes first: once it holds, the others are tested.
    """
    masked: Counter[str] = Counter()
    broken: Counter[str] = Counter()
    statements: dict[str, str] = {}
    for run in runs:
        for cause in causes(run):
            rule = cause.first
            broken[rule.id] += 1
            masked[rule.id] += len(cause.masked)
            statements[rule.id] = rule.statement
    order = sorted(broken, key=lambda id: (-masked[id], -broken[id]))[:_FIRST]
    if not order:
        return ""
    said = [
        f"`{id}` masks {words.plural(round(masked[id] / broken[id]), 'rule')} where it is broken"
        f" ({broken[id]} of {len(runs)}): {statements[id]}"
        for id in order
    ]
    return (
        "An implementer should first mend what masks most: once such a rule holds, the rules that"
        f" depend on it are tested. {' '.join(said)}\n"
    )


def changes(every: Sequence[Measured], before: Mapping[str, Results]) -> Iterator[str]:
    """A row of a table for each emulator that was published before; nothing if none was."""
    for each in every:
        earlier = before.get(each.emulator.id)
        if earlier is None or each.results is None:
            continue
        kinds: dict[str, list[str]] = {"new": [], "fixed": [], "changed": [], "verdict": []}
        for found in differences(earlier, each.results):
            if found.kind in kinds and found.rule not in kinds[found.kind]:
                kinds[found.kind].append(found.rule)
        cells = [_named(rules) for rules in kinds.values()]
        name = f"{each.emulator.name} {each.emulator.version}"
        yield f"| {' | '.join([name, earlier.suite.amiproof, *cells])} |\n"


def _named(rules: Sequence[str]) -> str:
    """The first rules of a list, and the number of the others."""
    more = f" and {len(rules) - _FEW} more" if len(rules) > _FEW else ""
    return ", ".join(f"`{id}`" for id in rules[:_FEW]) + more if rules else "none"
