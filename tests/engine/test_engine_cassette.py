"""A recorded run is judged without its endpoint, and the verdicts are the run's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.faults import FAULTS
from fixtures.reference import ADMINISTRATOR, Endpoint, serving
from fixtures.variants import VARIANTS
from tests.conftest import Command

KEYS = {
    "AWS_ACCESS_KEY_ID": ADMINISTRATOR.access_key,
    "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR.secret_key,
}


def rules(folder: Path) -> str:
    return json.dumps(json.loads((folder / "results.json").read_text())["rules"])


def judged_as_run(amiproof: Command, folder: Path, *arguments: str) -> int:
    """Record a run, judge the recording, compare; the exit status of both."""
    run = amiproof("run", *arguments, "--record", "run.jsonl", "--out", "run", env=KEYS)
    judged = amiproof("judge", "run.jsonl", "--out", "judged")
    assert judged.returncode == run.returncode, run.stderr + judged.stdout + judged.stderr
    assert rules(folder / "judged") == rules(folder / "run")
    return run.returncode


@pytest.mark.parametrize("more", [(), ("--workers", "2", "--select", "name desc inst st")])
def test_of_a_conforming_target(amiproof: Command, tmp_path: Path, more: tuple[str, ...]) -> None:
    assert judged_as_run(amiproof, tmp_path, "reference", *more) == 0
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


def test_of_moto(amiproof: Command, tmp_path: Path) -> None:
    assert judged_as_run(amiproof, tmp_path, "moto", "--select", "name tag.key noreboot") == 1


@pytest.fixture
def recording(amiproof: Command, tmp_path: Path) -> Path:
    """A small one."""
    path = tmp_path / "run.jsonl"
    done = amiproof("run", "reference", "--select", "desc", "--record", str(path), "--out", "run")
    assert done.returncode == 0, done.stderr
    return path


def test_one_without_its_footer_is_incomplete(
    amiproof: Command, recording: Path, tmp_path: Path
) -> None:
    lines = recording.read_text().splitlines(keepends=True)
    recording.write_text("".join(lines[:-1]))
    assert amiproof("judge", "run.jsonl", "--out", "judged").returncode == 4
    assert rules(tmp_path / "judged") == rules(tmp_path / "run")
    assert json.loads((tmp_path / "judged" / "results.json").read_text())["complete"] is False


@pytest.mark.parametrize("where", [1, -2, -1])
def test_one_with_a_damaged_line_is_refused(amiproof: Command, recording: Path, where: int) -> None:
    lines = recording.read_text().splitlines(keepends=True)
    lines[where] = lines[where][: len(lines[where]) // 2] + "\n"
    recording.write_text("".join(lines))
    said = amiproof("judge", "run.jsonl")
    assert said.returncode == 2
    assert "is damaged" in said.stderr
    assert said.stderr.count("\n") == 1


def test_one_that_was_changed_is_refused(amiproof: Command, recording: Path) -> None:
    lines = recording.read_text().splitlines(keepends=True)
    recording.write_text("".join(lines[:5] + lines[6:]))
    said = amiproof("judge", "run.jsonl")
    assert said.returncode == 2
    assert "was changed" in said.stderr


def test_what_is_not_in_it_is_untested(amiproof: Command, recording: Path, tmp_path: Path) -> None:
    """Of one property all exchanges are taken out, and the footer with its digest."""
    kept = [
        line
        for line in recording.read_text().splitlines(keepends=True)[:-1]
        if json.loads(line).get("rule") != "desc.max255"
    ]
    assert len(kept) < len(recording.read_text().splitlines()) - 1
    recording.write_text("".join(kept))
    assert amiproof("judge", "run.jsonl", "--out", "judged").returncode == 4
    found = {r["id"]: r for r in json.loads(rules(tmp_path / "judged"))}
    assert found["desc.max255"]["status"] == "untested"
    assert found["desc.max255"]["reason"] == "not in the recording"
    assert not any(rule["status"] == "fail" for rule in found.values())
