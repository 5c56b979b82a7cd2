"""What an attempt left at its endpoint: the endpoint's own state, before the run and after.

The reference runs in this process, so no answer stands for the state and no request is needed.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping

from conformance.engine.resources.left_behind import LeftBehind
from fixtures.reference.state import State

Held = Mapping[tuple[str, str], Mapping[str, str]]
"""Kind and id of each resource to its tags."""

_SHOWN = 3
"""Ids in a message."""


def held(state: State) -> Held:
    """The images, snapshots, volumes and instances that the endpoint has.

    All temporary states are over; terminated instances are left out.
    """
    state.settle(math.inf)
    return {
        **{("image", image.id): dict(image.tags) for image in state.images.values()},
        **{("snapshot", each.id): dict(each.tags) for each in state.snapshots.values()},
        **{("volume", each.id): dict(each.tags) for each in state.volumes.values()},
        **{
            ("instance", each.id): dict(each.tags)
            for each in state.instances.values()
            if each.state != "terminated"
        },
    }


def unreported(
    before: Held,
    after: Held,
    left: Iterable[LeftBehind],
    listed: Collection[str],
    named: Collection[tuple[str, str]] = (),
) -> list[str]:
    """The differences that a clean-up did not report, in sentences.

    ``listed`` are the kinds that the endpoint lists. Of another kind a run knows only what is
    ``named``: the kind and id of each resource in the run's ledger.
    """
    reported = {(each.kind, each.id) for each in left}
    found = []
    for (kind, id), tags in before.items():
        if (kind, id) not in after:
            found.append(f"the run removed {kind} {id}, which existed before it")
        elif tags != after[kind, id]:
            found.append(f"the run changed the tags of {kind} {id}, which existed before it")
    added: dict[str, list[str]] = {}
    for kind, id in after.keys() - before.keys() - reported:
        if kind in listed or (kind, id) in named:
            added.setdefault(kind, []).append(id)
    for kind, ids in sorted(added.items()):
        shown = ", ".join(sorted(ids)[:_SHOWN])
        found.append(f"the clean-up did not report {len(ids)} {kind}s that are left: {shown}")
    return found
