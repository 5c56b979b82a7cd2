"""The suite against moto: it reports the real deviations, each with a minimal request."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reports.results import Deviation, Results, Verdict, load
from tests.conftest import Command


@pytest.fixture(scope="module")
def results(moto_run: Path) -> Results:
    return load(moto_run / "results.json")


def _first(results: Results, rule_id: str) -> Deviation:
    rule = next(rule for rule in results.rules if rule.id == rule_id)
    assert rule.status is Verdict.FAIL, f"{rule_id}: {rule.status} {rule.reason}"
    return rule.deviations[0]


def _sent(deviation: Deviation) -> dict[str, str]:
    usual = {"Action", "Version"}
    return {name: value for name, value in deviation.request if name not in usual}


BROKEN = (
    "name.required",
    "name.empty",
    "name.length.min",
    "name.length.max",
    "name.charset.comma",
    "name.charset.other",
    "name.unique",
    "inst.format",
    "inst.state.terminal",
    "wire.bool",
    "wire.unknown",
    "resp.requestId",
    "err.class.client",
)


@pytest.mark.parametrize("rule_id", BROKEN)
def test_the_deviations_of_moto(results: Results, rule_id: str) -> None:
    deviation = _first(results, rule_id)
    for kind in ("curl", "boto3"):
        assert getattr(deviation.reproduce, kind)


def test_minimal_means_minimal(results: Results) -> None:
    assert _sent(_first(results, "name.length.min"))["Name"] == "ab"
    assert _sent(_first(results, "name.length.max"))["Name"] == "a" * 129
    spoilt = _sent(_first(results, "name.charset.other"))["Name"]
    assert re.fullmatch(r"aa[^a]", spoilt)
    for rule_id in ("name.length.min", "name.length.max", "name.charset.other"):
        assert set(_sent(_first(results, rule_id))) == {"InstanceId", "Name"}
    assert set(_sent(_first(results, "wire.bool"))) == {"InstanceId", "Name", "NoReboot"}


def test_a_missing_instance_id_crashes_it(results: Results) -> None:
    deviation = _first(results, "err.class.client")
    assert "InstanceId" not in _sent(deviation)
    assert deviation.observed.outcome == "malformed"
    assert deviation.observed.status == 500


def test_a_terminal_sees_each_broken_rule(amiproof: Command, moto_run: Path) -> None:
    said = (moto_run / "said.txt").read_text()
    assert "name.length.max" in said
    assert "accepted; expected InvalidAMIName.Malformed" in said
    assert "curl" not in said
    again = amiproof("run", "moto", "--select", "name.length", "--verbose")
    assert again.returncode == 1
    assert "curl" in again.stdout
