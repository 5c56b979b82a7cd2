"""Killed at any moment on an account, a run leaves nothing that a later sweep does not find.

One run in virtual time shows what is left at many moments: the endpoint's state, and the ledgers as
the disk has them. A kill leaves the same. A sweep goes on from each. AMIPROOF_KILLS sets how many.
"""

from __future__ import annotations

import io
import os
import pickle
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from conformance.clock import BEGINNING, VirtualClock
from conformance.commands.sweep import sweep
from conformance.engine.client.environment import Environment, rehearsal
from conformance.engine.core.errors import AmiproofError
from fixtures import reference
from fixtures.persona import AWS, install, scaled
from fixtures.reference import Endpoint
from fixtures.reference.errors import ApiError
from fixtures.reference.in_process import InProcess
from fixtures.reference.message import Answer, Request
from tests.rehearsed import rehearse
from tests.safety.test_safety_kill import add_bystanders, owned

KILLS = int(os.environ.get("AMIPROOF_KILLS", "20"))
REQUESTS = 740
"""Requests of a run, nearly."""
SEED = 4
PERSONA = replace(scaled(AWS, 1 / 15), seed=SEED)


@dataclass
class Moment:
    """What is left of a run that is killed: the endpoint's state and time, and the ledgers."""

    state: bytes
    time: float
    home: Path

    @property
    def run_id(self) -> str:
        """The id of the run."""
        (run,) = self.home.iterdir()
        return run.name


def moments(folder: Path, numbers: Collection[int]) -> Iterator[Moment]:
    """What a run has left once the endpoint has carried out its requests of these numbers.

    No request has its answer yet. The ledgers are as the disk has them.
    """
    home = folder / "ledgers"
    found: list[Moment] = []
    with rehearsal(SEED) as (endpoint, environment):
        install(endpoint, PERSONA)
        original, seen = endpoint.answer, 0

        def answer(request: Request) -> Answer:
            nonlocal seen
            seen += 1
            given = original(request)
            if seen in numbers:
                copied = shutil.copytree(home, folder / str(seen))
                state = pickle.dumps(endpoint.state)
                found.append(Moment(state, environment.clock.time(), copied))
            return given

        endpoint.answer = answer  # type: ignore[method-assign]
        rehearse(replace(environment, home=home))
    yield from found


@contextmanager
def going_on(left: Moment) -> Iterator[tuple[Endpoint, Environment]]:
    """The endpoint as the run left it, for a sweep."""
    clock = VirtualClock(SEED)
    clock.sleep(left.time - BEGINNING)
    endpoint = Endpoint(clock=reference.Clock(clock.time), ids=reference.Ids(SEED + 1))
    install(endpoint, PERSONA)
    vars(endpoint.state).update(vars(pickle.loads(left.state)))
    with InProcess(endpoint, clock) as server:
        yield endpoint, Environment(clock, server.dial, left.home)


def swept(environment: Environment) -> tuple[int, str]:
    """The status of a sweep and what it said."""
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        try:
            status = sweep("persona", {}, environment)
        except AmiproofError as why:
            return 4, str(why)
    return status, said.getvalue()


def expire(endpoint: Endpoint) -> Any:
    """The session of the credentials ends. Returns what was before."""
    before = endpoint.authenticate

    def refuse(*_: object) -> Any:
        raise ApiError("ExpiredToken", "The provided token has expired.")

    endpoint.authenticate = refuse  # type: ignore[method-assign]
    return before


def test_a_sweep_after_a_kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every other sweep meets credentials that have expired, and another one comes with new."""
    monkeypatch.chdir(tmp_path)
    Path("amiproof.toml").write_text("[target.persona]\nwindow = 20\n")
    with rehearsal(SEED) as (endpoint, _):
        install(endpoint, PERSONA)
        before = owned(endpoint.state)
    numbers = [8 + kill * (REQUESTS - 8) // KILLS for kill in range(KILLS)]
    found = list(moments(tmp_path, numbers))
    assert len(found) == KILLS
    for number, left in enumerate(found):
        with going_on(left) as (endpoint, environment):
            bystanders = add_bystanders(endpoint.state, left.run_id)
            if number % 2:
                accepts = expire(endpoint)
                status, said = swept(environment)
                assert status != 0, said
                endpoint.authenticate = accepts  # type: ignore[method-assign]
            for _ in range(1 + (number % 4 == 0)):  # a second one finds and harms nothing
                status, said = swept(environment)
                assert status == 0, said
            endpoint.state.settle(endpoint.clock.now() + 3600)
            after = owned(endpoint.state)
            for kind, ids in before.items():
                assert after[kind] == ids | bystanders[kind], (numbers[number], kind)
            assert not endpoint.state.volumes
