"""Interrupted at any moment, a run ends by itself, keeps its results and leaves nothing."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from conformance.engine.client.guard import Guard
from conformance.engine.client.ledger import Ledger
from conformance.engine.core import interrupt as interrupt
from conformance.model.request import action
from reports.results import load
from tests.conftest import environment
from tests.warm import Warm


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", range(2))
@pytest.mark.parametrize("workers", [1, 3])
def test_a_run_that_is_interrupted(
    warm: Warm, tmp_path: Path, number: signal.Signals, moment: int, workers: int
) -> None:
    """As a terminal does it: all processes of the run hear of it."""
    command = ("run", "reference", "--effort", "standard", "--verbose", "--workers", str(workers))
    run = warm.start(command, tmp_path, environment(tmp_path / "state"))
    for line in run.output:
        if line.startswith("["):
            break
    time.sleep(random.Random(f"{number} {moment}").uniform(0.0, 1.0))
    run.kill(number)
    said = run.output.read()
    assert run.wait() == 4, said
    assert "Traceback" not in said
    assert not load(tmp_path / "amiproof-report" / "results.json").complete
    (folder,) = (tmp_path / "state" / "ledgers").iterdir()
    assert Ledger(folder).remaining() == {}


@pytest.fixture
def listening() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    interrupt.listen()
    yield
    interrupt.listen()
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.usefixtures("listening")
def test_an_interrupt_that_got_lost_stops_the_next_request(tmp_path: Path) -> None:
    guard = Guard(Ledger(tmp_path))
    with suppress(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            guard.enter(action("DescribeImages"))
    assert interrupt.clean_up_begins()
    guard.enter(action("DescribeImages"))
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)


@pytest.mark.usefixtures("listening")
def test_the_first_interrupt_lets_the_clean_up_end() -> None:
    assert not interrupt.clean_up_begins()
    signal.raise_signal(signal.SIGINT)
    interrupt.check()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
