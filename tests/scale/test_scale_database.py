"""The example database: the next run tries failed examples first; no verdict changes."""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.engine.core.errors import UsageError
from conformance.engine.core.target import Target
from conformance.engine.property import database as examples
from conformance.engine.property.database import Address
from conformance.engine.run.config import RunConfig
from conformance.engine.run.plan import Plan
from fixtures.reference import Endpoint
from reports.results import Results, Verdict
from tests.conftest import Command

Run = Callable[..., Results]


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[str]:
    """The address of a Redis server of the test's own, with a password in it."""
    pytest.importorskip("redis")
    command = shutil.which("redis-server")
    if command is None:
        pytest.skip("there is no redis-server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    password = secrets.token_hex(8)
    with subprocess.Popen(
        [command, "--bind", "127.0.0.1", "--port", str(port), "--requirepass", password,
         "--save", "", "--appendonly", "no", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    ) as server:  # fmt: skip
        url = f"redis://:{password}@127.0.0.1:{port}/0"
        for _ in range(100):
            try:
                examples.check(Address(url))
                break
            except UsageError:
                time.sleep(0.05)
        yield url
        server.terminate()


def _shared(run: Run, endpoint: Endpoint, where: str) -> None:
    """The second run finds the deviation of the first from the database; a fixed one is dropped."""
    assert not run("--seed", "5").of(Verdict.FAIL), "choose another seed"
    [found] = run("--effort", "thorough", "--database", where).of(Verdict.FAIL)
    [again] = run("--seed", "5", "--database", where).of(Verdict.FAIL)
    assert (again.id, again.identities()) == (found.id, found.identities())
    assert dict(again.deviations[0].request)["Name"] == "a" * 215

    del endpoint.create_image.check_name_length
    fixed = run("--seed", "5", "--database", where)
    plain = run("--seed", "5")
    assert [r.status for r in fixed.rules] == [r.status for r in plain.rules]
    assert (fixed.totals.passed, plain.totals.passed) == (1, 1)


def test_the_next_machine_tries_the_examples_of_the_first(
    run: Run, endpoint: tuple[Endpoint, str], redis_server: str, tmp_path: Path
) -> None:
    _shared(run, endpoint[0], redis_server)
    secret = redis_server.partition("@")[0].rpartition(":")[2].encode()
    assert secret.decode() not in run.said  # type: ignore[attr-defined]
    written = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert written
    assert not [p for p in written if secret in p.read_bytes()]


def test_a_folder_as_database(run: Run, endpoint: tuple[Endpoint, str], tmp_path: Path) -> None:
    _shared(run, endpoint[0], str(tmp_path / "examples"))


def test_each_arm_has_a_part_of_its_own_with_the_same_key_everywhere(redis_server: str) -> None:
    one, other = (examples.Examples(Address(redis_server)) for _ in range(2))
    one.of("a.b keeps").save(b"key", b"value")
    assert set(other.of("a.b keeps").fetch(b"key")) == {b"value"}
    for part in ("a.b breaks", "a.c keeps"):
        assert not set(other.of(part).fetch(b"key"))
    one.close()
    other.close()


def test_a_server_that_goes_away_ends_no_run(redis_server: str) -> None:
    import redis

    found = examples.Examples(Address(redis_server))
    part = found.of("a.b keeps")
    part.save(b"key", b"value")
    with redis.Redis.from_url(redis_server) as client:
        client.shutdown(nosave=True)
    assert list(part.fetch(b"key")) == []
    part.save(b"key", b"other")
    found.close()


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("redis://:hunter2@127.0.0.1:1/0", "redis://127.0.0.1:1/0 does not answer."),
        ("redis://me:hunter2@host:port/0", "redis://... is not an address"),
        ("redis://127.0.0.1:1/0?password=hunter2", "redis://127.0.0.1:1/0 does not answer."),
        ("mysql://me:hunter2@host/db", "mysql://host/db is not a database"),
        ("/dev/null/hunter", "is not a writable folder"),
    ],
)
def test_an_invalid_database_is_one_sentence(amiproof: Command, where: str, says: str) -> None:
    pytest.importorskip("redis")
    done = amiproof("run", "reference", "--database", where)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert "hunter2" not in done.stdout + done.stderr


def test_a_wrong_password_is_said(amiproof: Command, redis_server: str) -> None:
    head, _, tail = redis_server.partition("@")
    done = amiproof("run", "reference", "--database", f"{head}wrong@{tail}")
    assert done.returncode == 2
    assert "refuses the name and password" in done.stderr
    assert "wrong" not in done.stderr


def test_a_missing_client_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "redis", None)
    with pytest.raises(UsageError, match=r"amiproof\[redis\]"):
        examples.check(Address("redis://127.0.0.1/0"))


def test_a_plan_shows_no_password() -> None:
    target = Target(name="moto", endpoint="http://127.0.0.1:1")
    plan = Plan(target, "run", "folder", RunConfig(database="redis://me:hunter2@host:1/0"))
    assert "hunter2" not in repr(plan)


def test_a_recording_is_judged_without_a_database(amiproof: Command) -> None:
    done = amiproof("run", "reference", "--record", "run.jsonl", "--database", "examples")
    assert done.returncode == 2
    assert "--record and --database" in done.stderr
