"""Killed at any moment, a run leaves nothing that a later sweep does not find, and the sweep
touches no resource of another owner.

AMIPROOF_KILLS sets how often the run is killed; each time at another moment.
"""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.engine.client.ledger import RUN_TAG, ledgers
from fixtures.reference import ACCOUNT, ADMINISTRATOR, Endpoint, serving
from fixtures.reference.clock import Timing
from fixtures.reference.message import Answer, Request
from fixtures.reference.state import Image, Instance, Snapshot, State
from fixtures.registry import find
from tests.conftest import environment
from tests.warm import Ended, Warm

KILLS = int(os.environ.get("AMIPROOF_KILLS", "6"))
BYSTANDERS = 20


class Slow(Endpoint):
    """The reference with delays: states take their time, and so does every answer."""

    def finish(self, request: Request, answer: Answer, request_id: str) -> Answer:
        answer.delay = 0.004
        return super().finish(request, answer, request_id)


@pytest.fixture
def endpoint() -> Iterator[tuple[Slow, str]]:
    slow = Slow(timing=Timing(pending=0.3, stopping=0.1, image=0.2, snapshot=0.2))
    with serving(slow) as url:
        yield slow, url


def settings(folder: Path) -> dict[str, str]:
    return {
        **environment(folder / "state"),
        "AWS_ACCESS_KEY_ID": ADMINISTRATOR.access_key,
        "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR.secret_key,
    }


def swept(warm: Warm, folder: Path, target: str) -> Ended:
    return warm.run(("sweep", target), folder, settings(folder), timeout=120)


def kill_a_run(warm: Warm, folder: Path, url: str, after: float, workers: int) -> None:
    """Start a run and kill it, workers and all, so many seconds after its first request."""
    run = warm.start(("run", url, "--workers", str(workers)), folder, settings(folder))
    deadline = time.monotonic() + 60
    while not list((folder / "state").glob("ledgers/*/*.jsonl")) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(after)
    run.kill(signal.SIGKILL)
    run.wait()


def near(text: str, number: int) -> str:
    """A text that differs from another as little as can be."""
    return (text + "0", text[:-1], text.upper(), "x" + text)[number % 4]


def add_bystanders(state: State, run_id: str) -> dict[str, set[str]]:
    """Images, snapshots and instances of other owners, with names like the run's."""
    names = [image.name for image in state.images.values() if image.owner == ACCOUNT]
    names = names or ["amiproof-" + run_id[-4:] + "0abc"]
    made: dict[str, set[str]] = {"images": set(), "snapshots": set(), "instances": set()}
    taken = {name for _, name in state.names}
    template = Instance(
        "i-0", ACCOUNT, next(iter(state.images.values())), "t3.micro", time.time(), "r-0",
        "subnet-0", "us-east-1a", "10.0.0.9", state="running",
    )  # fmt: skip
    for number in range(BYSTANDERS):
        tags = {near(RUN_TAG, number): run_id, RUN_TAG: near(run_id, number)}
        instance = replace(
            template, id=f"i-{number:017x}", reservation=f"r-{number:017x}", tags=dict(tags)
        )
        snapshot = Snapshot(
            f"snap-{number:017x}", ACCOUNT, f"vol-{number:017x}", 1, time.time(), time.time(),
            description=f"Created by CreateImage(i-{number:017x}) for ami-{number:017x} {run_id}",
            tags=tags,
        )  # fmt: skip
        name = near(names[number % len(names)], number)
        while name in taken:
            name += "_"
        taken.add(name)
        image = Image(
            f"ami-{number:017x}", ACCOUNT, name, time.time(), time.time(), (), "/dev/xvda",
            source_instance=instance.id, tags=tags,
        )  # fmt: skip
        state.instances[instance.id] = instance
        state.snapshots[snapshot.id] = snapshot
        state.add_image(image)
        made["images"].add(image.id)
        made["snapshots"].add(snapshot.id)
        made["instances"].add(instance.id)
    return made


def owned(state: State) -> dict[str, set[str]]:
    """The resources of the account that cost money, by kind."""
    return {
        "images": {i.id for i in state.images.values() if i.owner == ACCOUNT},
        "snapshots": {s.id for s in state.snapshots.values() if s.owner == ACCOUNT},
        "instances": {i.id for i in state.instances.values() if i.state != "terminated"},
    }


