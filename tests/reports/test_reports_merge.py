"""Merged shards: verdicts, deviations and totals, and files of different runs."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import reports_factory as make

from reports.merge import CannotMerge, as_found, merge
from reports.results import (
    ELSEWHERE,
    Identity,
    Observed,
    Results,
    RuleResult,
    Shard,
    Suite,
    Target,
    Verdict,
)

ACCEPTED = make.deviation("a.b", observed=Observed("accepted"))
SHORTER = make.deviation("a.b", observed=Observed("accepted"), request=make.params(Name="a"))
CRASH = make.deviation("a.b", observed=Observed("rejected", "InternalError", 500))


def other(id: str, *found: Any, **changes: Any) -> RuleResult:
    """A rule of another shard. A property of this one may have observed a deviation from it."""
    return make.rule(id, *found, keeps=0, breaks=0, untested=ELSEWHERE, **changes)


def shard(number: int, *rules: RuleResult, of: int = 2, **changes: Any) -> tuple[str, Results]:
    return f"{number}.json", make.results(*rules, shard=Shard(number, of), **changes)


def test_a_rule_has_the_verdict_of_its_own_shard() -> None:
    one = shard(1, make.rule("a.b"), other("c.d"))
    two = shard(2, other("a.b"), make.rule("c.d", untested="no stopped instance"))
    results, wrong = merge([two, one])
    assert not wrong
    assert results.complete
    assert [(r.id, r.status, r.reason) for r in results.rules] == [
        ("a.b", Verdict.PASS, None),
        ("c.d", Verdict.UNTESTED, "no stopped instance"),
    ]
    assert results.shard is msgspec.UNSET
    assert results.totals.requests == 2 * one[1].totals.requests
    assert (results.totals.passed, results.totals.untested) == (1, 1)


def test_a_deviation_observed_by_another_shard_fails_a_rule() -> None:
    results, _ = merge([shard(1, make.rule("a.b")), shard(2, other("a.b", CRASH))])
    [rule] = results.rules
    assert rule.status is Verdict.FAIL
    assert (rule.keeps, rule.breaks) == (4, 6)
    assert rule.deviations == (CRASH,)


def test_each_deviation_is_reported_once_and_as_in_its_own_shard() -> None:
    results, _ = merge([shard(1, other("a.b", SHORTER)), shard(2, make.rule("a.b", ACCEPTED))])
    assert results.rules[0].deviations == (ACCEPTED,)


def test_a_known_deviation_stays_known_unless_another_is_new() -> None:
    listed = {Identity("a.b", "breaks", "accepted", "")}
    known = shard(1, make.rule("a.b", ACCEPTED, baseline=listed))
    assert merge([known, shard(2, other("a.b"))]).results.rules[0].status is Verdict.KNOWN
    results = merge([known, shard(2, other("a.b", CRASH))]).results
    assert results.rules[0].status is Verdict.FAIL
    found = as_found(merge([known, shard(2, other("a.b"))]).results)
    assert found.rules[0].status is Verdict.FAIL


def test_a_missing_shard_and_one_given_twice_are_named() -> None:
    one = shard(1, make.rule("a.b"), other("c.d"), of=3)
    results, wrong = merge([one, shard(3, other("a.b"), other("c.d"), of=3), one])
    assert wrong == ("Shard 1 of 3 is given twice: 1.json, 1.json.", "Shard 2 of 3 is missing.")
    assert not results.complete
    assert (results.rules[1].status, results.rules[1].reason) == (
        Verdict.UNTESTED,
        "the shard of this rule is missing",
    )
    assert results.totals.requests == one[1].totals.requests * 2


def test_a_shard_that_stopped_early_leaves_the_run_incomplete() -> None:
    results, wrong = merge([shard(1, make.rule("a.b"), complete=False), shard(2, other("a.b"))])
    assert not wrong
    assert not results.complete


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"seed": 2}, "seed"),
        ({"effort": "standard"}, "effort"),
        ({"judge": "aws"}, "judge"),
        ({"fail_on": "documented"}, "fail_on"),
        ({"target": Target("other", make.ENDPOINT, make.REGION)}, "target"),
        ({"target": Target("moto", make.ENDPOINT, "eu-west-1")}, "region"),
        ({"suite": Suite("0.2.0")}, "suite"),
        ({"of": 3}, "number of shards"),
    ],
)
def test_files_of_different_runs_are_not_merged(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(CannotMerge, match=f"belong to different runs: {said} is"):
        merge([shard(1, make.rule("a.b")), shard(2, other("a.b"), **changes)])


def test_files_with_different_rules_are_not_merged() -> None:
    with pytest.raises(CannotMerge, match="their rules differ"):
        merge([shard(1, make.rule("a.b")), shard(2, make.rule("a.c"))])
    with pytest.raises(CannotMerge, match="not of a shard"):
        merge([shard(1, make.rule("a.b")), ("whole.json", make.results(make.rule("a.b")))])
