"""Keys, signatures, tokens and the account are in nothing that is written: a run plants known
ones, lets everything go wrong that can, and every byte is searched."""

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


class SequenceRun(Endpoint):
    """Repeats in its messages all that it was sent, as some endpoints do, and names the account
    wherever it can. Two rules are broken, so that there is something to report."""

    def __init__(self) -> None:
        super().__init__(
            credentials=[replace(ADMINISTRATOR, access_key=KEY, secret_key=SECRET, account=ACCOUNT)]
        )
        self.create_image.name_max = 127
        self.last = ""
        self.heard: set[bytes] = set()
        refuse = self.refuse

        def tell(refusal: ApiError, request_id: str) -> Answer:
            more = f"{refusal.message} arn:aws:iam::{ACCOUNT}:user/x {self.last}"
            return refuse(ApiError(refusal.code, more, refusal.status), request_id)

        self.refuse = tell  # type: ignore[method-assign]
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
def sequence_run() -> Iterator[tuple[SequenceRun, str]]:
    endpoint = SequenceRun()
    with serving(endpoint) as url:
        yield endpoint, url


def written(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_no_secret_is_written(
    sequence_run: tuple[SequenceRun, str], amiproof: Command, tmp_path: Path
) -> None:
    endpoint, url = sequence_run
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
    config.write_text(f'[target.aws]\naccounts = ["{ACCOUNT}"]\nwindow = 2\n')
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


def test_the_search_would_find_them(sequence_run: tuple[SequenceRun, str], tmp_path: Path) -> None:
    """The endpoint does tell them: what is not found was taken out."""
    import requests

    _, url = sequence_run
    answer = requests.get(url, headers={"X-Told": SECRET}, timeout=10)
    assert SECRET in answer.text
    assert ACCOUNT in answer.text