@pytest.mark.parametrize("kill", range(KILLS))
def test_a_sweep_after_a_kill(
    endpoint: tuple[Slow, str], warm: Warm, tmp_path: Path, kill: int
) -> None:
    slow, url = endpoint
    before = owned(slow.state)
    chance = random.Random(f"kill {kill}")
    kill_a_run(warm, tmp_path, url, chance.uniform(0.0, 9.0), workers=1 + kill % 2)
    (run,) = (tmp_path / "state" / "ledgers").iterdir()
    bystanders = add_bystanders(slow.state, run.name)
    for _ in range(2):  # the second sweep finds nothing and harms nothing
        done = swept(warm, tmp_path, url)
        assert done.returncode == 0, done.stdout + done.stderr
    slow.state.settle(time.time())
    after = owned(slow.state)
    for kind, ids in before.items():
        assert after[kind] == ids | bystanders[kind], kind
    volumes = {v.id for v in slow.state.volumes.values()}
    assert not volumes


@pytest.mark.parametrize(
    ("id", "reason"),
    [
        ("cleanup/a-volume-of-the-snapshot-is-left-for-each-image", ""),
        ("cleanup/a-snapshot-that-went-along-is-an-invalid-value", ""),
        ("cleanup/delete-snapshot-deletes-nothing", "still shows it after DeleteSnapshot"),
        ("cleanup/deregister-image-is-unknown", "InvalidAction"),
    ],
)
def test_a_sweep_where_removal_fails(
    endpoint: tuple[Slow, str], warm: Warm, tmp_path: Path, id: str, reason: str
) -> None:
    """What is left is reported with the true reason, by the second sweep too."""
    slow, url = endpoint
    change = find(id)
    assert change is not None
    change.change(slow)
    before = owned(slow.state)
    chance = random.Random(id)
    kill_a_run(warm, tmp_path, url, chance.uniform(2.0, 9.0), workers=1)
    (run,) = (tmp_path / "state" / "ledgers").iterdir()
    bystanders = add_bystanders(slow.state, run.name)
    for _ in range(2):
        done = swept(warm, tmp_path, url)
        slow.state.settle(time.time())
        after = owned(slow.state)
        left = {kind: after[kind] - ids - bystanders[kind] for kind, ids in before.items()}
        assert all(bystanders[kind] <= after[kind] for kind in bystanders)
        assert done.returncode == (5 if any(left.values()) else 0), done.stdout + done.stderr
        assert reason or not any(left.values()), left
        assert not any(left.values()) or reason in done.stdout, done.stdout
        counted = re.findall(r"left behind: (\d+ )?(image|snapshot|instance)", done.stdout)
        assert sum(int(number or 1) for number, _ in counted) == sum(map(len, left.values()))
    assert not slow.state.volumes


def test_a_resource_in_the_ledger_with_another_mark_stays(
    endpoint: tuple[Slow, str], warm: Warm, tmp_path: Path
) -> None:
    """An id alone is no proof: a ledger that names foreign resources removes nothing."""
    slow, url = endpoint
    run = tmp_path / "state" / "ledgers" / "20260101-000000-zzzz"
    run.mkdir(parents=True)
    bystanders = add_bystanders(slow.state, run.name)
    (run / "run.json").write_text(
        f'{{"run_id":"{run.name}","target":"{url}","endpoint":"{url}","region":"us-east-1"}}'
    )
    with (run / "main.jsonl").open("w") as file:
        for kind, ids in bystanders.items():
            for id in sorted(ids):
                kind_line = f'{{"event":"made","kind":"{kind[:-1]}","id":"{id}","at":1.0}}\n'
                file.write(kind_line)
    before = owned(slow.state)
    done = swept(warm, tmp_path, url)
    assert done.returncode == 5, done.stdout + done.stderr
    counted = re.findall(r"left behind: (\d+ )?(image|snapshot|instance)", done.stdout)
    assert sum(int(number or 1) for number, _ in counted) == 3 * BYSTANDERS, done.stdout
    assert done.stdout.count("not touched") == len(counted) <= 9
    assert owned(slow.state) == before


def test_a_current_run_is_not_swept(endpoint: tuple[Slow, str], warm: Warm, tmp_path: Path) -> None:
    _, url = endpoint
    run = warm.start(("run", url, "--select", "name"), tmp_path, settings(tmp_path))
    run.output.readline()
    done = swept(warm, tmp_path, url)
    assert "still going" in done.stdout
    assert run.wait() == 0


def test_where_ledgers_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AMIPROOF_STATE", str(tmp_path))
    assert ledgers() == tmp_path / "ledgers"


def test_there_is_nothing_to_sweep_where_a_run_brings_its_endpoint(
    warm: Warm, tmp_path: Path
) -> None:
    done = swept(warm, tmp_path, "moto")
    assert done.returncode == 2
    assert "nothing to sweep" in done.stderr
