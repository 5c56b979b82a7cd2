"""One rehearsal of a run on a real account, in this process: it prints what it measured."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from conformance.commands.account_rehearsal import Rehearsed
from conformance.commands.run import controlled
from conformance.engine.client.environment import rehearsal
from conformance.engine.run.config import RunConfig
from conformance.engine.run.controller import Controller
from fixtures.changes import wrap
from fixtures.persona import AWS, install
from fixtures.reference import ACCOUNT, Endpoint
from fixtures.reference.message import Answer, Request
from fixtures.reference.params import parse_form


class _Meter:
    """Counts what an endpoint receives and what it holds."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.found = Rehearsed()
        self._endpoint = endpoint
        self._began = self._since = endpoint.clock.now()
        self._amounts: dict[str, int] = {}
        self._seen: dict[str, set[str]] = {"instances": set(), "images": set(), "snapshots": set()}
        wrap(endpoint, "perform", self._perform)

    def _perform(self, original: Callable[..., Answer], request: Request, *given: Any) -> Answer:
        name = dict(parse_form(request.query) + parse_form(request.body)).get("Action", "")
        # A missing or malformed action is a malformed CreateImage request.
        action = name if name in self._endpoint.actions else "CreateImage"
        if name != "GetCallerIdentity":
            self.found.calls[action] = self.found.calls.get(action, 0) + 1
        try:
            return original(request, *given)
        finally:
            self.read()

    def read(self) -> None:
        """Take in the state of the endpoint, and the time since it was read last."""
        now, found = self._endpoint.clock.now(), self.found
        for kind, amount in self._amounts.items():
            spent = amount * (now - self._since) / 3600
            found.hours[kind] = found.hours.get(kind, 0.0) + spent
        self._since, found.seconds = now, now - self._began
        state = self._endpoint.state
        snapshots = [s for s in state.snapshots.values() if s.owner == ACCOUNT]
        ids = {
            "instances": {i.id for i in state.instances.values() if i.state != "terminated"},
            "images": {i.id for i in state.images.values() if i.owner == ACCOUNT},
            "snapshots": {s.id for s in snapshots},
        }
        self._amounts = {kind: len(each) for kind, each in ids.items()}
        self._amounts["volume GiB"] = sum(v.settings.size for v in state.volumes.values())
        self._amounts["snapshot GiB"] = sum(s.size for s in snapshots)
        for kind, each in ids.items():
            self._seen[kind] |= each
            found.made[kind] = len(self._seen[kind])
        for kind, amount in self._amounts.items():
            found.peak[kind] = max(found.peak.get(kind, 0), amount)


def main(arguments: Sequence[str]) -> None:
    """Rehearse once and print what was measured as JSON."""
    select, effort, shard, sources, seed = arguments
    config = RunConfig(
        target="persona", clock="virtual", out=None, select=select, effort=effort,  # type: ignore[arg-type]
        shard=shard, sources=int(sources), seed=int(seed),
    )  # fmt: skip
    printed = os.dup(1)
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 1)
    with rehearsal(config.seed) as (endpoint, environment):
        install(endpoint, replace(AWS, seed=config.seed))
        meter = _Meter(endpoint)
        status = controlled(Controller(config, environment=environment))
        meter.read()
    meter.found.status = status
    os.write(printed, msgspec.json.encode(meter.found))


if __name__ == "__main__":
    main(sys.argv[1:])
