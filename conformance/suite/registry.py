"""The registry of properties: each rule's property, in the order in which pytest runs them.

The comparison, the proof and replay run properties from it. pytest collects the same functions.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

import conformance.suite
from conformance.engine.property.runner import Property


@cache
def properties() -> Mapping[str, Property]:
    """The property of each rule, by rule id, in the suite's order."""
    return MappingProxyType({rule_id: check for rule_id, _, check in _collected()})


def node_id(rule_id: str) -> str | None:
    """The pytest node id of a rule's property, or None if the rule has no property."""
    return _node_ids().get(rule_id)


@cache
def _node_ids() -> Mapping[str, str]:
    return {rule_id: f"{place}[{rule_id}]" for rule_id, place, _ in _collected()}


def _collected() -> Iterator[tuple[str, str, Property]]:
    """Each rule id with the place of its property, ``conformance/suite/test_x.py::test_y``."""
    for name in sorted(m.name for m in pkgutil.iter_modules(conformance.suite.__path__)):
        if not name.startswith("test_"):
            continue
        module = importlib.import_module(f"conformance.suite.{name}")
        for attribute, check in vars(module).items():
            for mark in getattr(check, "pytestmark", ()):
                if mark.name == "parametrize" and mark.args[0] == "rule_id":
                    place = f"conformance/suite/{name}.py::{attribute}"
                    yield from ((rule_id, place, check) for rule_id in mark.args[1])
