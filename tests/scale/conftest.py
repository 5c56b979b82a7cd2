"""An endpoint with a defect that only some requests meet, and runs of one rule against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fixtures.reference import ADMINISTRATOR, Endpoint, serving
from reports.results import Results, load
from tests.conftest import Command

KEYS = {
    "AWS_ACCESS_KEY_ID": ADMINISTRATOR.access_key,
    "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR.secret_key,
}
RULE = "name.length.max"
Run = Callable[..., Results]


@pytest.fixture
def endpoint() -> Iterator[tuple[Endpoint, str]]:
    """An endpoint that accepts a few wrong lengths, which a run may not generate."""
    served = Endpoint()
    refuse = served.create_image.check_name_length

    def check(name: str) -> None:
        if not 215 <= len(name) <= 226:
            refuse(name)

    served.create_image.check_name_length = check  # type: ignore[method-assign]
    with serving(served) as url:
        yield served, url


@pytest.fixture
def run(amiproof: Command, endpoint: tuple[Endpoint, str], tmp_path: Path) -> Run:
    """Runs one rule against the endpoint and returns the results."""

    def once(*options: str, select: str = RULE) -> Results:
        done = amiproof("run", endpoint[1], "--select", select, *options, env=KEYS)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        once.said = done.stdout + done.stderr  # type: ignore[attr-defined]
        return load(tmp_path / "amiproof-report" / "results.json")

    return once
