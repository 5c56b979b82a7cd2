"""Clean-up: removes what a run created, in the order of dependency, and reports the rest.

First it removes what the ledger names and the target confirms (see :mod:`.ownership`). Then it
compares a listing of the account with the one made before the run. It removes or reports what is
new and names an image or instance of the run.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from conformance.engine.client.api import Api
from conformance.engine.client.ledger import Ledger
from conformance.engine.client.polling import Patience
from conformance.engine.core.errors import CutShort
from conformance.engine.resources import inventory, orphan_tags
from conformance.engine.resources.comparison import Comparison
from conformance.engine.resources.left_behind import LeftBehind, lines
from conformance.engine.resources.removal import CALLS, Remover
from conformance.engine.resources.stock import KINDS, FoundResources, Stock


def clean_up(
    ledger: Ledger,
    api: Api,
    window: float,
    more: Sequence[Api] = (),
    lister: Api | None = None,
    notes: list[str] | None = None,
) -> list[str]:
    """Remove everything that is left of a run; returns what could not be removed, in lines.

    Each of ``more`` has a connection of its own: so many resources are removed at once.
    ``lister`` makes the last listing. ``notes`` takes what is new in the account without naming
    the run. Never raises for an answer: verdicts do not depend on it.
    """
    work = CleanUp(ledger, api, Patience(window), more, lister)
    left = lines(work.run())
    if notes is not None:
        notes += work.notes
    return left


class CleanUp:
    """The clean-up of one run."""

    def __init__(
        self,
        ledger: Ledger,
        api: Api,
        patience: Patience,
        more: Sequence[Api] = (),
        lister: Api | None = None,
    ) -> None:
        self._ledger = ledger
        self._patience = patience
        self._lister = lister or api
        self._stock = Stock(api, ledger)
        self._remover = Remover([api, *more], patience)
        self._left: list[LeftBehind] = []
        self._named: set[str] = set()
        """Images that the descriptions of the run's snapshots name."""
        self._now: inventory.Inventory | None = None
        self.notes: list[str] = []
        """Sentences on new resources of the account that name nothing of the run."""

    def run(self) -> list[LeftBehind]:
        """Remove the run's resources; returns those that stay, with reasons."""
        if not any(self._ledger.ever(kind) or self._is_waiting(kind) for kind in KINDS):
            return []
        if any(self._ledger.remaining().values()) or any(map(self._is_waiting, KINDS)):
            self._remove_known()
        elif self._ledger.is_clean():
            return []
        self._compare()
        self._remove_tags()
        if not self._left:
            self._ledger.keep_clean()
        return self._left

    def _is_waiting(self, kind: str) -> bool:
        return bool(self._ledger.unsettled(kind))

    def _remove_known(self) -> None:
        found = self._patience.until("settled", self._look, self._is_settled)
        self._remover.stopped = self._stock.stopped
        for kind in CALLS:
            if kind in found.unreadable:
                self._leave_unread(kind, found.unreadable[kind])
            else:
                self._remove_all(kind, found)

    def _look(self) -> FoundResources:
        """Read the run's resources. The ledger now gets those that no answer had named."""
        found = self._stock.take()
        self._named |= found.named
        for kind, name, id in found.adopted:
            self._ledger.made(kind, id, name)
        return found

    def _is_settled(self, found: FoundResources) -> bool:
        """Whether another reading would show no more: all is listed, or too old to appear."""
        if found.unreadable:
            return found.stopped
        recent = time.time() - self._patience.window
        for kind in KINDS:
            shown = found.confirmed[kind] | found.foreign[kind].keys() | found.ended
            unseen = self._ledger.remaining().get(kind, {}).keys() - shown
            if any(at > recent for at in self._ledger.unsettled(kind).values()):
                return False
            if unseen and self._ledger.last_made(kind) > recent and kind != "volume":
                return False
        return True

    def _leave_unread(self, kind: str, why: str) -> None:
        self._left += [LeftBehind(kind, id, why) for id in self._ledger.remaining().get(kind, {})]
        if self._is_waiting(kind):
            self._left.append(LeftBehind(f"perhaps one more {kind}", "", why))

    def _remove_all(self, kind: str, found: FoundResources) -> None:
        for name in self._ledger.unsettled(kind):
            self._ledger.settled(kind, name)
        known = list(self._ledger.remaining().get(kind, {}))
        ids = []
        for id in known:
            if why := found.foreign[kind].get(id, ""):
                self._left.append(LeftBehind(kind, id, f"not touched: {why}"))
            elif id in found.confirmed[kind]:
                ids.append(id)
            else:
                self._ledger.gone(kind, id)  # not there any more
        own = found.confirmed["snapshot"]
        along = {i: mapped for i, mapped in found.mapped.items() if mapped <= own}
        if kind == "snapshot":
            ids = self._unused(ids, found)
        left = self._remover.remove(kind, self._still_there(kind, ids), along)
        self._left += [LeftBehind(kind, id, why) for id, why in left.items()]
        removed = [id for id in ids if id not in left]
        if kind == "instance" and removed:
            self._patience.until(
                "terminated",
                lambda: self._stock.are_there("instance", removed),
                lambda now: not now,
            )  # until then their volumes are in use
        for id in removed:
            self._ledger.gone(kind, id)

    def _unused(self, ids: list[str], found: FoundResources) -> list[str]:
        """Those of these snapshots that no image uses which could not be removed."""
        images = {id for kind, id, _ in self._left if kind == "image"}
        used = {s for image in images for s in found.mapped.get(image, ())}
        why = "an image that is left behind uses it"
        self._left += [LeftBehind("snapshot", id, why) for id in ids if id in used]
        return [id for id in ids if id not in used]

    def _still_there(self, kind: str, ids: list[str]) -> list[str]:
        """Those of these that have not gone with their image or their instance."""
        along = self._remover.gone_along
        if kind == "snapshot" and along:
            there = self._stock.are_there("snapshot", [id for id in ids if id in along])
            return [id for id in ids if id in there or id not in along]
        if kind == "volume" and len(ids) > 1:
            there = self._stock.are_there("volume", ids)
            return [id for id in ids if id in there]
        return ids

    def _remove_tags(self) -> None:
        """Delete the tags that removed images, snapshots and volumes still have."""
        if self._remover.stopped or self._stock.stopped:
            return
        kinds = [kind for kind in KINDS if kind != "instance"]  # shown with its tags for a while
        gone = {id for kind in kinds for id in self._ledger.removed(kind)}
        left = orphan_tags.remove(self._lister, gone | self._never_there())
        self._left += [LeftBehind("tagged resource", id, why) for id, why in left.items()]

    def _never_there(self) -> set[str]:
        """Images that snapshots of the run name and no list shows: they were never registered.

        The ledger names them from now on, so that their tags can be deleted.
        """
        images = {id for id in self._named if not self._ledger.was_there("image", id)}
        if self._now is None or self._ledger.before("image") is None:
            return set()  # without both lists nothing says that they are not there
        images -= self._now.items.get("image", dict.fromkeys(images)).keys()
        for id in images - self._ledger.ever("image"):
            self._ledger.made("image", id)
            self._ledger.gone("image", id)
        return images

    def _note(self, kind: str, unnamed: list[str]) -> None:
        if unnamed:
            ids = ", ".join(unnamed[:3]) + (", ..." if len(unnamed) > 3 else "")
            self.notes.append(
                f"New in the account, naming nothing of the run, not touched: {len(unnamed)}"
                f" {kind}s, such as {ids}. The target or another client created them."
            )

    def _compare(self) -> None:
        """Compare a listing with the one before the run; remove or report the new resources."""
        if self._remover.stopped or all(self._ledger.before(kind) is None for kind in KINDS):
            return
        try:
            self._now = now = inventory.take(self._lister, paged=self._stock.owns.is_real)
        except CutShort:
            return
        seen = {(kind, id) for kind, id, _ in self._left}
        comparison = Comparison(self._ledger, self._stock.owns, now)
        for kind in CALLS:
            own, mentioned, unnamed = comparison.new(kind)
            self._note(kind, unnamed)
            own = [id for id in own if (kind, id) not in seen]
            for id in own:
                self._ledger.made(kind, id)
                if kind == "snapshot":
                    named = now.names(kind, id)
                    self._named |= {each for each in named if each.startswith("ami-")}
            left = self._remover.remove(kind, own)
            removed = [id for id in own if id not in left]
            if removed:
                there = self._patience.until(
                    f"{kind} removed",
                    lambda kind=kind, ids=removed: self._stock.are_there(kind, ids),  # type: ignore[misc]
                    lambda now: not now,
                )
                why = f"{CALLS[kind][0]} succeeds, and it is still there"
                left |= dict.fromkeys(there, why)
            for id in removed:
                if id not in left:
                    self._ledger.gone(kind, id)
            self._left += [LeftBehind(kind, id, why) for id, why in left.items()]
            self._left += [
                LeftBehind(kind, id, f"not touched: {why}")
                for id, why in mentioned.items()
                if (kind, id) not in seen
            ]
