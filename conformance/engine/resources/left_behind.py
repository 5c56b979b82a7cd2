"""The resources that a clean-up leaves behind, and the lines that report them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

_SHOWN = 3
"""Ids in a line."""
_REASONS = 3
"""Lines for one kind. Resources with further reasons share the last line."""


class LeftBehind(NamedTuple):
    """A resource that the clean-up leaves at the target."""

    kind: str
    id: str
    why: str


def lines(left: Iterable[LeftBehind]) -> list[str]:
    """Up to three lines for each kind: count, reason and some ids."""
    by_kind: dict[str, dict[str, list[str]]] = {}
    for kind, id, why in left:
        by_kind.setdefault(kind, {}).setdefault(why, []).append(id)
    found = []
    for kind, by_reason in by_kind.items():
        reasons = sorted(by_reason.items(), key=lambda reason: -len(reason[1]))
        if len(reasons) > _REASONS:
            rest = [id for _, ids in reasons[_REASONS - 1 :] for id in ids]
            why = (
                f"{len(reasons) - _REASONS + 1} other reasons, such as: {reasons[_REASONS - 1][0]}"
            )
            reasons = [*reasons[: _REASONS - 1], (why, rest)]
        found += [_line(kind, ids, why) for why, ids in reasons]
    return found


def _line(kind: str, ids: list[str], why: str) -> str:
    if len(ids) == 1:
        return f"{kind} {ids[0]}".rstrip() + f" ({why})"
    shown = ", ".join(ids[:_SHOWN])
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return f"{len(ids)} {kind}s ({why}): {shown}{more}"
