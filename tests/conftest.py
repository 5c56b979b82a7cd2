"""Fixtures of the project's tests: the real command, with a state folder for each test."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import settings

from tests import schedule
from tests.warm import Ended, Warm

# A busy machine is slow, and no model is wrong for that.
settings.register_profile("amiproof", deadline=None)
settings.load_profile("amiproof")

# The tests start hundreds of processes. With bytecode files, none compiles the project anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# moto describes its 1,300 public images in seconds, of which a test's command takes few.
os.environ["MOTO_AMIS_PATH"] = str(Path(__file__).with_name("moto_images.json"))

Command = Callable[..., Ended]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: schedule.turn(item.nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """pytest-xdist's own ``loadgroup`` forms no groups with pytest 9.2."""
    return schedule.Grouped(config, log) if config.getoption("dist") == "loadgroup" else None


def environment(state: Path) -> dict[str, str]:
    """The environment without AWS settings, and with a ledger folder for this test alone.

    A run of a test has quick effort unless the test is about another.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "AMIPROOF_"))}
    quick = {f"AMIPROOF_{each}_EFFORT": "quick" for each in ("RUN", "PLAN", "COMPARE")}
    return {**kept, **quick, "AMIPROOF_STATE": str(state), "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """What runs the commands of this worker."""
    started = Warm()
    yield started
    started.close()


@pytest.fixture
def amiproof(tmp_path: Path, warm: Warm) -> Command:
    """The ``amiproof`` command, run to its end."""

    def command(*arguments: str, env: Mapping[str, str] | None = None) -> Ended:
        return warm.run(
            arguments, tmp_path, {**environment(tmp_path / "state"), **(env or {})}, timeout=300
        )

    return command


@pytest.fixture(scope="session")
def moto_run(warm: Warm, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The reports of one whole run against moto, and in ``said.txt`` what it printed.

    All workers share it. It has quick effort, as the baseline of moto does, and all of moto's
    images.
    """
    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_id == "master" else own.parent) / "whole-run-of-moto"
    report = folder / "amiproof-report"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            folder.mkdir()
            env = environment(folder / "state")
            del env["MOTO_AMIS_PATH"]
            done = warm.run(["run", "moto"], folder, env, timeout=300)
            assert done.returncode == 1, done.stdout + done.stderr
            (report / "said.txt").write_text(done.stdout)
    return report
