"""The results of a run's shards made into those of the run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

import msgspec
from msgspec import UNSET

from conformance.model import CATALOGUE
from reports.deviation import Deviation, Identity
from reports.results import (
    ELSEWHERE,
    Results,
    RuleResult,
    Verdict,
    count,
)


class CannotMerge(Exception):
    """The files are not of one run; says in a sentence why."""


class Merged(NamedTuple):
    """The results of all, and what is wrong with the set, a sentence each."""

    results: Results
    wrong: tuple[str, ...]


def merge(shards: Sequence[tuple[str, Results]]) -> Merged:
    """The results of the whole run. Raises CannotMerge where they are not of one run.

    A rule's verdict is that of its own shard, unless another's properties saw it broken.
    With a shard missing, or given twice, the set is not complete.
    """
    name, first = shards[0]
    for other, results in shards:
        if results.shard is UNSET:
            raise CannotMerge(f"{other} is of a whole run, not of a shard.")
        for what in _SAME:
            if (one := _said(first, what)) != (another := _said(results, what)):
                raise CannotMerge(
                    f"{name} and {other} are not of one run: {what} is {one} in the one and"
                    f" {another} in the other."
                )
        if _selected(results) - _all(first) or _selected(first) - _all(results):
            raise CannotMerge(f"{name} and {other} are not of one run: they have other rules.")
    by_number: dict[int, tuple[str, Results]] = {}
    wrong = []
    for other, results in shards:
        number, of = results.shard.number, results.shard.of  # type: ignore[union-attr]
        if number in by_number:
            twice = by_number[number][0]
            wrong.append(f"Shard {number} of {of} is given twice: {twice}, {other}.")
        else:
            by_number[number] = other, results
    missing = [number for number in range(1, of + 1) if number not in by_number]
    wrong += [f"Shard {number} of {of} is missing." for number in missing]
    parts = [results for _, (_, results) in sorted(by_number.items())]
    return Merged(_together(parts, complete=not wrong), tuple(wrong))


_SAME = ("number of shards", "suite", "target", "region", "judge", "effort", "seed", "fail_on")


def _said(results: Results, what: str) -> object:
    """What has to be the same in all of them, in words."""
    match what:
        case "number of shards":
            return None if results.shard is UNSET else results.shard.of
        case "suite":
            versions = msgspec.structs.asdict(results.suite)
            return ", ".join(f"{name} {version}" for name, version in versions.items())
        case "target":
            return results.target.name
        case "region":
            return results.target.region
        case _:
            return getattr(results, what)


def _all(results: Results) -> set[str]:
    return {rule.id for rule in results.rules}


def _selected(results: Results) -> set[str]:
    """The rules that the run selected; another rule is listed only where it was seen broken."""
    return {rule.id for rule in results.rules if not rule.deviations}


def _together(parts: Sequence[Results], *, complete: bool) -> Results:
    order = list(CATALOGUE)
    by_id: dict[str, list[RuleResult]] = {}
    for part in parts:
        for rule in part.rules:
            by_id.setdefault(rule.id, []).append(rule)
    known = sorted(by_id, key=lambda id: order.index(id) if id in order else len(order))
    rules = tuple(_rule(by_id[id]) for id in known)
    observations = [seen for part in parts for seen in part.observations]
    totals = [part.totals for part in parts]
    return msgspec.structs.replace(
        parts[0],
        shard=UNSET,
        complete=complete and all(part.complete for part in parts),
        rules=rules,
        totals=count(
            rules,
            requests=sum(t.requests for t in totals),
            create_image_requests=sum(t.create_image_requests for t in totals),
            images_created=sum(t.images_created for t in totals),
            seconds=round(sum(t.seconds for t in totals), 3),
            retried=sum(t.retried for t in totals),
        ),
        gate=tuple(dict.fromkeys(sentence for part in parts for sentence in part.gate)),
        observations=tuple(
            sorted(observations, key=lambda o: order.index(o.id) if o.id in order else len(order))
        ),
        waits=tuple(wait for part in parts for wait in part.waits),
        latencies=tuple(
            sum(counts) for counts in zip_longest(*(p.latencies for p in parts), fillvalue=0)
        ),
    )


def _rule(said: Sequence[RuleResult]) -> RuleResult:
    """What all shards say about one rule: its own first."""
    own = [r for r in said if not (r.status is Verdict.UNTESTED and r.reason == ELSEWHERE)]
    own.sort(key=lambda r: not (r.keeps or r.breaks))
    if not own:
        return msgspec.structs.replace(said[0], reason="its shard is missing")
    found: dict[Identity, Deviation] = {}
    for result in own:
        for deviation in result.deviations:
            known = found.get(identity := deviation.identity(result.id))
            if known is None or (
                known not in own[0].deviations and _size(deviation) < _size(known)
            ):
                found[identity] = deviation
    broken = [v for v in (Verdict.FAIL, Verdict.KNOWN) if any(r.status is v for r in own)]
    return msgspec.structs.replace(
        own[0],
        status=broken[0] if broken else own[0].status,
        reason=None if broken else own[0].reason,
        keeps=sum(r.keeps for r in own),
        breaks=sum(r.breaks for r in own),
        deviations=tuple(found.values()),
        values=next((r.values for r in own if r.values), UNSET),
    )


def as_found(results: Results) -> Results:
    """The results as if there had been no baseline, to hold them against one anew."""
    rules = tuple(
        msgspec.structs.replace(r, status=Verdict.FAIL) if r.status is Verdict.KNOWN else r
        for r in results.rules
    )
    return msgspec.structs.replace(results, rules=rules, gate=())


def _size(deviation: Deviation) -> tuple[int, int]:
    """Smaller is easier to read."""
    return len(deviation.request), sum(len(value) for _, value in deviation.request)
