"""Judging a recording gives the verdicts of the recorded run, without the endpoint."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fixtures.faults import FAULTS
from fixtures.reference import ADMINISTRATOR, Endpoint, serving
from fixtures.variants import VARIANTS
from tests.conftest import Command, environment
from tests.warm import Warm

KEYS = {
    "AWS_ACCESS_KEY_ID": ADMINISTRATOR.access_key,
    "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR.secret_key,
}


def rules(folder: Path) -> str:
    return json.dumps(json.loads((folder / "results.json").read_text())["rules"])


def judged_as_run(amiproof: Command, folder: Path, *arguments: str) -> int:
    """Record a run, judge the recording, compare the rules. Returns the exit status of both."""
    run = amiproof("run", *arguments, "--record", "run.jsonl", "--out", "run", env=KEYS)
    judged = amiproof("judge", "run.jsonl", "--out", "judged")
    assert judged.returncode == run.returncode, run.stderr + judged.stdout + judged.stderr
    assert rules(folder / "judged") == rules(folder / "run")
    return run.returncode


@pytest.mark.parametrize(
    "more", [("--clock", "virtual"), ("--workers", "2", "--select", "name desc inst st")]
)
def test_of_a_conforming_target(amiproof: Command, tmp_path: Path, more: tuple[str, ...]) -> None:
    assert judged_as_run(amiproof, tmp_path, "reference", *more) == 0
    assert '"status": "pass"' in rules(tmp_path / "judged")


def test_of_an_account(amiproof: Command, tmp_path: Path) -> None:
    """Its limits and delays make a run wait, launch ahead, and spread over instances."""
    assert judged_as_run(amiproof, tmp_path, "persona", "--clock", "virtual") == 0
    assert '"status": "pass"' in rules(tmp_path / "judged")


@pytest.mark.parametrize(
    ("change", "select", "status"),
    [
        (FAULTS["name/accepts-129"].change, "name", 1),
        (VARIANTS["consistency/images-are-seen-late"].change, "name st", 0),
    ],
    ids=["fault", "late"],
)
def test_of_a_changed_target(
    amiproof: Command,
    tmp_path: Path,
    change: Callable[[Endpoint], None],
    select: str,
    status: int,
) -> None:
    endpoint = Endpoint()
    change(endpoint)
    with serving(endpoint) as url:
        assert judged_as_run(amiproof, tmp_path, url, "--select", select) == status


@pytest.mark.parametrize("select", ["name.required tag.key noreboot", "name tag.key noreboot"])
def test_of_moto(amiproof: Command, tmp_path: Path, select: str) -> None:
    assert judged_as_run(amiproof, tmp_path, "moto", "--select", select) == 1


@pytest.fixture(scope="module")
def recorded(warm: Warm, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of the ``desc`` rules, with its recording and its results."""
    folder = tmp_path_factory.mktemp("recorded")
    options = ("--clock", "virtual", "--select", "desc", "--record", "run.jsonl", "--out", "run")
    env = environment(folder / "state")
    done = warm.run(("run", "reference", *options), folder, env, timeout=300)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def recording(recorded: Path, tmp_path: Path) -> Path:
    """A recording of the ``desc`` rules, which a test may change."""
    shutil.copytree(recorded / "run", tmp_path / "run")
    return Path(shutil.copy(recorded / "run.jsonl", tmp_path))


def test_a_recording_without_footer_is_incomplete(
    amiproof: Command, recording: Path, tmp_path: Path
) -> None:
    lines = recording.read_text().splitlines(keepends=True)
    recording.write_text("".join(lines[:-1]))
    assert amiproof("judge", "run.jsonl", "--out", "judged").returncode == 4
    assert rules(tmp_path / "judged") == rules(tmp_path / "run")
    assert json.loads((tmp_path / "judged" / "results.json").read_text())["complete"] is False


