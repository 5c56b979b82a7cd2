"""Whether what the target said it removed is gone."""

from __future__ import annotations

from conformance.engine.client.polling import Patience
from conformance.engine.resources.inventory import Inventory
from conformance.engine.resources.removal import CALLS, Remover
from conformance.engine.resources.stock import Stock


class Confirmation:
    """Looks for removed resources, and removes again what the target still shows."""

    def __init__(self, stock: Stock, remover: Remover, patience: Patience) -> None:
        self._stock = stock
        self._remover = remover
        self._patience = patience

    def shown(self, kind: str, ids: list[str], now: Inventory | None) -> list[str]:
        """Those of these resources that the target still shows. ``now`` is the last listing."""
        listed = now.items.get(kind) if now is not None else None
        # A list leaves out disabled images, and some targets list nothing at all. For the end of
        # its instances the run has waited already.
        credible = kind == "instance" or (kind == "snapshot" and self._stock.lists_snapshots)
        if listed is None or not credible:
            return list(self._stock.shown(kind, ids) or ())
        return [id for id in ids if id in listed]

    def remove(self, kind: str, ids: list[str]) -> dict[str, str]:
        """Remove these resources and look for them; id to reason for those that are left."""
        if not ids:
            return {}
        left = self._remover.remove(kind, ids)
        removed = [id for id in ids if id not in left]
        if removed:
            there = self._patience.until(
                f"{kind} removed",
                lambda: self._stock.are_there(kind, removed),
                lambda now: not now,
            )
            left |= dict.fromkeys(there, f"the target still shows it after {CALLS[kind][0]}")
        return left
