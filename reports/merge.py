"""Merges the results of a run's shards into the results of the run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, zip_longest
from typing import NamedTuple

import msgspec
from msgspec import UNSET

from conformance.model import CATALOGUE
from reports.deviation import Deviation, Identity
from reports.results import (
    ELSEWHERE,
    Observation,
    Results,
    RuleResult,
    Totals,
    Verdict,
    count,
)


class CannotMerge(Exception):
    """The files do not belong to one run; the message says why in one sentence."""


class Merged(NamedTuple):
    """The merged results, and the problems of the set of files, one sentence each."""

    results: Results
    problems: tuple[str, ...]


def merge(shards: Sequence[tuple[str, Results]]) -> Merged:
    """The results of the whole run. Raises CannotMerge if the files belong to different runs.

    A rule has the verdict of its own shard, unless another shard observed a deviation from it. If a
    shard is missing or given twice, the results are incomplete.
    """
    name, first = shards[0]
    for other, results in shards:
        if results.shard is UNSET:
            raise CannotMerge(f"{other} holds the results of a whole run, not of a shard.")
        for what in _COMMON:
            if (one := _value(first, what)) != (another := _value(results, what)):
                raise CannotMerge(
                    f"{name} and {other} belong to different runs: {what} is {one} in the first and"
                    f" {another} in the second."
                )
        if _selected(results) - _all(first) or _selected(first) - _all(results):
            raise CannotMerge(f"{name} and {other} belong to different runs: their rules differ.")
    by_number: dict[int, tuple[str, Results]] = {}
    problems = []
    for other, results in shards:
        number, of = results.shard.number, results.shard.of  # type: ignore[union-attr]
        if number in by_number:
            twice = by_number[number][0]
            problems.append(f"Shard {number} of {of} is given twice: {twice}, {other}.")
        else:
            by_number[number] = other, results
    missing = [number for number in range(1, of + 1) if number not in by_number]
    problems += [f"Shard {number} of {of} is missing." for number in missing]
    parts = [results for _, (_, results) in sorted(by_number.items())]
    return Merged(_whole(parts, complete=not problems), tuple(problems))


_PLACES = {id: place for place, id in enumerate(CATALOGUE)}
_COMMON = ("number of shards", "suite", "target", "region", "judge", "effort", "seed", "fail_on")


def _value(results: Results, what: str) -> object:
    """A value that all shards of a run have in common, ready to be printed."""
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
    """The rules that the run selected. Others are listed only because of a deviation."""
    return {rule.id for rule in results.rules if not rule.deviations}


def _whole(parts: Sequence[Results], *, complete: bool) -> Results:
    """The results of the whole run, made of one result of each shard."""
    rules = _rules(parts)
    return msgspec.structs.replace(
        parts[0],
        shard=UNSET,
        complete=complete and all(part.complete for part in parts),
        rules=rules,
        totals=_totals(rules, [part.totals for part in parts]),
        gate=tuple(dict.fromkeys(chain.from_iterable(part.gate for part in parts))),
        observations=_observations(parts),
        waits=tuple(chain.from_iterable(part.waits for part in parts)),
        latencies=tuple(map(sum, zip_longest(*(p.latencies for p in parts), fillvalue=0))),
    )


def _totals(rules: Sequence[RuleResult], parts: Sequence[Totals]) -> Totals:
    """The merged rules counted; the cost of all shards added up."""
    return count(
        rules,
        requests=sum(t.requests for t in parts),
        create_image_requests=sum(t.create_image_requests for t in parts),
        images_created=sum(t.images_created for t in parts),
        seconds=round(sum(t.seconds for t in parts), 3),
        retried=sum(t.retried for t in parts),
    )


def _rules(parts: Sequence[Results]) -> tuple[RuleResult, ...]:
    """The merged result of each rule, in the order of the catalogue."""
    by_id: dict[str, list[RuleResult]] = {}
    for rule in chain.from_iterable(part.rules for part in parts):
        by_id.setdefault(rule.id, []).append(rule)
    return tuple(_rule(by_id[id]) for id in sorted(by_id, key=_place))


def _place(id: str) -> int:
    """The place of a rule in the catalogue; unknown ones come last."""
    return _PLACES.get(id, len(_PLACES))


def _observations(parts: Sequence[Results]) -> tuple[Observation, ...]:
    """The observations of all shards, in the order of the catalogue."""
    every = chain.from_iterable(part.observations for part in parts)
    return tuple(sorted(every, key=lambda seen: _place(seen.id)))


def _rule(shards: Sequence[RuleResult]) -> RuleResult:
    """The merged result of one rule. Its own shard's result and deviations come first."""
    own = [r for r in shards if not (r.status is Verdict.UNTESTED and r.reason == ELSEWHERE)]
    own.sort(key=lambda r: not (r.keeps or r.breaks))
    if not own:
        return msgspec.structs.replace(shards[0], reason="the shard of this rule is missing")
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
        pairs=next((r.pairs for r in own if r.pairs), UNSET),
    )


def as_found(results: Results) -> Results:
    """The results without the effect of a baseline, to apply another one."""
    rules = tuple(
        msgspec.structs.replace(r, status=Verdict.FAIL) if r.status is Verdict.KNOWN else r
        for r in results.rules
    )
    return msgspec.structs.replace(results, rules=rules, gate=())


def _size(deviation: Deviation) -> tuple[int, int]:
    """The size of a deviation's request; the smaller one is easier to read."""
    return len(deviation.request), sum(len(value) for _, value in deviation.request)
