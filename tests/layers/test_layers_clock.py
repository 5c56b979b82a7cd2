"""Time comes from the injected clock; the modules that read another one give the reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
OUTSIDE = {
    "conformance/clock.py": "the clock itself",
    "conformance/prove/attempt.py": "the real time that a proof takes",
    "conformance/prove/run.py": "the real time that a proof takes",
    "conformance/engine/core/gauge.py": "what a person sees of a run at work",
    "reports/progress.py": "what a person sees of a run at work",
    "conformance/commands/report.py": "the day of a report",
    "conformance/publish/__main__.py": "the day of a publication",
    "fixtures/reference/clock.py": "the endpoint's clock itself",
    "fixtures/reference/server.py": "the start of a server in another thread",
    "fixtures/endpoints.py": "the start of an endpoint in another process",
}
"""The modules that use Python's own clocks, each with the reason."""
READINGS = {
    "time": {"time", "monotonic", "perf_counter", "process_time", "sleep", "time_ns"},
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
}


def readings(tree: ast.AST) -> Iterator[str]:
    """The uses of Python's clocks in a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.attr in READINGS.get(node.value.id, ()):
                yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            for name in node.names:
                if name.name in READINGS["time"]:
                    yield f"from time import {name.name}"


def test_every_other_module_takes_the_clock_of_its_caller() -> None:
    found = {
        str(path.relative_to(ROOT))
        for package in ("conformance", "fixtures", "strategies", "reports")
        for path in (ROOT / package).rglob("*.py")
        if set(readings(ast.parse(path.read_bytes())))
    }
    assert found == OUTSIDE.keys()
