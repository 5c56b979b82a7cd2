"""A fixed part of the proof, by the real command."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from conformance.prove.matrix import Proof
from fixtures import registry
from tests.conftest import Command, environment
from tests.warm import Warm

FAULTS = (
    "name/accepts-129",
    "description/lost-one-time-in-three",
    "error/one-refusal-in-seven-leaves-a-snapshot",
    "tags/the-first-snapshot-alone",
)
VARIANTS = ("consistency/snapshots-are-seen-late", "throttling/throttled-now-and-then")
"""A few variants; ``amiproof prove`` runs them all."""


def test_a_fixed_part(amiproof: Command, tmp_path: Path) -> None:
    file = tmp_path / "proof.json"
    done = amiproof("prove", "--select", " ".join((*FAULTS, *VARIANTS)), "--json", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(FAULTS)} of {len(FAULTS)} faults are found" in done.stdout
    assert f"0 of {len(VARIANTS)} conforming variants raise an alarm" in done.stdout
    rows = {row["id"]: row for row in json.loads(file.read_text())["rows"]}
    assert rows.keys() == {*FAULTS, *VARIANTS}
    assert rows["name/accepts-129"]["attempt"]["blamed"] == ["name.length.max"]
    request = dict(rows["name/accepts-129"]["attempt"]["deviations"][0]["deviation"]["request"])
    assert request["Name"] == "a" * 129
    assert set(request) == {"Action", "Version", "InstanceId", "Name"}


def test_without_its_property_a_fault_survives(amiproof: Command) -> None:
    fault = "lifecycle/tags-added-later-are-lost"  # no whole request shows it
    done = amiproof("prove", "--select", fault, "--without", "lc.tags_later")
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"survived: {fault} breaks lc.tags_later" in done.stdout


def test_each_property_is_left_out_in_turn(amiproof: Command, tmp_path: Path) -> None:
    file = tmp_path / "each.json"
    done = amiproof(
        "prove", "--without", "each", "--select", "resp.status name.length.max",
        "--json", str(file),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = {one["rule"]: one for one in json.loads(file.read_text())}
    assert found.keys() == {"resp.status", "name.length.max"}
    assert "name.length.max" in registry.FAULTS[found["name.length.max"]["survivor"]].rules
    assert found["resp.status"]["backed_by"]


def test_mistakes_of_the_user(amiproof: Command) -> None:
    for arguments, says in (
        (("--select", "nonsense"), "selects no fault"),
        (("--part", "9/3"), "is no part"),
        (("--without", "nonsense"), "is no rule"),
    ):
        done = amiproof("prove", *arguments)
        assert done.returncode == 2
        assert says in done.stderr
        assert "Traceback" not in done.stderr


def test_a_changed_endpoint_is_served(amiproof: Command) -> None:
    done = amiproof("serve", "--change", "nonsense")
    assert done.returncode == 2
    assert "is no change" in done.stderr


def test_a_proof_can_be_read_again(tmp_path: Path) -> None:
    import msgspec

    empty = Proof(effort="quick", seed=1, whole=False, seconds=0.0, rows=())
    assert msgspec.convert(msgspec.to_builtins(empty), Proof) == empty


def alive(session: int) -> list[str]:
    """The processes of a session that have not ended."""
    stats = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            stats.append(path.read_text().rpartition(") ")[2].split())
        except OSError:
            continue  # it has ended since
    return [state for state, _, _, id, *_ in stats if int(id) == session and state != "Z"]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="there is no /proc")
def test_killed_it_leaves_no_worker(warm: Warm, tmp_path: Path) -> None:
    run = warm.start(("prove", "--workers", "1"), tmp_path, environment(tmp_path / "state"))
    assert run.output.readline()  # a first row: its worker has more to do, for minutes
    os.kill(run.pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while (left := alive(run.pid)) and time.monotonic() < deadline:
        time.sleep(0.1)
    run.kill(signal.SIGKILL)
    run.wait()
    assert not left
