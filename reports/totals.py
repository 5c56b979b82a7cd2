"""The totals of a run and its exit status, computed from the verdicts of its rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import msgspec
from msgspec import UNSET

from conformance.model.rule import Grade
from conformance.model.rule import Rule as ModelRule
from reports.deviation import Deviation
from reports.format import Aws, Pairs, Results, RuleResult, Totals
from reports.verdict import Verdict


def rule_result(
    rule: ModelRule,
    status: Verdict,
    *,
    keeps: int = 0,
    breaks: int = 0,
    reason: str | None = None,
    deviations: Sequence[Deviation] = (),
    values: Mapping[str, int] | None = None,
    again: str = "",
    pairs: Pairs | None = None,
) -> RuleResult:
    """The result of a rule of the catalogue, with its statement, grade, source and AWS note."""
    source = "; ".join(str(s) for s in rule.sources)
    aws = msgspec.convert(
        {"status": rule.aws.status, "note": rule.aws.note, "source": rule.aws.source}, Aws
    )
    return RuleResult(
        rule.id, status, rule.statement, rule.grade, source, keeps, breaks, reason, aws,
        tuple(deviations), dict(sorted(values.items())) if values else UNSET,
        again or UNSET,
        pairs or UNSET,
    )  # fmt: skip


def count(
    rules: Collection[RuleResult],
    *,
    requests: int = 0,
    create_image_requests: int = 0,
    images_created: int = 0,
    seconds: float = 0.0,
    retried: int = 0,
) -> Totals:
    """The totals of these rules, with the cost of the run."""
    by = Counter(rule.status for rule in rules)
    return Totals(
        len(rules), by[Verdict.PASS], by[Verdict.FAIL], by[Verdict.KNOWN], by[Verdict.UNTESTED],
        by[Verdict.NOT_APPLICABLE], requests, create_image_requests, images_created, seconds,
        retried,
    )  # fmt: skip


def recounted(rules: Sequence[RuleResult], totals: Totals) -> Totals:
    """The totals of the same run after its verdicts have changed."""
    return count(
        rules,
        requests=totals.requests,
        create_image_requests=totals.create_image_requests,
        images_created=totals.images_created,
        seconds=totals.seconds,
        retried=totals.retried,
    )


def gates(rule: RuleResult, fail_on: str) -> bool:
    """Whether a broken rule fails a run with this ``--fail-on``."""
    return rule.grade is Grade.DOCUMENTED or fail_on == "detail"


def exit_status(results: Results) -> int:
    """The exit status that follows from results alone: 0, 1 or 4.

    A run that decided no rule does not conform: its status is 4. So is that of a run with rules
    that another run may decide.
    """
    if results.gate or any(gates(rule, results.fail_on) for rule in results.of(Verdict.FAIL)):
        return 1
    decided = results.totals.passed or results.totals.known or results.totals.fail
    return 0 if results.complete and decided and not undecided(results) else 4


def undecided(results: Results) -> tuple[RuleResult, ...]:
    """The untested rules that gate and that another run may decide."""
    return tuple(
        rule
        for rule in results.of(Verdict.UNTESTED)
        if rule.again is not UNSET and gates(rule, results.fail_on)
    )
