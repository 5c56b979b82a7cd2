"""Divides the rules of a run among its shards and its workers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from conformance.engine.core.selection import nth_part
from conformance.model import CATALOGUE
from reports.results import Shard

T = TypeVar("T")

COSTLIEST = (
    "lc.not_idempotent",
    "lc.new_name_again",
    "lc.deregister.visible",
    "lc.deregister",
    "bdm.size.hdd",
    "bdm.size.gp2",
    "bdm.size.gp3",
    "bdm.size.io1",
    "bdm.size.io2",
    "bdm.size.standard",
    "tag.rt.other",
    "name.charset.other",
    "wire.bool",
    "st.image.launchable",
    "inst.state.terminal",
    "inst.state.stopping",
    "wire.names.rule",
    "lc.terminate_during",
    "name.length.max",
    "inst.format",
)
"""The rules whose properties take longest, measured against the reference endpoint. They change
only the balance of the work."""
_ORDER = (*COSTLIEST, *(id for id in CATALOGUE if id not in COSTLIEST))
_PLACES = {id: place for place, id in enumerate(_ORDER)}


_MANY = 30


def are_many(rules: Collection[str]) -> bool:
    """Whether the rules are so many that they need every covering request."""
    return len(rules) >= _MANY


def read_shard(text: str) -> Shard | None:
    """``2/5`` is the second of five shards; an empty text is a whole run. Raises UsageError."""
    if not text:
        return None
    return Shard(*nth_part(text, "shard"))


def is_of(rule_id: str, shard: Shard) -> bool:
    """Whether a shard has a rule. Each rule is in exactly one shard.

    Rules are dealt out in turn, the costliest first, so a shard depends on the catalogue alone.
    """
    return _PLACES[rule_id] % shard.of == shard.number - 1


def rule_of(nodeid: str) -> str:
    """The rule of a property, which ends its pytest node id."""
    return nodeid.rpartition("[")[2].rstrip("]")


def costliest_first(items: Sequence[T], rule_of: Callable[[T], str | None]) -> list[T]:
    """Items in the order in which workers take them, the costliest rules first."""
    return sorted(items, key=lambda item: _PLACES.get(rule_of(item) or "", len(_PLACES)))