@pytest.mark.parametrize("where", [1, -2, -1])
def test_a_damaged_line_is_a_usage_error(amiproof: Command, recording: Path, where: int) -> None:
    lines = recording.read_text().splitlines(keepends=True)
    lines[where] = lines[where][: len(lines[where]) // 2] + "\n"
    recording.write_text("".join(lines))
    said = amiproof("judge", "run.jsonl")
    assert said.returncode == 2
    assert "is damaged" in said.stderr
    assert said.stderr.count("\n") == 1


def test_a_changed_recording_is_a_usage_error(amiproof: Command, recording: Path) -> None:
    lines = recording.read_text().splitlines(keepends=True)
    recording.write_text("".join(lines[:5] + lines[6:]))
    said = amiproof("judge", "run.jsonl")
    assert said.returncode == 2
    assert "was changed" in said.stderr


def is_exchange_of(rule: str, line: dict[str, Any]) -> bool:
    return line["type"] == "exchange" and line["rule"] == rule


def test_a_rule_whose_exchanges_are_missing_is_untested(
    amiproof: Command, recording: Path, tmp_path: Path
) -> None:
    """A complete run's recording that lacks the exchanges of one property does not end with 0."""
    *lines, last = recording.read_text().splitlines(keepends=True)
    kept = [line for line in lines if not is_exchange_of("desc.max255", json.loads(line))]
    assert len(kept) < len(lines)
    data = "".join(kept)
    digest = "sha256:" + hashlib.sha256(data.encode()).hexdigest()
    footer = json.loads(last) | {"count": len(kept), "digest": digest}
    recording.write_text(data + json.dumps(footer) + "\n")
    said = amiproof("judge", "run.jsonl", "--out", "judged")
    assert said.returncode == 4
    assert "requests that the recording lacks prevented it" in " ".join(said.stdout.split())
    found = {r["id"]: r for r in json.loads(rules(tmp_path / "judged"))}
    assert found["desc.max255"]["status"] == "untested"
    assert found["desc.max255"]["reason"] == "not in the recording"
    assert not any(rule["status"] == "fail" for rule in found.values())


@pytest.mark.parametrize("version", [0, 3, None, "2"])
def test_an_unknown_version_is_a_usage_error(
    amiproof: Command, tmp_path: Path, version: object
) -> None:
    (tmp_path / "run.jsonl").write_text(json.dumps({"type": "header", "version": version}) + "\n")
    said = amiproof("judge", "run.jsonl")
    assert said.returncode == 2
    assert "is no recording of version 1 or 2" in said.stderr


def test_a_recording_of_version_1_is_judged(
    amiproof: Command, recording: Path, tmp_path: Path
) -> None:
    lines = [json.loads(line) for line in recording.read_text().splitlines()[:-1]]
    text = "".join(json.dumps(downgraded(line)) + "\n" for line in lines)
    digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    footer = {"count": len(lines), "digest": digest, "complete": True, "left": []}
    recording.write_text(text + json.dumps({"footer": footer}) + "\n")
    assert amiproof("judge", "run.jsonl", "--out", "judged").returncode == 0
    assert rules(tmp_path / "judged") == rules(tmp_path / "run")


def downgraded(line: dict[str, Any]) -> dict[str, Any]:
    """A line as version 1 had it."""
    kind = line.pop("type")
    if kind == "header":
        return {"header": {**line, "version": 1}}
    if kind == "planned":
        return {"planned": line["rules"], "together": line["together"]}
    if kind == "finished":
        return {"worker": line["worker"], "ended": line["rule"]}
    if kind == "clock":
        return {"worker": line["worker"], "rest": line["times"]}
    if kind == "started":
        return line
    result = line.pop("result")
    line["request"] = [line["request"][0], line["request"][1:]]
    if result["type"] != "received":
        word = {"stopped": "cut", "not signed": "nobody"}[result["type"]]
        return {**line, word: result["why"]}
    outcome = result["outcome"]
    line["outcome"] = [outcome.pop("type").title(), *outcome.values()]
    if result["answer"] is not None:
        *head, root = result["answer"]
        line["answer"] = [*head, root and flat(root)]
    return line


def flat(element: list[Any]) -> list[Any]:
    return [*element[:3], *map(flat, element[3])]


def test_a_history_is_judged_without_its_exchanges(amiproof: Command, tmp_path: Path) -> None:
    """The lines of the scenario's requests are gone, and its history says something else."""
    recording = tmp_path / "run.jsonl"
    rule = "lc.deregister.visible"
    done = amiproof("run", "reference", "--select", rule, "--record", "run.jsonl", "--out", "run")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in recording.read_text().splitlines()[:-1]]
    of_scenarios = [each for each in lines if each.get("rule", "").startswith("scenario ")]
    assert {each["request"][0][0][1] for each in of_scenarios} >= {"DeregisterImage"}
    [told] = [each for each in lines if each["type"] == "history"]
    steps = told["history"]["steps"]
    registered = next(each for each in steps if each["step"] == "described")
    gone = next(each for each in steps if each["step"] == "described" and not each["image"])
    gone["image"] = registered["image"]
    kept = [each for each in lines if each not in of_scenarios]
    recording.write_text("".join(json.dumps(each) + "\n" for each in kept))
    assert amiproof("judge", "run.jsonl", "--out", "judged").returncode == 4  # without a footer
    found = {each["id"]: each for each in json.loads(rules(tmp_path / "judged"))}
    assert found[rule]["status"] == "fail"
