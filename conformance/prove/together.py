"""``amiproof prove --together``: runs the suite against sets of faults, all of a set at once.

The sets are drawn from the seed. Two faults are not in one set if they change the same attribute of
the same part of the endpoint, or if one replaces a part that the other changes, or a method that
calls what the other changes: one change would hide the other. ``HIDDEN`` lists further such pairs.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from functools import cache
from statistics import median
from types import FunctionType, MethodType
from typing import Any

import msgspec
from rich.console import Console
from rich.text import Text

from conformance.engine.core.effort import EffortName
from conformance.prove.attempt import Attempt, attempt, effort_for
from fixtures.faults import FAULTS
from fixtures.reference import Endpoint

HIDDEN = (
    ("name/the-error-pages-list", "name/control-characters-pass"),
    ("name/rejects-*space*", "name/names-are-stripped"),
    ("signature/anonymous-is-let-in", "signature/version-2-is-believed"),
    ("crash/snapshot-id-*", "volume-of-snapshot/*"),
    ("crash/tag-*", "residue/volumes-get-the-tags-of-the-snapshots"),
    ("mapping/mappings-are-ignored", "memory/devices-of-earlier-images"),
    ("tags/*-checked-last", "no-reboot/reboots-where-the-request-tags-snapshots"),
    ("instance/running-is-refused", "late-refusal/the-instance-*"),
    ("name/names-are-cut-to-64", "boots/spares-for-a-long-name"),
)
"""Faults and others of which no answer shows anything then, as patterns.

The first refuses or crashes on each request that could show the second. Or it ignores or reads
late what the second looks at.
"""
_RULE = re.compile(r"[a-z]\w*(?:\.\w+)+")


class Together(msgspec.Struct, frozen=True, kw_only=True):
    """A set of faults with the suite's result against all of them."""

    round: int
    faults: tuple[str, ...]
    attempt: Attempt

    def mask(self, fault_id: str) -> str | None:
        """The failed rule of another fault that masks this one, or None.

        The reason for which a rule of this fault is untested names it, or the reason for which
        some requests of the rule decide nothing.
        """
        others = {rule for id in self.faults if id != fault_id for rule in FAULTS[id].rules}
        failed = others & set(self.attempt.blamed)
        for rule_id in FAULTS[fault_id].rules:
            why = (each.get(rule_id, "") for each in (self.attempt.untested, self.attempt.masked))
            for named in _RULE.findall(" ".join(why)):
                if named in failed:
                    return str(named)
        return None

    def is_found(self, fault_id: str) -> bool:
        """Whether one of the fault's rules failed."""
        return not set(FAULTS[fault_id].rules).isdisjoint(self.attempt.blamed)

    @property
    def missed(self) -> list[str]:
        """The faults that are neither found nor masked."""
        return [id for id in self.faults if not self.is_found(id) and self.mask(id) is None]

    @property
    def outside(self) -> list[str]:
        """The failed rules that none of the faults breaks."""
        broken = {rule for id in self.faults for rule in FAULTS[id].rules}
        return [rule for rule in self.attempt.blamed if rule not in broken]

    @property
    def good(self) -> bool:
        return not (self.missed or self.outside or self.attempt.errors)


class Togethers(msgspec.Struct, frozen=True, kw_only=True):
    """Every set, as ``--json`` writes them."""

    schema: int = 1
    effort: str
    seed: int
    rows: tuple[Together, ...]

    @property
    def status(self) -> int:
        """0 if each set has the right result, else 1."""
        return 0 if self.rows and all(row.good for row in self.rows) else 1


def together_of(number: int, faults: tuple[str, ...], effort: EffortName, seed: int) -> Together:
    """Run the suite against an endpoint with each of these faults."""

    def change(endpoint: Endpoint) -> None:
        for id in faults:
            FAULTS[id].change(endpoint)

    found = attempt("+".join(faults), change, effort, seed)
    return Together(round=number, faults=faults, attempt=found)


def drawn(
    ids: Iterable[str], size: int, rounds: int, seed: int, effort: EffortName = "quick"
) -> Iterator[tuple[str, ...]]:
    """Sets of faults that can be combined and seen at an effort; the seed decides which."""
    seen = (id for id in ids if id in FAULTS and effort_for(FAULTS[id], effort) == effort)
    eligible = sorted(id for id in seen if touched(id))
    for number in range(1, rounds + 1):
        order = random.Random(f"together {seed} {number}").sample(eligible, len(eligible))
        found: list[str] = []
        for id in order:
            if len(found) < size and not any(conflict(id, other) for other in found):
                found.append(id)
        yield tuple(found)


def conflict(first: str, second: str) -> bool:
    """Whether two faults change the same attribute, or one replaces what needs the other's."""
    one, other = touched(first), touched(second)
    parts = {part.partition(".")[0] for part, _ in one}, {p.partition(".")[0] for p, _ in other}
    return (
        bool(one & other)
        or _replaces(one, parts[1])
        or _replaces(other, parts[0])
        or bool(uncalled(first) & other)
        or bool(uncalled(second) & one)
        or _hides(first, second)
        or _hides(second, first)
    )


