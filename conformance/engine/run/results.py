"""Builds the results of a run from the records of its properties."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import reduce

import boto3
import botocore
import hypothesis
from msgspec import UNSET

from conformance import __version__
from conformance.engine.core.record import Cost, Record, RuleDeviation, merged
from conformance.engine.core.selection import is_selected
from conformance.engine.core.target import Target
from conformance.engine.property.pairs import pairs_without
from conformance.engine.run.config import RunConfig
from conformance.engine.run.sharding import is_of, read_shard
from conformance.model import CATALOGUE, Rule
from conformance.model.hindrance import Hindrance
from reports.reproduce import with_reproductions
from reports.results import (
    ELSEWHERE,
    Results,
    RuleResult,
    Shard,
    Suite,
    Verdict,
    count,
    decide,
    rule_result,
)
from reports.results import Target as TargetResult


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The facts about the run that its results hold."""

    target: Target
    config: RunConfig
    complete: bool
    seconds: float
    python: str
    overhead: Cost = field(default_factory=Cost)
    """Requests that belong to no property."""

    @property
    def shard(self) -> Shard | None:
        """The part of the rules that the run exercised."""
        return read_shard(self.config.shard)


def suite(python: str) -> Suite:
    """The versions of amiproof and of the libraries that verdicts depend on."""
    return Suite(
        amiproof=__version__,
        python=python,
        hypothesis=hypothesis.__version__,
        botocore=botocore.__version__,
        boto3=boto3.__version__,
    )


def assemble(facts: RunFacts, records: Iterable[Record], run: Collection[str]) -> Results:
    """The results of a run over the rules in ``run``, its other shards' rules among them.

    A rule that another rule's property saw broken fails too, if the run selected it. Each deviation
    is listed once. A rule without a property is listed only then.
    """
    order = list(CATALOGUE)
    records = sorted(records, key=lambda record: order.index(record.rule))
    by_rule = {record.rule: record for record in records}
    ended = next((c for r in records if r.cut_short for c in r.hindrances), Hindrance.INTERRUPTION)
    deviations: dict[str, list[RuleDeviation]] = {}
    for deviation in merged(records):
        deviations.setdefault(deviation.rule, []).append(deviation)
    rules = tuple(
        _result(facts, rule, by_rule.get(rule.id), deviations.get(rule.id, []), ended)
        for rule in CATALOGUE.values()
        if rule.asserted
        and is_selected(rule.id, facts.config.select)
        and (rule.id in deviations or (rule.id in run and not rule.uncovered))
    )
    cost = reduce(Cost.__add__, (record.cost for record in records), facts.overhead)
    return Results(
        suite=suite(facts.python),
        target=TargetResult(
            name=facts.target.name, endpoint=facts.target.endpoint, region=facts.target.region
        ),
        judge=facts.config.judge,
        effort=facts.config.effort or facts.target.default_effort,
        seed=facts.config.seed,
        complete=facts.complete,
        totals=count(
            rules,
            requests=cost.requests,
            create_image_requests=cost.create_image_requests,
            images_created=cost.images_created,
            retried=cost.retried,
            seconds=round(facts.seconds, 3),
        ),
        rules=rules,
        latencies=cost.answers,
        waits=tuple(wait for record in records for wait in record.waits),
        observations=tuple(o for record in records for o in record.observations),
        shard=facts.shard or UNSET,
        select=facts.config.select or UNSET,
    )


def _result(
    facts: RunFacts,
    rule: Rule,
    record: Record | None,
    deviations: list[RuleDeviation],
    ended: Hindrance,
) -> RuleResult:
    """``ended`` is the hindrance for which the run ended before it reached a rule."""
    lacking, untested, hindrance = None, None, None
    if record is not None:
        hindrance = next(iter(record.hindrances), None)
        lacking = record.needs or None
        untested = record.reasons or None
        if record.cut_short:
            untested = f"the run stopped early: {record.cut_short}"
    elif facts.shard is not None and not is_of(rule.id, facts.shard):
        untested = ELSEWHERE
    else:
        untested, hindrance = "the run ended before it reached the rule", ended
    keeps, breaks = (record.keeps, record.breaks) if record else (0, 0)
    status, reason = decide(
        keeps=keeps,
        breaks=breaks,
        found=[deviation.identity for deviation in deviations],
        lacking=lacking,
        untested=untested,
    )
    lacked = record.missing_pairs if record else None
    pairs = None if lacked is None else pairs_without(lacked)
    reproduced = [
        with_reproductions(
            rule.id,
            deviation.deviation,
            endpoint=facts.target.endpoint,
            region=facts.target.region,
            statement=rule.statement,
        )
        for deviation in deviations
    ]
    return rule_result(
        rule,
        status,
        keeps=keeps,
        breaks=breaks,
        reason=reason,
        deviations=reproduced,
        values=record.values if record else {},
        again=(hindrance or "") if status is Verdict.UNTESTED else "",
        pairs=pairs,
    )
