"""No file of a run holds a key, signature, token or account number.

The tests plant known ones, provoke every failure, and search each byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.reference import ADMINISTRATOR, Endpoint, serving
from fixtures.reference.errors import ApiError
from fixtures.reference.message import Answer, Request
from fixtures.reference.render import Fields
from tests.conftest import Command

ACCOUNT = "918273645546"
KEY = "AKIAPLANTEDFORTESTS1"
SECRET = "planted/secret/for/tests/0123456789ABCDEF"
TOKEN = "planted//session//token//for//tests//0123456789=="
SIGNATURE = re.compile(rb"Signature=[0-9a-f]{64}")


class Leaking(Endpoint):
    """Repeats each request in its messages and names the account. It breaks two rules, so that
    the run has deviations to report."""

    def __init__(self) -> None:
        super().__init__(
            credentials=[replace(ADMINISTRATOR, access_key=KEY, secret_key=SECRET, account=ACCOUNT)]
        )
        self.create_image.name_max = 127
        self.last = ""
        self.heard: set[bytes] = set()
        refuse = self.refuse

        def refuse_with_secrets(refusal: ApiError, request_id: str) -> Answer:
            more = f"{refusal.message} arn:aws:iam::{ACCOUNT}:user/x {self.last}"
            return refuse(ApiError(refusal.code, more, refusal.status), request_id)

        self.refuse = refuse_with_secrets  # type: ignore[method-assign]
        image = self.shapes.image

        def another_s(*given: object) -> Fields:
            fields = image(*given)  # type: ignore[arg-type]
            return [(n, f"of {v}" if n == "imageOwnerId" else v) for n, v in fields]

        self.shapes.image = another_s  # type: ignore[method-assign]

    def perform(self, request: Request, request_id: str) -> Answer:
        self.last = f"{request.headers} {request.query.decode()}"
        self.heard |= set(SIGNATURE.findall(self.last.encode()))
        return super().perform(request, request_id)


@pytest.fixture
def leaking() -> Iterator[tuple[Leaking, str]]:
    endpoint = Leaking()
    with serving(endpoint) as url:
        yield endpoint, url


def written(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_no_secret_is_written(
    leaking: tuple[Leaking, str], amiproof: Command, tmp_path: Path
) -> None:
    endpoint, url = leaking
    env = {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_SESSION_TOKEN": TOKEN,
        "AWS_ENDPOINT_URL_EC2": url,
        "AWS_ENDPOINT_URL_STS": url,
    }
    config = tmp_path / "amiproof.toml"
    said = []
    select = ("--select", "name.length err sig auth st.image", "--region", "us-east-1")
    said.append(amiproof("run", url, *select, env=env))
    assert said[-1].returncode == 1, said[-1].stdout + said[-1].stderr
    said.append(
        amiproof(
            "run", url, *select, "--workers", "2", "--out", "two", "--record", "two.jsonl", env=env
        )
    )
    said.append(amiproof("sweep", url, env=env))
    said.append(amiproof("run", "aws", "--yes", "--region", "us-east-1", env=env))
    assert said[-1].returncode == 2
    config.write_text(
        f'[target.aws]\naccounts = ["{ACCOUNT}"]\nwindow = 2\nlimits = ""\nbudget = "images=60"\n'
    )
    said.append(
        amiproof("run", "aws", "--yes", *select, "--out", "real", "--record", "real.jsonl", env=env)
    )
    assert said[-1].returncode == 1, said[-1].stdout + said[-1].stderr
    said.append(amiproof("sweep", "aws", "--region", "us-east-1", env=env))
    config.unlink()
    everything = written(tmp_path)
    for number, done in enumerate(said):
        everything[tmp_path / f"said {number}"] = (done.stdout + done.stderr).encode()
    assert len(endpoint.heard) > 100
    assert any(path.name == "results.json" for path in everything)
    assert all(b'"footer"' in everything[tmp_path / f"{name}.jsonl"] for name in ("two", "real"))
    signatures = {found.partition(b"=")[2] for found in endpoint.heard}
    secrets = [KEY, SECRET, TOKEN, ACCOUNT]
    for path, data in everything.items():
        for secret in secrets:
            assert secret.encode() not in data, f"{secret} is in {path}"
        for signature in signatures:
            assert signature not in data, f"a signature is in {path}"


def test_the_search_would_find_them(leaking: tuple[Leaking, str], tmp_path: Path) -> None:
    """The endpoint returns the secrets, so a search without result means that they were removed."""
    import requests

    _, url = leaking
    answer = requests.get(url, headers={"X-Told": SECRET}, timeout=10)
    assert SECRET in answer.text
    assert ACCOUNT in answer.text