def _hides(first: str, second: str) -> bool:
    return any(fnmatch(first, one) and fnmatch(second, other) for one, other in HIDDEN)


def _replaces(changes: frozenset[tuple[str, str]], parts: set[str]) -> bool:
    return any(part == "endpoint" and name in parts for part, name in changes)


@cache
def uncalled(fault_id: str) -> frozenset[tuple[str, str]]:
    """What methods called that a fault replaces by others, as part and attribute.

    A method that calls the one before it still calls these. A step that the fault takes out is
    called from elsewhere, or not at all.
    """
    endpoint = Endpoint()
    steps = set(endpoint.create_image.steps)
    FAULTS[fault_id].change(endpoint)
    left = getattr(endpoint.create_image, "steps", steps)  # a fault may replace the whole part
    found = {("create_image", step) for step in steps.difference(left)}
    for part, name in touched(fault_id):
        owner = endpoint if part == "endpoint" else getattr(endpoint, part, None)
        original = getattr(type(owner), name, None)
        if isinstance(original, FunctionType) and not _calls(getattr(owner, name), name):
            found |= {(part, each) for each in _called(type(owner), original)}
    return frozenset(found)


def _calls(replacement: object, name: str) -> bool:
    """Whether a replacement has in its closure the method of this name that it replaces."""
    closure = getattr(replacement, "__closure__", None) or ()
    held = [cell.cell_contents for cell in closure]
    return any(isinstance(each, MethodType) and each.__name__ == name for each in held)


def _called(owner: type, method: FunctionType) -> set[str]:
    """The methods of a class that one of its methods calls, also through others."""
    found: set[str] = set()
    waiting = [method]
    while waiting:
        for name in waiting.pop().__code__.co_names:
            inner = getattr(owner, name, None)
            if isinstance(inner, FunctionType) and name not in found:
                found.add(name)
                waiting.append(inner)
    return found


@cache
def touched(fault_id: str) -> frozenset[tuple[str, str]]:
    """The attributes of the endpoint's parts that a fault changes, as part and attribute."""
    endpoint = Endpoint()
    before = _attributes(endpoint)
    FAULTS[fault_id].change(endpoint)
    after = _attributes(endpoint)
    changed = {key for key in before.keys() | after.keys() if _differ(before, after, key)}
    return frozenset(changed)


def _differ(before: dict[Any, Any], after: dict[Any, Any], key: Any) -> bool:
    return key not in before or key not in after or before[key] is not after[key]


def _attributes(endpoint: Endpoint) -> dict[tuple[str, str], object]:
    """Each attribute of the endpoint, of its parts and of its tables."""
    found: dict[tuple[str, str], object] = {}
    for name, part in vars(endpoint).items():
        found["endpoint", name] = part
        inner = part if isinstance(part, dict) else getattr(part, "__dict__", {})
        for key, value in inner.items():
            found[name, str(key)] = value
            if isinstance(value, dict) and name != "state":
                found |= {(f"{name}.{key}", str(each)): value[each] for each in value}
    return found


def line(row: Together) -> Text:
    """A set in one line, printed as it completes."""
    said = ", ".join(_said(row, id) for id in row.faults)
    more = f"; not theirs: {' '.join(row.outside)}" if row.outside else ""
    errors = f"; {row.attempt.errors[0]}" if row.attempt.errors else ""
    verdict = "right" if row.good else "wrong"
    cost = f"{row.attempt.images} images, {row.attempt.seconds:.1f} s"
    text = f"{verdict:5} {row.round:3} ({cost}) {said}{more}{errors}"
    return Text(text, "green" if row.good else "bold red")


def _said(row: Together, fault_id: str) -> str:
    if row.is_found(fault_id):
        return fault_id
    mask = row.mask(fault_id)
    return f"{fault_id} MISSED" if mask is None else f"{fault_id} masked by {mask}"


def show(proof: Togethers, console: Console, seconds: float) -> None:
    """Print what the sets come to."""
    rows = proof.rows
    faults = [(row, id) for row in rows for id in row.faults]
    found = sum(row.is_found(id) for row, id in faults)
    missed = sum(len(row.missed) for row in rows)
    wrong = sum(len(row.outside) for row in rows)
    images = median(row.attempt.images for row in rows)
    each = median(row.attempt.seconds for row in rows)
    for sentence in (
        f"{sum(row.good for row in rows)} of {len(rows)} sets have the right result.",
        f"{found} of {len(faults)} faults are found, {len(faults) - found - missed} are masked by"
        f" another's rule, {missed} are missed. {wrong} rules are wrongly blamed.",
        f"Median of a set: {images:g} images, {each:.1f} seconds.",
        f"{proof.effort} effort, seed {proof.seed}, {seconds:.0f} seconds.",
    ):
        console.print(Text(sentence), highlight=False)
