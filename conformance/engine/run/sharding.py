"""How rules are spread over the shards of a run, and over its workers."""

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
"""Rules whose properties take longest, as measured against the reference endpoint. Only how well
the work is spread depends on them."""
_ORDER = (*COSTLIEST, *(id for id in CATALOGUE if id not in COSTLIEST))
_PLACES = {id: place for place, id in enumerate(_ORDER)}


_MANY = 30


def are_many(rules: Collection[str]) -> bool:
    """Whether so many rules are exercised that all covers will be asked for."""
    return len(rules) >= _MANY


def read_shard(text: str) -> Shard | None:
    """``2/5`` is the second of five shards; nothing is a whole run. Raises UsageError."""
    if not text:
        return None
    return Shard(*nth_part(text, "shard"))


def is_of(rule_id: str, shard: Shard) -> bool:
    """Whether a rule is of a shard; each rule is of one.

    Rules are dealt out in turn, the costliest first: what a shard has depends on nothing but the
    catalogue.
    """
    return _PLACES[rule_id] % shard.of == shard.number - 1


def rule_of(nodeid: str) -> str:
    """The rule of a property: its id ends that of the node."""
    return nodeid.rpartition("[")[2].rstrip("]")


def costliest_first(items: Sequence[T], rule_of: Callable[[T], str | None]) -> list[T]:
    """Items in the order in which workers are to take them: what takes long is not begun last."""
    return sorted(items, key=lambda item: _PLACES.get(rule_of(item) or "", len(_PLACES)))
