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
    return MappingProxyType(dict(_collected()))


def node_id(rule_id: str) -> str | None:
    """The pytest node id of a rule's property, or None if the rule has no property."""
    if (check := properties().get(rule_id)) is None:
        return None
    return f"{check.__module__.replace('.', '/')}.py::{check.__name__}[{rule_id}]"


def _collected() -> Iterator[tuple[str, Property]]:
    modules = sorted(m.name for m in pkgutil.iter_modules(conformance.suite.__path__))
    for name in modules:
        if not name.startswith("test_"):
            continue
        module = importlib.import_module(f"conformance.suite.{name}")
        for function in vars(module).values():
            if getattr(function, "__module__", "") != module.__name__:
                continue
            for mark in getattr(function, "pytestmark", ()):
                if mark.name == "parametrize" and mark.args[0] == "rule_id":
                    for rule_id in mark.args[1]:
                        yield rule_id, function
