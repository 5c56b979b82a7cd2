"""The rehearsal of a run: the same run against the reference endpoint, measured.

The same rules, effort and seed send the same requests, so the rehearsal on loopback counts what a
conforming target would receive. Nothing is sent to the target itself. A slow target receives more
requests, and a target that accepts what it should reject makes more resources. The budget bounds
both.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path

from conformance.engine.client.budget import Limits
from conformance.engine.core.effort import default_effort
from conformance.engine.core.errors import CannotTest
from conformance.engine.run.config import RunConfig
from fixtures.reference import ACCOUNT, ADMINISTRATOR, Endpoint, serving
from fixtures.reference.message import Answer, Request
from fixtures.reference.params import parse_form

_PATIENCE = 3600.0


@dataclass(frozen=True, slots=True)
class Assumed:
    """The assumptions of the estimates: seconds, and US dollars by us-east-1 list prices."""

    call: float = 0.3
    instance: float = 90.0
    """To start an instance, and to stop or terminate it."""
    image: float = 30.0
    """Most images are not waited for; some take minutes to become available."""
    instance_hour: float = 0.0104
    """t3.micro, Linux."""
    volume_month: float = 0.10
    """A GiB of gp2."""
    snapshot_month: float = 0.05
    """A GiB, assuming that each snapshot is as large as its volume."""


@dataclass
class Plan:
    """The requests and resources of a run against a conforming target."""

    calls: Counter[str] = field(default_factory=Counter)
    """By action, the clean-up's included."""
    made: Counter[str] = field(default_factory=Counter)
    """Instances, images and snapshots."""
    peak: Counter[str] = field(default_factory=Counter)
    """The most at one time, and the GiB of volumes and of snapshots."""

    def most(self, kind: str) -> int:
        """The most resources of a kind that the run may create.

        It is the measured number and a twentieth more, since a busy target may need a retry.
        """
        return ceil(self.made[kind] * 1.05) + (self.made[kind] > 0)

    def limits(self) -> Limits:
        """The budget of the plan, with three times the calls for a target that is slow."""
        return Limits(
            images=self.most("images"),
            instances=self.most("instances"),
            calls=3 * self.calls.total() + 100,
        )

    def seconds(self, assumed: Assumed) -> float:
        """How long the run may take."""
        waits = self.made["instances"] * assumed.instance + self.made["images"] * assumed.image
        return self.calls.total() * assumed.call + waits

    def dollars(self, assumed: Assumed) -> float:
        """The cost of the run, if every resource exists for the whole run and an hour."""
        hours = self.seconds(assumed) / 3600 + 1
        storage = (
            self.peak["volume GiB"] * assumed.volume_month
            + self.peak["snapshot GiB"] * assumed.snapshot_month
        )
        return self.peak["instances"] * hours * assumed.instance_hour + storage * hours / 730


class _Measuring(Endpoint):
    """The reference endpoint, which counts requests and resources."""

    def __init__(self, region: str) -> None:
        super().__init__(region=region)
        self.plan = Plan()
        self._seen: dict[str, set[str]] = {"instances": set(), "images": set(), "snapshots": set()}

    def perform(self, request: Request, request_id: str) -> Answer:
        name = dict(parse_form(request.query) + parse_form(request.body)).get("Action", "")
        # A missing or malformed action is a malformed CreateImage request.
        if name != "GetCallerIdentity":  # a run of a real account asks before it starts
            self.plan.calls[name if name in self.actions else "CreateImage"] += 1
        try:
            return super().perform(request, request_id)
        finally:
            if not name.startswith(("Describe", "Get")):
                self._measure()

    def _measure(self) -> None:
        state = self.state
        snapshots = [s for s in state.snapshots.values() if s.owner == ACCOUNT]
        now = {
            "instances": {i.id for i in state.instances.values() if i.state != "terminated"},
            "images": {i.id for i in state.images.values() if i.owner == ACCOUNT},
            "snapshots": {s.id for s in snapshots},
        }
        amounts = {kind: len(ids) for kind, ids in now.items()}
        amounts["volume GiB"] = sum(v.settings.size for v in state.volumes.values())
        amounts["snapshot GiB"] = sum(s.size for s in snapshots)
        for kind, ids in now.items():
            self._seen[kind] |= ids
            self.plan.made[kind] = len(self._seen[kind])
        for kind, amount in amounts.items():
            self.plan.peak[kind] = max(self.plan.peak[kind], amount)


def measure(config: RunConfig, region: str) -> Plan:
    """The plan of a run. It takes as long as the run. Raises CannotTest."""
    endpoint, effort = _Measuring(region), config.effort or default_effort(free=False)
    with tempfile.TemporaryDirectory(prefix="amiproof-plan-") as folder, serving(endpoint) as url:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "AMIPROOF_"))}
        done = subprocess.run(
            [
                sys.executable, "-m", "conformance.cli", "run", url, f"--select={config.select}",
                f"--effort={effort}", f"--seed={config.seed}", f"--region={region}",
                f"--shard={config.shard}",
            ],
            cwd=folder,
            env={
                **kept,
                "AMIPROOF_STATE": str(Path(folder) / "state"),
                "AWS_ACCESS_KEY_ID": ADMINISTRATOR.access_key,
                "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR.secret_key,
                "AWS_CONFIG_FILE": os.devnull,
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
        )  # fmt: skip
    if done.returncode not in (0, 1) or not endpoint.plan.calls:
        raise CannotTest(
            f"The rehearsal against the reference endpoint failed with status {done.returncode}."
        )
    return endpoint.plan
