"""Sessions that expire in the middle of a run: renewed where they can be, else swept later."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.model.hindrance import Hindrance
from fixtures.persona import sessions
from fixtures.reference import ACCOUNT, ADMINISTRATOR, Endpoint, serving
from fixtures.reference.state import State
from reports.results import Verdict, load
from tests.conftest import Command

SELECT = "name.length.max desc.max255 lc.new_name_again"
_ONE = """
import json, pathlib, sys, time
token = pathlib.Path(sys.argv[1]).read_text()
if token.startswith("for "):
    token = f"session-until-{time.time() + float(token[4:]):.3f}"
print(json.dumps({"Version": 1, "AccessKeyId": sys.argv[2], "SecretAccessKey": sys.argv[3],
                  "SessionToken": token}))
"""


@pytest.fixture
def endpoint() -> Endpoint:
    """An endpoint whose session tokens expire."""
    found = Endpoint()
    found.timing.pending = 0.4
    sessions.install(found)
    return found


@pytest.fixture
def url(endpoint: Endpoint) -> Iterator[str]:
    with serving(endpoint) as address:
        yield address


@pytest.fixture
def profile(tmp_path: Path) -> dict[str, str]:
    """The environment of a profile whose credentials a process prints."""
    (tmp_path / "mint.py").write_text(_ONE)
    (tmp_path / "token").write_text("for 0.7")
    minted = (sys.executable, str(tmp_path / "mint.py"), str(tmp_path / "token"))
    process = " ".join((*minted, ADMINISTRATOR.access_key, ADMINISTRATOR.secret_key))
    (tmp_path / "config").write_text(f"[default]\ncredential_process = {process}\n")
    return {"AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_DEFAULT_REGION": "us-east-1"}


def held(state: State) -> list[str]:
    own = (state.images, state.snapshots, state.volumes)
    kept = [id for each in own for id, thing in each.items() if thing.owner == ACCOUNT]
    return kept + [i.id for i in state.instances.values() if i.state != "terminated"]


def test_an_expired_session_is_renewed(
    amiproof: Command, tmp_path: Path, url: str, endpoint: Endpoint, profile: dict[str, str]
) -> None:
    done = amiproof("run", url, "--select", SELECT, env=profile)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(load(tmp_path / "amiproof-report" / "results.json").of(Verdict.PASS)) == 3
    assert not held(endpoint.state)


def test_one_that_cannot_be_renewed_ends_the_run_and_sweep_finishes(
    amiproof: Command, tmp_path: Path, url: str, endpoint: Endpoint, profile: dict[str, str]
) -> None:
    (tmp_path / "token").write_text(sessions.token(time.time() + 2.5))
    endpoint.latency = 0.05
    done = amiproof("run", url, env=profile)
    assert done.returncode == 5, done.stdout + done.stderr
    results = load(tmp_path / "amiproof-report" / "results.json")
    assert not results.complete
    assert not results.of(Verdict.FAIL)
    assert {rule.again for rule in results.of(Verdict.UNTESTED)} == {Hindrance.CREDENTIALS}
    assert "has expired: renew it" in " ".join(done.stdout.split())
    assert held(endpoint.state)
    (tmp_path / "token").write_text("for 60")
    swept = amiproof("sweep", url, env=profile)
    assert swept.returncode == 0, swept.stdout + swept.stderr
    assert not held(endpoint.state)
    assert json.dumps("session-until") not in done.stdout


def test_one_that_expired_before_the_run_is_named(
    amiproof: Command, tmp_path: Path, url: str, profile: dict[str, str]
) -> None:
    (tmp_path / "token").write_text(sessions.token(time.time() - 60))
    done = amiproof("run", url, "--select", SELECT, env=profile)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "has expired: renew it" in " ".join((done.stdout + done.stderr).split())
