"""Which tests one worker runs together, and in which order the workers take them.

A worker takes a test at a time. It takes a whole module where the tests share something costly,
wait, or are so short that sending them one by one costs more than they do.
"""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadScopeScheduling

FIRST = (
    "hostile/test_hostile_answers.py",
    "hostile/test_hostile_network.py",
    "reports/test_reports_moto.py",
    "commands/test_commands_documented.py",
    "gate/test_gate_published.py",
    "gate/test_gate_exit.py",
    "scale/test_scale_account.py",
    "prove/test_prove_run.py",
    "wire/test_wire_moto.py",
    "prove/test_prove_registry.py",
)
"""Modules that take longest or wait most. The workers begin with them, so that none is left
with a long test at the end."""
SHARED = (
    "docs/test_docs_account.py",
    "reports/test_reports_moto.py",
    "reports/test_reports_reproduce_moto.py",
    "safety/test_safety_policy.py",
    "scale/test_scale_account.py",
)
"""Modules whose tests share a run."""
WAITING = (
    "gate/test_gate_exit.py",
    "hostile/test_hostile_answers.py",
    "hostile/test_hostile_network.py",
)
"""Modules whose tests wait: one worker waits for them while the others work."""
SHORT = ("layers/", "model/", "prove/test_prove_registry.py", "reference/", "wire/")
"""Modules of short tests, and folders of such modules. They come last but for the longest."""
TOGETHER = (*SHARED, *WAITING, *SHORT)


def module(nodeid: str) -> str:
    """The path of a test's module in the folder of the tests."""
    return nodeid.partition("::")[0].removeprefix("tests/")


def turn(nodeid: str) -> int:
    """The place of a test in the order: less is earlier."""
    path = module(nodeid)
    if path in FIRST:
        return FIRST.index(path)
    return len(FIRST) + path.startswith(SHORT)


class Grouped(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Hands out the tests in their order, and the modules of ``TOGETHER`` whole."""

    def __init__(self, config: Any, log: Any) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        path = module(nodeid)
        return path if path.startswith(TOGETHER) else nodeid
