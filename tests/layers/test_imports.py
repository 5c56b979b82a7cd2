"""No module imports itself by way of others.

The graph counts every import statement: at the top of a module, inside a function, and under
``TYPE_CHECKING``. An import that only the type checker sees couples two modules, too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("conformance", "strategies", "fixtures", "reports")
Graph = Mapping[str, frozenset[str]]

EXPECTED: tuple[frozenset[str], ...] = ()
"""Circles that are still there. Each entry is a debt: cut the circle, then remove the entry."""


def modules() -> dict[str, Path]:
    """Every module of the project by its dotted name."""
    found = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


def imported(tree: ast.AST, package: str, known: Mapping[str, object]) -> Iterator[str]:
    """The project's modules that a syntax tree imports; ``package`` resolves relative ones."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) + 1 - node.level]
            above = ".".join([*base, node.module or ""]) if node.level else node.module or ""
            above = above.rstrip(".")
            for alias in node.names:
                full = f"{above}.{alias.name}"
                if full in known or above in known:
                    yield full if full in known else above


def import_graph() -> Graph:
    """For each module, the modules that it imports."""
    known = modules()
    graph = {}
    for name, path in known.items():
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        graph[name] = frozenset(imported(ast.parse(path.read_bytes()), package, known)) - {name}
    return graph


def circles(graph: Graph) -> list[frozenset[str]]:
    """The sets of modules each of which reaches every other (strongly connected, two or more)."""
    reached = {start: _reachable(graph, start) for start in graph}
    found = {
        frozenset(other for other in reached[start] if start in reached[other])
        for start in graph
        if start in reached[start]
    }
    return sorted(found, key=sorted)


def _reachable(graph: Graph, start: str) -> frozenset[str]:
    found: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(graph[name])
    return frozenset(found)


def test_there_is_no_circle_but_those_expected() -> None:
    graph = import_graph()
    found = circles(graph)
    edges = [
        f"{name} -> {', '.join(sorted(graph[name] & circle))}"
        for circle in found
        if circle not in EXPECTED
        for name in sorted(circle)
    ]
    assert not edges, "import circles:\n" + "\n".join(edges)
    gone = [sorted(circle) for circle in EXPECTED if circle not in found]
    assert not gone, f"cut by now, remove from EXPECTED: {gone}"


def test_the_graph_holds_the_whole_project() -> None:
    graph = import_graph()
    assert len(graph) > 200
    assert graph["fixtures.reference.server"] >= {"fixtures.reference.http"}
    assert "fixtures.reference.endpoint" in graph["fixtures.reference.server"], "TYPE_CHECKING"
    assert "fixtures.registry" in graph["fixtures.reference.__main__"], "inside a function"


@pytest.mark.parametrize(
    ("source", "package", "names"),
    [
        ("import a.b", "c", {"a.b"}),
        ("from a import b", "c", {"a.b"}),
        ("from a.b import thing", "c", {"a.b"}),
        ("from . import b", "a", {"a.b"}),
        ("from .b import thing", "a", {"a.b"}),
        ("from ..a.b import thing", "x.y", set()),
        ("def f():\n    import a", "c", {"a"}),
        ("if TYPE_CHECKING:\n    from a import b", "c", {"a.b"}),
        ("import os", "c", set()),
    ],
)
def test_each_form_of_import_counts(source: str, package: str, names: set[str]) -> None:
    assert set(imported(ast.parse(source), package, {"a": 0, "a.b": 0})) == names


def test_a_circle_of_three_is_found() -> None:
    graph = {"a": frozenset("b"), "b": frozenset("c"), "c": frozenset("a"), "d": frozenset("a")}
    assert circles(graph) == [frozenset("abc")]
