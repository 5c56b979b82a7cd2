"""Two runs are compared by the identities of their deviations."""

from __future__ import annotations

from pathlib import Path

import reports_factory as make

from reports.compare import Difference, differences
from reports.results import Observed, Results, save
from tests.conftest import Command


def run(*rules: object) -> Results:
    return make.results(*rules)  # type: ignore[arg-type]


ACCEPTED = make.deviation(observed=Observed("accepted", seen="ami-1"))
AGAIN = make.deviation(observed=Observed("accepted", seen="ami-2"))
CRASH = make.deviation(observed=Observed("rejected", "InternalError", 500, "words"))


def test_ids_and_words_are_no_difference() -> None:
    assert not differences(run(make.rule("a.b", ACCEPTED)), run(make.rule("a.b", AGAIN)))


def test_new_fixed_and_changed() -> None:
    good, bad, worse = (run(make.rule("a.b", *found)) for found in ((), (ACCEPTED,), (CRASH,)))
    arm = ACCEPTED.arm.value
    assert differences(good, bad) == [Difference("new", "a.b", "pass", f"{arm} accepted")]
    assert differences(bad, good) == [Difference("fixed", "a.b", f"{arm} accepted", "pass")]
    assert differences(bad, worse) == [
        Difference("changed", "a.b", f"{arm} accepted", f"{arm} rejected 5xx InternalError")
    ]


def test_a_rule_that_was_not_tested_is_reported() -> None:
    untested = run(make.rule("a.b", untested="the run ended before"))
    assert differences(run(make.rule("a.b")), untested) == [
        Difference("verdict", "a.b", "pass", "untested")
    ]


def test_the_command(amiproof: Command, tmp_path: Path) -> None:
    for name, found in (("one", ()), ("two", (ACCEPTED,))):
        save(run(make.rule("name.length.max", *found)), tmp_path / f"{name}.json")
    same = amiproof("compare", "one.json", "one.json")
    assert (same.returncode, "0 differences" in same.stdout) == (0, True)
    other = amiproof("compare", "one.json", "two.json")
    assert other.returncode == 1
    assert "name.length.max" in other.stdout
    missing = amiproof("compare", "one.json", "three.json")
    assert missing.returncode == 2
    assert "three.json" in missing.stderr
