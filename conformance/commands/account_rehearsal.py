"""The rehearsal of a run on a real account: the same run against the persona, in virtual time.

It waits as long as a real account makes a run wait, on a clock that no one else waits for. Each
rehearsal has a process of its own, several at the same time.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import msgspec

from conformance.commands.rehearsal import Plan
from conformance.engine.core.effort import default_effort
from conformance.engine.core.errors import CannotTest
from conformance.engine.run.config import RunConfig

SOURCES = (1, 2, 4, 8)
"""The numbers of source instances that a plan compares."""
_SEEDS = 3
_CHILD = "conformance.commands.rehearse"
_PATIENCE = 3600.0


class Rehearsed(msgspec.Struct):
    """The requests, the resources and the time of one rehearsal."""

    calls: dict[str, int] = msgspec.field(default_factory=Counter)
    """By action, the clean-up's included."""
    made: dict[str, int] = msgspec.field(default_factory=Counter)
    """Instances, images and snapshots."""
    peak: dict[str, int] = msgspec.field(default_factory=Counter)
    """The most at one time, and the GiB of volumes and of snapshots."""
    hours: dict[str, float] = msgspec.field(default_factory=dict)
    """The same multiplied by the time: instance-hours, and GiB-hours."""
    seconds: float = 0.0
    status: int = 0


class AccountPlan(msgspec.Struct):
    """What a run on a real account is going to take."""

    runs: list[Rehearsed]
    """With the planned number of source instances, one for each seed."""
    minutes: dict[int, float]
    """By number of source instances."""
    sources: int

    def plan(self) -> Plan:
        """The requests and resources, of the rehearsal that made the most images."""
        most = max(self.runs, key=lambda run: run.made["images"])
        return Plan(Counter(most.calls), Counter(most.made), Counter(most.peak))

    @property
    def usual(self) -> float:
        """The median of the minutes."""
        return median(run.seconds for run in self.runs) / 60

    @property
    def worst(self) -> float:
        """The most minutes."""
        return max(run.seconds for run in self.runs) / 60


def measure(config: RunConfig, *, quickly: bool = False) -> AccountPlan:
    """The plan of a run on a real account. ``quickly`` rehearses it once. Raises CannotTest."""
    sources = config.sources or 4
    first = [(sources, config.seed + n) for n in range(1 if quickly else _SEEDS)]
    others = [] if quickly else [(n, config.seed) for n in SOURCES if n != sources]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        runs = list(pool.map(lambda each: _rehearse(config, *each), [*first, *others]))
    minutes = {sources: runs[0].seconds / 60}
    minutes |= {n: run.seconds / 60 for (n, _), run in zip(others, runs[len(first) :], strict=True)}
    return AccountPlan(runs[: len(first)], dict(sorted(minutes.items())), sources)


def _rehearse(config: RunConfig, sources: int, seed: int) -> Rehearsed:
    effort = config.effort or default_effort(free=False)
    options = [config.select, effort, config.shard, str(sources), str(seed)]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "AMIPROOF_RUN_"))}
    done = subprocess.run(
        [sys.executable, "-m", _CHILD, *options],
        env={**kept, "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_PATIENCE,
    )
    try:
        found = msgspec.json.decode(done.stdout, type=Rehearsed)
    except msgspec.DecodeError:
        found = Rehearsed(status=done.returncode or 3)
    if found.status not in (0, 1) or not found.calls:
        raise CannotTest(f"The rehearsal against the persona failed with status {found.status}.")
    return found
