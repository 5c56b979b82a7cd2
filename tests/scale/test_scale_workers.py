"""The scheduler of pytest-xdist's workers: which worker gets which rule."""

from __future__ import annotations

import http.client
import os
import shlex
import subprocess
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from conformance.engine.run.fork_server import forked_workers
from conformance.engine.run.scheduler import DEALT, RuleScheduler
from conformance.engine.run.sharding import COSTLIEST, costliest_first, rule_of
from conformance.model import CATALOGUE
from conformance.plugin import RECORD
from fixtures.endpoints import reference
from reports.results import Results, load
from tests.conftest import Command
from tests.scale.conftest import KEYS

ALL = costliest_first(
    [f"test_{rule.partition('.')[0]}.py::test_it[{rule}]" for rule in CATALOGUE], rule_of
)


class Worker:
    """The worker as a scheduler sees it: its rules, and whether it was shut down."""

    def __init__(self) -> None:
        self.given: list[int] = []
        self.shutting_down = False
        self.gateway, self.id = self, "gw"

    def send_runtest_some(self, places: list[int]) -> None:
        self.given += places

    def shutdown(self) -> None:
        self.shutting_down = True


@pytest.fixture
def config() -> Any:
    """A configuration without registered plugins."""

    class Config:
        pluginmanager = pytest.PytestPluginManager()

        @staticmethod
        def getoption(name: str) -> None:
            return None

    return Config


def _scheduled(
    config: Any,
    monkeypatch: pytest.MonkeyPatch,
    workers: int,
    until: float,
    dealt: Collection[str] = (),
) -> Any:
    monkeypatch.setattr("xdist.scheduler.load.parse_tx_spec_config", lambda _: [None] * workers)
    spread = RuleScheduler(config, None, until, dealt)
    for worker in (batch := [Worker() for _ in range(workers)]):
        spread.add_node(worker)
    for worker in batch:
        spread.add_node_collection(worker, ALL)
    spread.schedule()
    return spread, batch


def _done(spread: Any, worker: Worker, *, generates: bool = False, round: int = 0) -> None:
    """Report the end of the worker's first unfinished rule."""
    place = spread.node2pending[worker][0]
    report = pytest.TestReport(
        ALL[place], ("", 0, ""), {}, "passed", None, "call",
        user_properties=[(RECORD, {"generates": generates, "round": round})],
    )  # fmt: skip
    report.node = worker  # type: ignore[attr-defined]
    spread.pytest_runtest_logreport(report)
    spread.mark_test_complete(worker, place)


def test_the_costliest_begin_and_each_rule_is_given_once(
    config: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    spread, batch = _scheduled(config, monkeypatch, 4, until=0.0)
    assert [rule_of(ALL[w.given[0]]) for w in batch] == list(COSTLIEST[:4])
    assert all(rule_of(ALL[w.given[1]]) not in COSTLIEST for w in batch)
    while not spread.tests_finished:
        for worker in batch:
            if spread.node2pending[worker] and not worker.shutting_down:
                _done(spread, worker)
    given = sorted(place for worker in batch for place in worker.given)
    assert given == list(range(len(ALL)))
    assert max(len(w.given) for w in batch) - min(len(w.given) for w in batch) <= 1
    families = [{ALL[place].partition("::")[0] for place in w.given} for w in batch]
    assert max(map(len, families)) < len({nodeid.partition("::")[0] for nodeid in ALL})


def test_each_worker_ends_with_its_share_of_the_dealt_rules(
    config: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    spread, batch = _scheduled(config, monkeypatch, 3, until=0.0, dealt=DEALT)
    while not spread.tests_finished:
        for worker in batch:
            if spread.node2pending[worker] and not worker.shutting_down:
                _done(spread, worker)
    dealt = [place for place, nodeid in enumerate(ALL) if rule_of(nodeid) in DEALT]
    assert dealt
    assert all(sorted(worker.given[-len(dealt) :]) == dealt for worker in batch)
    others = sorted(place for w in batch for place in w.given[: -len(dealt)])
    assert others == [place for place in range(len(ALL)) if place not in dealt]


def test_a_worker_repeats_its_own_rules_until_the_time_is_over(
    config: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    spread, (one, other) = _scheduled(config, monkeypatch, 2, until=time.time() + 3600)
    while spread.pending:
        _done(spread, one, generates=len(one.given) < 6)
        _done(spread, other)
    first = one.given[:4]
    for _ in range(40):
        _done(spread, one, round=1)
        if not other.shutting_down:
            _done(spread, other, round=1)
    assert other.shutting_down
    assert not one.shutting_down
    assert set(one.given[-12:]) == set(first)
    spread._until = 0.0
    _done(spread, one, round=1)
    assert one.shutting_down
    assert spread.tests_finished


def test_a_far_endpoint_takes_its_time_and_serves_many_at_once() -> None:
    def ask(url: str) -> float:
        began = time.monotonic()
        connection = http.client.HTTPConnection(url.removeprefix("http://"))
        connection.request("GET", "/")
        connection.getresponse().read()
        connection.close()
        return time.monotonic() - began

    with reference("--latency", "0.5") as far, ThreadPoolExecutor(8) as pool:
        began = time.monotonic()
        assert min(pool.map(ask, [far.url] * 8)) >= 0.5
        assert time.monotonic() - began < 8 * 0.5


def test_workers_share_images(amiproof: Command, tmp_path: Path) -> None:
    """Workers share images, and the server that forked them ends."""

    def run(workers: int) -> Results:
        out = f"with-{workers}"
        done = amiproof("run", "reference", "--workers", str(workers), "--out", out, env=KEYS)
        assert done.returncode == 0, done.stdout + done.stderr
        return load(tmp_path / out / "results.json")

    one, four = run(1), run(4)
    assert [(r.id, r.status) for r in one.rules] == [(r.id, r.status) for r in four.rules]
    pairs = [[rule.pairs for rule in each.rules if rule.id in DEALT] for each in (one, four)]
    assert pairs[0] == pairs[1]
    assert pairs[0]
    assert four.totals.images_created <= one.totals.images_created + 12
    assert four.totals.create_image_requests <= 1.2 * one.totals.create_image_requests


def test_a_server_of_workers_ends_with_who_started_it() -> None:
    with forked_workers(3) as arguments:
        [start] = [each for each in arguments if each.startswith("3*popen//python=")]
        command = shlex.split(start.partition("python=")[2])
        say = "import os; print(os.getpid(), 'pytest' in __import__('sys').modules, flush=True)"
        asked = subprocess.run(
            [*command, "-u", "-c", "unused"], input=f"{say!r}\n", capture_output=True, text=True,
            timeout=60,
        )  # fmt: skip
        pid, imported = asked.stdout.split()
        assert imported == "True", asked.stderr
        assert int(pid) != os.getpid()
    assert not Path(command[-1]).exists()
    with pytest.raises(subprocess.CalledProcessError):
        subprocess.run(command, check=True, capture_output=True, timeout=60)


def test_where_nothing_can_listen_workers_are_started_as_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    with forked_workers(3) as arguments:
        assert arguments == ["-n", "3"]
    with forked_workers(1) as arguments:
        assert not arguments
