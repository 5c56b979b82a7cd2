"""Runs against the AWS persona, which has a real account's limits and delays, in virtual time."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.model import CATALOGUE
from reports.results import Results, Verdict, load
from tests.conftest import Command

DEVIATES = {rule.id for rule in CATALOGUE.values() if rule.aws.status == "deviates"}
"""The rules that AWS was seen to break."""


def measured(amiproof: Command, folder: Path, target: str, *options: str) -> tuple[int, Results]:
    """The exit status and the results of a whole run."""
    arguments = ("--clock", "virtual", "--out", str(folder / target), *options)
    done = amiproof("run", target, *arguments)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert "left behind" not in done.stdout
    return done.returncode, load(folder / target / "results.json")


def having(results: Results, verdict: Verdict) -> set[str]:
    return {rule.id for rule in results.rules if rule.status is verdict}


@pytest.mark.parametrize(("judge", "failed"), [("documents", DEVIATES), ("aws", set())])
def test_each_judge_blames_what_it_must(
    amiproof: Command, tmp_path: Path, judge: str, failed: set[str]
) -> None:
    status, results = measured(amiproof, tmp_path, "persona-deviating", "--judge", judge)
    assert having(results, Verdict.FAIL) == failed
    assert status == (1 if failed else 0)


def test_limits_change_no_verdict(amiproof: Command, tmp_path: Path) -> None:
    _, plain = measured(amiproof, tmp_path, "reference")
    status, limited = measured(amiproof, tmp_path, "persona")
    assert status == 0
    for verdict in Verdict:
        assert having(limited, verdict) == having(plain, verdict)
