"""New resources that name nothing of the run. The clean-up never touches them.

Either the target created them for the run, or another client did. On a target where no other
client was seen to work they are reported as left behind:

- on loopback, however few they are;
- on another emulator, once there are as many as the run made images.

A real account has other clients, which a run cannot see: there the run prints a note.
"""

from __future__ import annotations

from collections.abc import Sequence

from conformance.engine.client.ledger import Header, Ledger
from conformance.engine.core.target import is_loopback
from conformance.engine.resources.inventory import Inventory
from conformance.engine.resources.removal import CALLS

REASON = "not touched: it is new and names nothing of the run"
"""Why such a resource is left behind."""
_SHOWN = 3
"""Ids in a note."""


def is_of_target(header: Header | None, shared: bool, count: int, images: int) -> bool:
    """Whether the target, and no other client, created so many resources of a kind.

    ``shared`` says that another client was seen; ``images`` is the number that the run made.
    """
    if header is None or header.account or shared:
        return False
    return is_loopback(header.endpoint) or 0 < images <= count


def note(kind: str, ids: Sequence[str]) -> str:
    """A sentence about resources that another client may have created."""
    shown = ", ".join(ids[:_SHOWN]) + (", ..." if len(ids) > _SHOWN else "")
    return (
        f"New in the account, naming nothing of the run, not touched: {len(ids)} {kind}s, such as"
        f" {shown}. The target or another client created them."
    )


def unlisted(ledger: Ledger, now: Inventory) -> str:
    """A sentence about the kinds that could not be listed both times, or nothing."""
    kinds = [k for k in CALLS if k not in now.items or ledger.before(k) is None]
    if not kinds:
        return ""
    return (
        f"The target does not list its {' and '.join(f'{kind}s' for kind in kinds)} completely:"
        " the clean-up knows only those that answers to the run named."
    )
