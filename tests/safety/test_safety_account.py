"""A run identifies a real account before any other call; the account must be configured.

There is no AWS here: the reference endpoint poses as it, by botocore's own settings for where a
service is.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.engine.client.account import is_aws
from fixtures.changes import before
from fixtures.reference import ACCOUNT, ADMINISTRATOR, Endpoint, serving
from fixtures.reference.errors import ApiError
from fixtures.reference.message import Answer, Request
from fixtures.reference.params import Call, parse_form
from tests.conftest import Command


class Listening(Endpoint):
    """The reference, which remembers the actions it was asked for."""

    def __init__(self) -> None:
        super().__init__(region="eu-west-1")
        self.asked: list[str] = []
        self.dry: list[str] = []
        """Actions that were asked for as a dry run."""

    def perform(self, request: Request, request_id: str) -> Answer:
        params = dict(parse_form(request.body))
        self.asked.append(params.get("Action", ""))
        self.dry += [self.asked[-1]] if params.get("DryRun") == "true" else []
        return super().perform(request, request_id)


@pytest.fixture
def posing() -> Iterator[tuple[Listening, dict[str, str]]]:
    """An endpoint, and the environment in which it is AWS."""
    endpoint = Listening()
    with serving(endpoint) as url:
        yield (
            endpoint,
            {
                "AWS_ENDPOINT_URL_EC2": url,
                "AWS_ENDPOINT_URL_STS": url,
                "AWS_ACCESS_KEY_ID": ADMINISTRATOR.access_key,
                "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR.secret_key,
            },
        )


def allow(folder: Path, *accounts: str) -> None:
    quoted = ", ".join(f'"{account}"' for account in accounts)
    (folder / "amiproof.toml").write_text(
        f'[target.aws]\naccounts = [{quoted}]\nwindow = 5\nlimits = ""\n'
    )


REGION = ("--region", "eu-west-1")


@pytest.mark.parametrize(
    ("endpoint", "real"),
    [
        ("https://ec2.us-east-1.amazonaws.com", True),
        ("https://ec2.us-east-1.api.aws", True),
        ("https://ec2.cn-north-1.amazonaws.com.cn", True),
        ("https://ec2.us-iso-east-1.c2s.ic.gov", True),
        ("https://ec2.eusc-de-east-1.amazonaws.eu", True),
        ("https://EC2.US-EAST-1.AMAZONAWS.COM.", True),
        ("https://vpce-1.ec2.eu-west-1.vpce.amazonaws.com:443/x", True),
        ("https://ec2.notamazonaws.com", False),
        ("https://amazonaws.com.example.org", False),
        ("http://127.0.0.1:4566", False),
        ("moto", False),
    ],
)
def test_an_address_of_aws(endpoint: str, real: bool) -> None:
    assert is_aws(endpoint) is real


@pytest.mark.parametrize("accounts", [(), ("999988887777",)])
def test_an_account_that_is_not_allowed_is_not_touched(
    posing: tuple[Listening, dict[str, str]],
    amiproof: Command,
    tmp_path: Path,
    accounts: tuple[str, ...],
) -> None:
    endpoint, env = posing
    allow(tmp_path, *accounts)
    for command in (("run", "aws", "--yes"), ("sweep", "aws")):
        done = amiproof(*command, *REGION, env=env)
        assert done.returncode == 2, done.stdout + done.stderr
        assert "does not list the account" in done.stderr
        assert ACCOUNT not in done.stdout + done.stderr
    assert endpoint.asked == ["GetCallerIdentity"] * 2


def test_the_region_has_to_be_named(
    posing: tuple[Listening, dict[str, str]], amiproof: Command, tmp_path: Path
) -> None:
    endpoint, env = posing
    allow(tmp_path, ACCOUNT)
    done = amiproof("run", "aws", "--yes", env=env)
    assert done.returncode == 2
    assert "No region" in done.stderr
    assert not endpoint.asked


def test_an_unknown_account_is_not_tested(
    posing: tuple[Listening, dict[str, str]], amiproof: Command, tmp_path: Path
) -> None:
    endpoint, env = posing
    allow(tmp_path, ACCOUNT)
    done = amiproof(
        "run", "aws", "--yes", *REGION, env={**env, "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1"}
    )
    assert done.returncode == 3
    assert "The account is unknown" in done.stderr
    assert not endpoint.asked


def test_the_doctor_names_the_account_and_changes_nothing(
    posing: tuple[Listening, dict[str, str]], amiproof: Command, tmp_path: Path
) -> None:
    endpoint, env = posing
    done = amiproof("doctor", "aws", *REGION, env=env)
    assert done.returncode == 3
    assert f"{ACCOUNT}, not in the list" in done.stdout
    allow(tmp_path, ACCOUNT)
    done = amiproof("doctor", "aws", *REGION, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{ACCOUNT}, allowed" in done.stdout
    for rule in ("auth.denied", "auth.tags"):
        assert rule in done.stdout
    assert "RunInstances may launch t3.micro (dry run)" in done.stdout
    others = [name for name in endpoint.asked if not name.startswith(("Describe", "Get"))]
    assert others == endpoint.dry == ["RunInstances"] * 2
    assert not endpoint.state.instances


def test_the_doctor_says_why_nothing_can_be_launched(
    posing: tuple[Listening, dict[str, str]], amiproof: Command, tmp_path: Path
) -> None:
    endpoint, env = posing
    allow(tmp_path, ACCOUNT)

    def refuse(call: Call) -> None:
        if call.action == "RunInstances":
            raise ApiError("UnauthorizedOperation", "You are not authorized", 403)

    before(endpoint, "admit", refuse)
    done = amiproof("doctor", "aws", *REGION, env=env)
    assert done.returncode == 3
    assert "dry run of RunInstances is refused" in " ".join(done.stdout.split())
    assert "UnauthorizedOperation" in done.stdout


def test_an_allowed_account_is_tested_and_left_clean(
    posing: tuple[Listening, dict[str, str]], amiproof: Command, tmp_path: Path
) -> None:
    endpoint, env = posing
    allow(tmp_path, ACCOUNT)
    done = amiproof("run", "aws", "--yes", *REGION, "--select", "name.length", env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert endpoint.asked[0] == "GetCallerIdentity"
    assert all(i.state == "terminated" for i in endpoint.state.instances.values())
    assert not [i for i in endpoint.state.images.values() if i.owner == ACCOUNT]
