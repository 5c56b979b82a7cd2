"""``python -m tests.benchmarks.path``: how many calls one draft of ``name.length.max`` costs.

Only functions of the project count. A call crosses when the caller and the callee are in different
modules. A call from a library is no crossing, and neither is a generator that goes on.
``--by-pair`` lists the crossings of each pair of modules.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from conformance.engine.client.client import GuardedClient
from conformance.engine.client.connect import connect
from conformance.engine.client.guard import Guard
from conformance.engine.client.ledger import Ledger
from conformance.engine.core.effort import EFFORTS
from conformance.engine.core.target import Keys, Target
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.generate import Generation
from conformance.engine.property.session_parts import open_session
from fixtures.reference import ADMINISTRATOR, Endpoint, serving
from fixtures.registry import FAULTS
from strategies import covering, names

RULE = "name.length.max"
FAULT = "name/accepts-129"
WARM = 3
"""Drafts sent before the counted one: the first also launches the source instance."""
SESSION = "conformance.engine.execution.session"
_CLOCK = "conformance.clock"
_PROJECT = ("conformance.", "strategies.", "reports.")


@dataclass
class Calls:
    """The calls that one draft cost."""

    calls: int = 0
    crossings: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By caller's and callee's module."""
    modules: set[str] = field(default_factory=set)
    entries: list[str] = field(default_factory=list)
    """Functions of the session's module that another module called."""

    def see(self, frame: FrameType, event: str, _: Any) -> None:
        """Count a call; the profile function of :func:`sys.setprofile`."""
        if event != "call" or _is_resumed(frame) or not (callee := _module(frame)):
            return
        self.calls += 1
        self.modules.add(callee)
        caller = _module(frame.f_back) if frame.f_back else ""
        if caller and caller != callee:
            self.crossings[caller, callee] += 1
            if callee == SESSION:
                self.entries.append(frame.f_code.co_qualname)


def _module(frame: FrameType) -> str:
    """The project's module that a frame runs in, or nothing. A clock counts as the library."""
    name: str = frame.f_globals.get("__name__", "")
    return name if name.startswith(_PROJECT) and name != _CLOCK else ""


def _is_resumed(frame: FrameType) -> bool:
    """Whether a generator goes on after a ``yield``, which is no call of it."""
    return frame.f_code.co_code[frame.f_lasti + 1] != 0  # RESUME's argument: 0 at the start


def counted(fault: str | None) -> Calls:
    """The path of one warm draft, against the reference endpoint with or without a fault."""
    endpoint = Endpoint()
    if fault is not None:
        FAULTS[fault].change(endpoint)
    keys = Keys(ADMINISTRATOR.access_key, ADMINISTRATOR.secret_key)
    path = Calls()
    with serving(endpoint) as url, tempfile.TemporaryDirectory() as folder:
        target = Target(name="reference", endpoint=url, keys=keys, window=0.4)
        ledger = Ledger(Path(folder))
        with GuardedClient(connect(target), Guard(ledger)) as client:
            exercise = _exercise(target, client, ledger)
            drafts = [names.TOO_LONG[0].having({"Description": f"path {n}"}) for n in range(WARM)]
            for draft in (covering.FULL, *drafts):
                exercise.breaks(draft)
            _profiled(path, lambda: exercise.breaks(names.TOO_LONG[0]))
        ledger.close()
    return path


def _exercise(target: Target, client: GuardedClient, ledger: Ledger) -> Exercise:
    parts = open_session(target, client, ledger, "benchmark")
    return Exercise(RULE, parts, EFFORTS["standard"], Generation(1))


def _profiled(path: Calls, run: Callable[[], None]) -> None:
    sys.setprofile(path.see)
    try:
        run()
    finally:
        sys.setprofile(None)


def main() -> None:
    """Count both paths and print them as a table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.path", description=__doc__)
    parser.add_argument("--by-pair", action="store_true", help="list each pair of modules")
    options = parser.parse_args()
    print("| warm draft | calls | modules | calls across modules | entries into session.py |")
    print("| --- | --- | --- | --- | --- |")
    paths = {"rightly refused": counted(None), "wrongly accepted": counted(FAULT)}
    for name, path in paths.items():
        across, entries = path.crossings.total(), len(path.entries)
        print(f"| {name} | {path.calls} | {len(path.modules)} | {across} | {entries} |")
    if options.by_pair:
        for name, path in paths.items():
            print(f"\n{name}: entries {', '.join(path.entries)}")
            for (caller, callee), count in path.crossings.most_common():
                print(f"{count:4} {caller} -> {callee}")


if __name__ == "__main__":
    main()
