"""Replay: a deviation still shows at the faulty endpoint, and is fixed at the reference."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fixtures.changes import before
from fixtures.faults import FAULTS
from fixtures.reference import ADMINISTRATOR, Endpoint, serving
from fixtures.reference.message import Request
from fixtures.reference.params import parse_form
from tests.conftest import Command, environment
from tests.warm import Warm

KEYS = {
    "AWS_ACCESS_KEY_ID": ADMINISTRATOR.access_key,
    "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR.secret_key,
}
FILE = "amiproof-report/results.json"
RULE, FAULT = "name.length.max", "name/accepts-129"


def action_of(request: Request) -> str:
    return dict(parse_form(request.body)).get("Action", "")


@contextmanager
def faulty(fault: str) -> Iterator[tuple[str, Endpoint]]:
    endpoint = Endpoint()
    FAULTS[fault].change(endpoint)
    with serving(endpoint) as url:
        yield url, endpoint


def is_clean(endpoint: Endpoint) -> bool:
    """Whether the account has no resources but terminated ones."""
    state = endpoint.state
    own = [i for i in state.images.values() if i.owner == ADMINISTRATOR.account]
    return not own and all(i.state == "terminated" for i in state.instances.values())


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        (FAULT, RULE),
        ("name/names-are-lower-case", "name.roundtrip"),
        ("name/duplicates-pass", "name.unique"),
        ("name/names-are-never-free-again", "name.reuse_after_deregister"),
        ("dry-run/takes-the-name", "dryrun.no_effect"),
        ("error/a-refusal-leaves-a-failed-image", "err.atomic"),
        ("instance/terminated-passes", "inst.state.terminal"),
        ("mapping/volumes-are-resized", "bdm.existing.size"),
        ("lifecycle/launched-after-deregistration", "lc.deregister"),
        ("lifecycle/one-image-per-instance", "lc.new_name_again"),
    ],
)
def test_it_still_shows_and_is_fixed(amiproof: Command, fault: str, rule: str) -> None:
    with faulty(fault) as (url, _):
        done = amiproof("run", url, "--select", rule, env=KEYS)
        assert done.returncode == 1, done.stdout + done.stderr
    with faulty(fault) as (url, endpoint):
        again = amiproof("replay", FILE, "--target", url, env=KEYS)
        assert again.returncode == 1, again.stdout + again.stderr
        assert f"shows         {rule}/" in again.stdout
        assert is_clean(endpoint)
    fixed = amiproof("replay", FILE, "--target", "reference")
    assert fixed.returncode == 0, fixed.stdout + fixed.stderr
    assert f"fixed         {rule}/" in fixed.stdout
    assert "shows" not in fixed.stdout


@pytest.fixture(scope="module")
def reported(warm: Warm, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a run against an endpoint that no longer runs."""
    folder = tmp_path_factory.mktemp("reported")
    env = {**environment(folder / "state"), **KEYS}
    with faulty(FAULT) as (url, _):
        done = warm.run(("run", url, "--select", RULE), folder, env, timeout=300)
    assert done.returncode == 1, done.stdout + done.stderr
    return folder / "amiproof-report"


@pytest.fixture
def recorded(reported: Path, tmp_path: Path) -> Path:
    """The results of an endpoint that no longer runs. A test may change them."""
    shutil.copytree(reported, tmp_path / "amiproof-report")
    return tmp_path / FILE


def rewritten(file: Path, **changes: Any) -> None:
    """Change the one deviation of a results file."""
    results = json.loads(file.read_text())
    (deviation,) = (d for rule in results["rules"] for d in rule["deviations"])
    deviation.update(changes)
    file.write_text(json.dumps(results))


def test_only_the_recorded_request_is_sent(amiproof: Command, recorded: Path) -> None:
    endpoint = Endpoint()
    asked: list[str] = []
    before(endpoint, "perform", lambda request, _: asked.append(action_of(request)))
    with serving(endpoint) as url:
        done = amiproof("replay", str(recorded), "--target", url, env=KEYS)
    assert done.returncode == 0, done.stdout + done.stderr
    # That, whether there is such an action, and the minimal request.
    assert asked.count("CreateImage") == 3
    assert asked.count("RunInstances") == 1


def test_a_real_account_is_asked_for(amiproof: Command, recorded: Path) -> None:
    endpoint = Endpoint(region="eu-west-1")
    asked: list[str] = []
    before(endpoint, "perform", lambda request, _: asked.append(action_of(request)))
    with serving(endpoint) as url:
        env = {**KEYS, "AWS_ENDPOINT_URL_EC2": url, "AWS_ENDPOINT_URL_STS": url}
        arguments = ("replay", str(recorded), "--target", "aws", "--region", "eu-west-1")
        unlisted = amiproof(*arguments, "--yes", env=env)
        (recorded.parents[1] / "amiproof.toml").write_text(
            f'[target.aws]\naccounts = ["{ADMINISTRATOR.account}"]\nlimits = ""\n'
        )
        unconfirmed = amiproof(*arguments, env=env)
    assert unlisted.returncode == unconfirmed.returncode == 2
    assert "does not list the account" in unlisted.stderr
    assert "--yes" in unconfirmed.stderr
    assert set(asked) == {"GetCallerIdentity"}


def test_the_target_of_the_results_is_the_default(amiproof: Command, tmp_path: Path) -> None:
    with faulty(FAULT) as (url, _):
        amiproof("run", url, "--select", RULE, env=KEYS)
        assert amiproof("replay", FILE, env=KEYS).returncode == 1
    gone = amiproof("replay", FILE, env=KEYS)
    assert gone.returncode == 2
    assert "does not answer" in gone.stderr
    assert "--target" in gone.stderr


def test_a_deviation_in_another_state_of_the_target_is_named(
    amiproof: Command, recorded: Path
) -> None:
    rewritten(recorded, bound=[])
    done = amiproof("replay", str(recorded), "--target", "reference")
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"inconclusive  {RULE}/breaks/accepted" in done.stdout


def test_nothing_to_send(amiproof: Command, tmp_path: Path) -> None:
    amiproof("run", "reference", "--select", RULE)
    done = amiproof("replay", FILE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no deviation" in done.stdout


@pytest.mark.parametrize("text", ["", "{}", '{"schema": 2}', None])
def test_a_file_that_is_none(amiproof: Command, tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "results.json").write_text(text)
    done = amiproof("replay", "results.json", "--target", "reference")
    assert done.returncode == 2
    assert "results.json" in done.stderr
    assert "Traceback" not in done.stderr
