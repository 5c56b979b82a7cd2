"""Rules about numbered lists: ``Name.1.Member``, ``Name.2.Member`` (Query requests)."""

from __future__ import annotations

import re

from conformance.model.catalogue import rule
from conformance.model.request import LISTED, Request
from conformance.model.rule import Grade
from conformance.model.sources import QUERY
from conformance.model.world import World

BARE_MEMBER = re.compile(r"(BlockDeviceMapping|TagSpecification)\.[A-Z].*")
"""A list member without an index."""
_LISTED = re.compile(r"(?:BlockDeviceMapping|TagSpecification|Tag)\.([^.]*)\.")


def _indexes(request: Request) -> list[str]:
    """Every list index of a request, in wire order, as sent."""
    return [index for name in request.names() if "." in name for index in _LISTED.findall(name)]


@rule.request(
    "wire.list.base",
    QUERY["Query parameters"],
    only_with=(LISTED,),
    keeps="lists numbered from 1",
    breaks="lists numbered from 0: accepted or rejected",
    note="The documents do not say how a member with the index 0 is handled.",
)
def lists_begin_at_1(request: Request, world: World) -> bool | None:
    """List members must be numbered from 1."""
    return None if "0" in _indexes(request) else True


@rule.request(
    "wire.list.gap",
    QUERY["Query parameters"],
    grade=Grade.UNSPECIFIED,
    only_with=("BlockDeviceMapping", "TagSpecification"),
    keeps="indexes 1, 2, 3",
    breaks="gaps, disorder, leading zeros, very large indexes",
)
def lists_without_gaps(request: Request, world: World) -> bool | None:
    """The documents do not say whether indexes may have gaps, disorder or leading zeros."""
    for prefix in ("BlockDeviceMapping", "TagSpecification"):
        entries = request.entries(prefix)
        written = [index for index in entries if index != "0"]
        if written and written != [str(n) for n in range(1, len(written) + 1)]:
            return None
        if prefix == "TagSpecification" and not all(
            _is_counted([f.split(".")[1] for f in fields if f.startswith("Tag.")])
            for fields in entries.values()
        ):
            return None
    return True


def _is_counted(indexes: list[str]) -> bool:
    distinct = [index for index in dict.fromkeys(indexes) if index != "0"]
    return distinct == [str(n) for n in range(1, len(distinct) + 1)]


@rule.request(
    "wire.list.bare",
    QUERY["Query parameters"],
    grade=Grade.UNSPECIFIED,
    only_with=(LISTED,),
    keeps="list members with an index",
    breaks="list members without one",
)
def lists_with_indexes(request: Request, world: World) -> bool | None:
    """The documents do not say how a list member without an index is handled."""
    return None if any(BARE_MEMBER.fullmatch(name) for name in request.values) else True
