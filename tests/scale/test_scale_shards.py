"""A run in shards: each rule is in one shard, and the merged results equal the whole run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.engine.core.errors import UsageError
from conformance.engine.run.sharding import COSTLIEST, is_of, read_shard
from conformance.model import CATALOGUE
from reports.results import Results, Shard, load
from tests.conftest import Command, environment


def _said(results: Results) -> list[tuple[object, ...]]:
    return [(r.id, r.status, r.reason, r.identities()) for r in results.rules]


@pytest.mark.parametrize("of", [1, 2, 3, 7, 500])
def test_each_rule_is_in_one_shard(of: int) -> None:
    shards = [{id for id in CATALOGUE if is_of(id, Shard(n, of))} for n in range(1, of + 1)]
    assert sum(map(len, shards)) == len(CATALOGUE)
    assert set().union(*shards) == set(CATALOGUE)
    sizes = [len(shard) for shard in shards]
    assert max(sizes) - min(sizes) <= 1


def test_the_costliest_are_rules_and_go_to_different_shards() -> None:
    assert set(COSTLIEST) <= set(CATALOGUE)
    in_turn = [next(n for n in (1, 2, 3) if is_of(id, Shard(n, 3))) for id in COSTLIEST[:6]]
    assert in_turn == [1, 2, 3, 1, 2, 3]


@pytest.mark.parametrize("text", ["1", "0/3", "4/3", "1/0", "a/b", "-1/3", "1/3/5", "١/٣"])
def test_an_invalid_shard(text: str) -> None:
    with pytest.raises(UsageError, match="is no shard"):
        read_shard(text)


def test_three_shards_give_the_results_of_the_whole_run(amiproof: Command, tmp_path: Path) -> None:
    done = amiproof("run", "reference", "--clock", "virtual", "--out", "whole")
    assert done.returncode == 0, done.stdout + done.stderr
    whole = load(tmp_path / "whole" / "results.json")
    files = []
    for number in (1, 2, 3):
        done = amiproof(
            "run",
            "reference",
            "--clock",
            "virtual",
            "--shard",
            f"{number}/3",
            "--out",
            f"shard-{number}",
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"shard {number} of 3" in done.stdout.replace("\n", " ")
        files.append(f"shard-{number}/results.json")

    done = amiproof("report", "--merge", *files, "--out", "merged")
    assert done.returncode == 0, done.stdout + done.stderr
    merged = load(tmp_path / "merged" / "results.json")
    assert _said(merged) == _said(whole)
    assert merged.complete
    assert {o.id for o in merged.observations} == {o.id for o in whole.observations}
    assert (tmp_path / "merged" / "report.html").exists()
    parts = [load(tmp_path / file).totals for file in files]
    assert merged.totals.requests == sum(part.requests for part in parts)

    done = amiproof("report", "--merge", files[0], files[2], files[2], "--out", "some")
    assert done.returncode == 4
    assert "Shard 2 of 3 is missing." in done.stderr
    assert "Shard 3 of 3 is given twice" in done.stderr
    some = load(tmp_path / "some" / "results.json")
    assert not some.complete
    assert "the shard of this rule is missing" in {rule.reason for rule in some.rules}

    done = amiproof("report", "--merge", files[0], "whole/results.json")
    assert done.returncode == 2
    assert done.stderr.startswith("amiproof: whole/results.json holds the results of a whole run")


def test_the_command_reports_an_invalid_shard(amiproof: Command) -> None:
    for command in (("run", "reference"), ("plan", "reference")):
        done = amiproof(*command, "--shard", "4/3")
        assert done.returncode == 2
        assert done.stderr == "amiproof: '4/3' is no shard: give one such as 1/4.\n"


def test_pytest_takes_a_shard_too(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--pyargs", "conformance.suite", "--collect-only", "-q",
         "--amiproof-target=reference", "--amiproof-shard=2/7", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env=environment(tmp_path / "state"),
        capture_output=True,
        text=True,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    rules = {
        line.rpartition("[")[2].rstrip("]") for line in done.stdout.splitlines() if "[" in line
    }
    assert len(rules) > 20
    assert all(is_of(rule, Shard(2, 7)) for rule in rules)
