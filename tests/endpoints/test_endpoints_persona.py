"""Runs against the AWS persona, which has a real account's limits and delays, in virtual time."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.model import CATALOGUE
from fixtures.persona import Persona, install
from fixtures.reference import Endpoint, serving
from reports.results import Results, Verdict, load
from tests.conftest import Command
from tests.gate.test_gate_run import KEYS

DEVIATES = {rule.id for rule in CATALOGUE.values() if rule.aws.status == "deviates"}
"""The rules that AWS was seen to break."""


def measured(amiproof: Command, folder: Path, target: str, *options: str) -> tuple[int, Results]:
    """The exit status and the results of a whole run."""
    arguments = ("--clock", "virtual", "--out", str(folder / target), *options)
    done = amiproof("run", target, *arguments)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert "left behind" not in done.stdout
    return done.returncode, load(folder / target / "results.json")


def test_the_doctor_describes_the_account(amiproof: Command) -> None:
    done = amiproof("doctor", "persona")
    text = " ".join(done.stdout.split())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the default VPC, in us-east-1a" in text
    assert "encryption off by default" in text
    assert "Service Quotas" in text


@pytest.mark.parametrize(
    ("persona", "says", "status"),
    [
        (Persona(default_vpc=False), "no default VPC: give a subnet with --subnet-id", 3),
        (Persona(encryption_by_default=True), "untested: bdm.enc.unenc_volume", 0),
    ],
)
def test_the_doctor_says_what_an_account_lacks(
    amiproof: Command, tmp_path: Path, persona: Persona, says: str, status: int
) -> None:
    endpoint = Endpoint()
    install(endpoint, persona)
    with serving(endpoint) as url:
        (tmp_path / "amiproof.toml").write_text(
            f'[target.account]\nendpoint = "{url}"\nlimits = "aws"\n'
        )
        done = amiproof("doctor", "account", env=KEYS)
    assert says in " ".join(done.stdout.split())
    assert done.returncode == status, done.stdout + done.stderr


def having(results: Results, verdict: Verdict) -> set[str]:
    return {rule.id for rule in results.rules if rule.status is verdict}


@pytest.mark.parametrize(("judge", "failed"), [("documents", DEVIATES), ("aws", set())])
def test_each_judge_blames_what_it_must(
    amiproof: Command, tmp_path: Path, judge: str, failed: set[str]
) -> None:
    status, results = measured(amiproof, tmp_path, "persona-deviating", "--judge", judge)
    assert having(results, Verdict.FAIL) == failed
    assert status == (1 if failed else 0)
