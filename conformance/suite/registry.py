"""The properties of the suite, called without pytest: one process runs them many times over."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache

import conformance.suite
from conformance.engine.client.api import Refused
from conformance.engine.core.errors import CutShort
from conformance.engine.core.record import Record
from conformance.engine.property.exercise import Exercise
from conformance.engine.resources.instances import NotAvailable

Property = Callable[[Exercise], None]


@cache
def properties() -> tuple[tuple[str, Property], ...]:
    """Each rule with its property, in the order in which pytest would run them."""
    return tuple(_collected())


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


def perform(run: Property, exercise: Exercise, *, last: bool = True) -> Record:
    """The record of a property, as the plugin hands it in; ``last`` if none comes after it."""
    try:
        run(exercise)
    except NotAvailable as why:
        exercise.not_applicable(str(why))
    except CutShort as why:
        exercise.cut_short(str(why))
    except Refused as why:
        exercise.untested(str(why))
    return exercise.finish(last=last)
