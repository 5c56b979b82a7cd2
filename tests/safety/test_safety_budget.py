"""No process exceeds the budget, and a run that spent it ends cleanly."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conformance.engine.client.budget import Budget, Limits, limits
from conformance.engine.core.errors import CutShort, UsageError
from fixtures.reference import ADMINISTRATOR, Endpoint, serving
from fixtures.reference.message import Answer, Request
from fixtures.reference.params import parse_form
from reports.results import Verdict, load
from tests.conftest import Command

KEYS = {
    "AWS_ACCESS_KEY_ID": ADMINISTRATOR.access_key,
    "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR.secret_key,
}


class Counting(Endpoint):
    """The reference, which counts its calls and the resources that it created."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()
        self.made: Counter[str] = Counter()

    def perform(self, request: Request, request_id: str) -> Answer:
        params = dict(parse_form(request.query) + parse_form(request.body))
        name = params.get("Action", "")
        self.calls[name] += 1
        images = len(self.state.images) + len(self.state.deregistered)
        answer = super().perform(request, request_id)
        self.made["images"] += len(self.state.images) + len(self.state.deregistered) - images
        self.made["instances"] += name == "RunInstances"
        return answer


@pytest.fixture
def counting() -> Iterator[tuple[Counting, str]]:
    endpoint = Counting()
    with serving(endpoint) as url:
        yield endpoint, url


@pytest.mark.parametrize(
    ("budget", "workers", "of"),
    [
        ("images=7", "1", "images"),
        ("images=7", "2", "images"),
        ("instances=2", "1", "instances"),
        ("calls=300", "1", "calls"),
        ("calls=300", "2", "calls"),
    ],
)
def test_a_budget(
    counting: tuple[Counting, str],
    amiproof: Command,
    tmp_path: Path,
    budget: str,
    workers: str,
    of: str,
) -> None:
    endpoint, url = counting
    done = amiproof("run", url, "--budget", budget, "--workers", workers, env=KEYS)
    assert done.returncode == 4, done.stdout + done.stderr
    most = int(budget.partition("=")[2])
    used = endpoint.made[of] if of != "calls" else endpoint.calls.total()
    assert used <= most
    assert used >= most * 0.6  # and it was spent
    results = load(tmp_path / "amiproof-report" / "results.json")
    assert not results.complete
    assert not results.of(Verdict.FAIL)
    reasons = [r.reason or "" for r in results.of(Verdict.UNTESTED)]
    assert sum(f"the budget is spent ({of}={most})" in reason for reason in reasons) >= 5
    assert "The run stopped early" in done.stdout
    mine = [i for i in endpoint.state.images.values() if i.source_instance]
    assert not mine
    assert all(i.state == "terminated" for i in endpoint.state.instances.values())


def test_no_images_at_all(counting: tuple[Counting, str], amiproof: Command) -> None:
    endpoint, url = counting
    done = amiproof("run", url, "--budget", "images=0", env=KEYS)
    assert done.returncode == 4
    assert done.stderr == "amiproof: the budget is spent (images=0)\n"
    assert not endpoint.calls


def test_minutes_are_counted_too(
    counting: tuple[Counting, str], amiproof: Command, tmp_path: Path
) -> None:
    _, url = counting
    done = amiproof("run", url, "--budget", "minutes=0.04", env=KEYS)
    assert done.returncode == 4, done.stdout + done.stderr
    assert load(tmp_path / "amiproof-report" / "results.json").totals.seconds < 20


def test_a_large_budget_changes_nothing(
    counting: tuple[Counting, str], amiproof: Command, tmp_path: Path
) -> None:
    endpoint, url = counting
    large = "images=100,instances=50,calls=5000,minutes=60"
    done = amiproof("run", url, "--budget", large, "--select", "name", env=KEYS)
    assert done.returncode == 0, done.stdout + done.stderr
    results = load(tmp_path / "amiproof-report" / "results.json")
    assert results.complete
    assert results.totals.requests == endpoint.calls.total()


@pytest.mark.parametrize("wrong", ["images", "images=x", "images=-1", "pictures=3", "calls=1.5"])
def test_an_invalid_budget(wrong: str) -> None:
    with pytest.raises(UsageError, match="--budget"):
        limits(wrong)


def test_limits_over_others() -> None:
    assert limits("images=3").over(Limits(images=10, calls=5)) == Limits(images=3, calls=5)
    assert str(limits("images=3, minutes=1.5")) == "images=3,minutes=1.5"


def test_many_threads_share_one_count(tmp_path: Path) -> None:
    shared = Budget(Limits(images=25), tmp_path, time.time())

    def spend(number: int) -> int:
        own = Budget(Limits(images=25), tmp_path, time.time())
        budget, taken = (shared if number % 2 else own), 0
        try:
            while True:
                budget.take("image")
                budget.settle("image", 1)
                taken += 1
        except CutShort:
            return taken

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(spend, range(6))) == 25


def test_a_rejected_request_returns_its_share(tmp_path: Path) -> None:
    budget = Budget(Limits(images=1), tmp_path, time.time())
    for _ in range(5):
        budget.take("image")
        budget.settle("image", 0)
    budget.take("image")
    budget.settle("image", 1)
    budget.take(None)
    with pytest.raises(CutShort, match="images=1"):
        budget.take("image")


def test_the_end_of_the_budget_ends_every_process(tmp_path: Path) -> None:
    one, other = (Budget(Limits(images=1), tmp_path, time.time()) for _ in range(2))
    one.take("image")
    one.settle("image", 1)
    other.take(None)
    with pytest.raises(CutShort):
        one.take("image")
    with pytest.raises(CutShort, match="images=1"):
        other.take(None)
