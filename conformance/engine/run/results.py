"""From the records of every property to the results of the run."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import reduce

import boto3
import botocore
import hypothesis
from msgspec import UNSET

from conformance import __version__
from conformance.engine.core.effort import EffortName
from conformance.engine.core.record import Cost, Record, RuleDeviation, merged
from conformance.engine.core.target import Target
from conformance.engine.run.sharding import is_of
from conformance.model import CATALOGUE, Rule
from conformance.model.aws import JudgeName
from reports.reproduce import with_reproductions
from reports.results import (
    ELSEWHERE,
    Results,
    RuleResult,
    Shard,
    Suite,
    count,
    decide,
    rule_result,
)
from reports.results import Target as TargetResult


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What results say about the run itself."""

    target: Target
    effort: EffortName
    seed: int
    complete: bool
    seconds: float
    python: str
    overhead: Cost = field(default_factory=Cost)
    """What was sent outside of all properties."""
    judge: JudgeName = "documents"
    shard: Shard | None = None


def suite(python: str) -> Suite:
    """The versions that a run was made with."""
    return Suite(
        amiproof=__version__,
        python=python,
        hypothesis=hypothesis.__version__,
        botocore=botocore.__version__,
        boto3=boto3.__version__,
    )


def assemble(facts: RunFacts, records: Iterable[Record], planned: Collection[str]) -> Results:
    """The results of a run. A rule may be broken in the property of another: it fails all the
    same, and each deviation is told once."""
    order = list(CATALOGUE)
    records = sorted(records, key=lambda record: order.index(record.rule))
    by_rule = {record.rule: record for record in records}
    findings: dict[str, list[RuleDeviation]] = {}
    for finding in merged(records):
        findings.setdefault(finding.rule, []).append(finding)
    rules = tuple(
        _result(facts, rule, by_rule.get(rule.id), findings.get(rule.id, []), planned)
        for rule in CATALOGUE.values()
        if rule.asserted
    )
    cost = reduce(Cost.__add__, (record.cost for record in records), facts.overhead)
    return Results(
        suite=suite(facts.python),
        target=TargetResult(
            name=facts.target.name, endpoint=facts.target.endpoint, region=facts.target.region
        ),
        judge=facts.judge,
        effort=facts.effort,
        seed=facts.seed,
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
    )


def _why_not(rule_id: str, planned: Collection[str], shard: Shard | None) -> str:
    """Why a rule that can be exercised has no record."""
    if shard is not None and not is_of(rule_id, shard):
        return ELSEWHERE
    return "the run ended before" if rule_id in planned else "not selected"


def _result(
    facts: RunFacts,
    rule: Rule,
    record: Record | None,
    findings: list[RuleDeviation],
    planned: Collection[str],
) -> RuleResult:
    lacking, untested = rule.uncovered or None, None
    if record is not None:
        lacking = record.lacking or None
        if record.untested and not (record.keeps and record.breaks):
            untested = "; ".join(record.untested)
        if record.cut_short:
            untested = f"the run was cut short: {record.cut_short}"
    elif not rule.uncovered:
        untested = _why_not(rule.id, planned, facts.shard)
    keeps, breaks = (record.keeps, record.breaks) if record else (0, 0)
    status, reason = decide(
        keeps=keeps,
        breaks=breaks,
        found=[finding.identity for finding in findings],
        lacking=lacking,
        untested=untested,
    )
    deviations = [
        with_reproductions(
            rule.id,
            finding.deviation,
            endpoint=facts.target.endpoint,
            region=facts.target.region,
            statement=rule.statement,
        )
        for finding in findings
    ]
    return rule_result(
        rule,
        status,
        keeps=keeps,
        breaks=breaks,
        reason=reason,
        deviations=deviations,
        values=record.values if record else {},
    )
