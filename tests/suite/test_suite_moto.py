"""The suite against moto: it reports the real deviations, each with a minimal request."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from filelock import FileLock

from reports.results import Deviation, Results, Verdict, load
from tests.conftest import Command, environment
from tests.warm import Warm


@pytest.fixture(scope="session")
def results(warm: Warm, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Results:
    """Of one whole run, which the workers share; of ``.ci/run``'s own where that was just made."""
    made = os.environ.get("AMIPROOF_MOTO_REPORT")
    if made:
        return load(Path(made) / "results.json")
    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_id == "master" else own.parent) / "whole-run-of-moto"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            folder.mkdir()
            done = warm.run(["run", "moto"], folder, environment(folder / "state"), timeout=300)
            assert done.returncode == 1, done.stdout + done.stderr
    return load(folder / "amiproof-report" / "results.json")


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


def test_a_terminal_sees_each_broken_rule(amiproof: Command, tmp_path: Path) -> None:
    done = amiproof("run", "moto", "--select", "name.length")
    assert done.returncode == 1
    assert "name.length.max" in done.stdout
    assert "accepted; expected InvalidAMIName.Malformed" in done.stdout
    assert "curl" not in done.stdout
    again = amiproof("run", "moto", "--select", "name.length", "--verbose")
    assert "curl" in again.stdout
