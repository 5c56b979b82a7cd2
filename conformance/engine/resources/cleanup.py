"""Clean-up: removes what a run created, in the order of dependency, and reports the rest.

First it removes what the ledger names and the target confirms (see :mod:`.ownership`). What the
target still shows after a removal is removed again or reported. Then the clean-up compares a
listing of the account with the one made before the run. It removes or reports what is new and
names an image or instance of the run. It never touches what is new and names nothing of the run
(see :mod:`.unexplained`). Its steps depend on each other's order, so they stay in one module.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence

from conformance.engine.client.api import Api
from conformance.engine.client.ledger import Ledger
from conformance.engine.client.polling import Patience
from conformance.engine.core.errors import CutShort
from conformance.engine.resources import inventory, orphan_tags, unexplained
from conformance.engine.resources.comparison import Comparison
from conformance.engine.resources.confirmation import Confirmation
from conformance.engine.resources.left_behind import LeftBehind, lines
from conformance.engine.resources.removal import CALLS, Remover
from conformance.engine.resources.stock import KINDS, FoundResources, Stock

_CERTAIN = 10.0
"""Times the longest delay that the clean-up has seen: by then the target shows what there is."""


def clean_up(
    ledger: Ledger,
    api: Api,
    window: float,
    more: Sequence[Api] = (),
    lister: Api | None = None,
    notes: list[str] | None = None,
    *,
    late: bool = False,
    later: bool = False,
) -> list[str]:
    """Remove everything that is left of a run; returns what could not be removed, in lines.

    Each of ``more`` has a connection of its own: so many resources are removed at once.
    ``lister`` makes the last listing. ``notes`` takes what is new in the account without naming
    the run. ``late`` says that the target showed changes late during the run, ``later`` that the
    run ended a while ago. Never raises for an answer: verdicts do not depend on it.
    """
    work = CleanUp(ledger, api, Patience(window, api.clock), more, lister, late=late, later=later)
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
        *,
        late: bool = False,
        later: bool = False,
    ) -> None:
        self._ledger = ledger
        self._patience = patience
        self._lister = lister or api
        self._stock = Stock(api, ledger, self._lister)
        self._remover = Remover([api, *more], patience)
        self._confirmation = Confirmation(self._stock, self._remover, patience)
        self._left: list[LeftBehind] = []
        self._named: set[str] = set()
        """Images that the descriptions of the run's snapshots name."""
        self._now: inventory.Inventory | None = None
        self._shows_within = patience.window if late else 0.0
        """Seconds after a request in which the target may show what it made; 0: at once."""
        self._removed: dict[str, list[str]] = {}
        """By kind: what the target said it removed, until it is seen to be gone."""
        self._gone: set[str] = set()
        """What was removed and looked for: a list may show it a little longer."""
        self._shared = later
        """Whether another client worked at the target, or had the time to since the run ended."""
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
        self._list()
        self._confirm_removals()
        unnamed = self._compare()
        if self._may_show_more():
            self._patience.rest(self._unshown_for)
            self._list()
            unnamed = self._compare()
        self._explain(unnamed)
        self._remove_tags()
        if not self._left:
            self._ledger.keep_clean()
        return self._left

    def _is_waiting(self, kind: str) -> bool:
        return bool(self._ledger.unsettled(kind))

    def _remove_known(self) -> None:
        found = self._patience.until("settled", self._look, self._is_settled)
        if self._patience.delays:
            took = self._patience.clock.time() - self._last_intent()
            self._shows_within = max(self._shows_within, _CERTAIN * took)
        self._remover.stopped = self._stock.stopped
        for id in self._unseen(found):
            self._ledger.made("image", id)
        for kind in CALLS:
            if kind in found.unreadable:
                self._leave_unread(kind, found.unreadable[kind])
            else:
                self._remove_all(kind, found)

    def _unseen(self, found: FoundResources) -> set[str]:
        """Images that snapshots of the run name, that no answer named and that no answer shows.

        The request that made them may have been refused, by a target that hides its images. In a
        real account nothing is removed that the account does not show.
        """
        known = (
            found.confirmed["image"] | found.foreign["image"].keys() | self._ledger.ever("image")
        )
        ids = {id for id in found.of_instances - known if not self._ledger.was_there("image", id)}
        if not ids or self._stock.owns.is_real or self._stock.stopped:
            return set()
        return ids - (self._stock.shown("image", ids) or set())

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
        recent = self._patience.clock.time() - self._patience.window
        went = self._stock.went()
        for kind in KINDS:
            shown = found.confirmed[kind] | found.foreign[kind].keys() | found.ended | went
            unseen = self._ledger.remaining().get(kind, {}).keys() - shown
            if any(at > recent for at in self._ledger.unsettled(kind).values()):
                return False
            if unseen and self._ledger.last_made(kind) > recent and kind != "volume":
                return False
        return True

    def _leave_unread(self, kind: str, why: str) -> None:
        ids = list(self._ledger.remaining().get(kind, {}))
        if kind == "snapshot":
            known = self._ledger.removed(kind).union(ids)
            referred = self._stock.owns.referred.keys() - known
            ids += sorted(id for id in referred if not self._ledger.was_there(kind, id))
        self._left += [LeftBehind(kind, id, why) for id in ids]
        if self._is_waiting(kind):
            self._left.append(LeftBehind(f"perhaps one more {kind}", "", why))

    def _remove_all(self, kind: str, found: FoundResources) -> None:
        for name in self._ledger.unsettled(kind):
            self._ledger.settled(kind, name)
        known = list(self._ledger.remaining().get(kind, {}))
        shown = found.confirmed[kind] | found.foreign[kind].keys()
        if kind == "snapshot" and not shown and not self._stock.owns.is_real:
            known = self._leave_unlisted(known, found)
        ids = []
        for id in known:
            if why := found.foreign[kind].get(id, ""):
                self._left.append(LeftBehind(kind, id, f"not touched: {why}"))
            elif id in found.confirmed[kind] or (kind == "image" and not self._stock.owns.is_real):
                ids.append(id)  # an emulator may not show the image that its answer named
            else:
                self._ledger.gone(kind, id)  # not there any more
        own = found.confirmed["snapshot"]
        along = {i: mapped for i, mapped in found.mapped.items() if mapped <= own}
        if kind == "snapshot":
            ids = self._unused(ids, found)
        there = self._still_there(kind, ids, found)
        left = self._remover.remove(kind, there, along)
        if left and not self._remover.stopped:
            # A refusal may be about a resource that has gone meanwhile.
            vanished = found.confirmed[kind] - self._stock.are_there(kind, left)
            left = {id: why for id, why in left.items() if id not in vanished}
        removed = [id for id in there if id not in left]
        if kind == "instance" and removed:
            self._patience.until(
                "terminated",
                lambda: self._stock.are_there("instance", removed),
                lambda now: not now,
            )  # until then their volumes are in use
        self._left += [LeftBehind(kind, id, why) for id, why in left.items()]
        for id in ids:
            if id not in left and (id in there or not self._remover.stopped):
                self._removed.setdefault(kind, []).append(id)

    def _leave_unlisted(self, known: list[str], found: FoundResources) -> list[str]:
        """Report the snapshots that images of the run map and that the target does not list.

        Nothing but the image says what they are of, so they are not removed. Returns the others.
        """
        mapped = set().union(*found.mapped.values())
        there = {id for id in mapped if not self._ledger.was_there("snapshot", id)}
        there -= self._ledger.removed("snapshot")
        why = "not touched: DescribeSnapshots does not show it"
        self._left += [LeftBehind("snapshot", id, why) for id in sorted(there)]
        return [id for id in known if id not in there]

    def _unused(self, ids: list[str], found: FoundResources) -> list[str]:
        """Those of these snapshots that no image uses which could not be removed."""
        images = {id for kind, id, _ in self._left if kind == "image"}
        used = {s for image in images for s in found.mapped.get(image, ())}
        why = "an image that is left behind uses it"
        self._left += [LeftBehind("snapshot", id, why) for id in ids if id in used]
        return [id for id in ids if id not in used]

    def _still_there(self, kind: str, ids: list[str], found: FoundResources) -> list[str]:
        """Those of these that have not gone with their image or their instance, as far as the run
        knows: whether those went is seen when the removals are confirmed."""
        went = {"snapshot": self._remover.gone_along, "volume": found.along}.get(kind, set())
        return [id for id in ids if id not in went]

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

    def _list(self) -> None:
        """List the account, where it was listed before the run, too."""
        if self._remover.stopped or all(self._ledger.before(kind) is None for kind in KINDS):
            return
        with contextlib.suppress(CutShort):
            self._now = inventory.take(self._lister, CALLS)

    def _confirm_removals(self) -> None:
        """Look for what the target said it removed; remove again or report what it still shows."""
        for kind, removed in self._removed.items():
            # Of the images that the run removed itself no list shows a disabled one.
            ids = [*removed, *self._ledger.removed(kind)] if kind == "image" else removed
            there = [] if self._remover.stopped else self._confirmation.shown(kind, ids, self._now)
            self._remove_again(kind, there)
            for id in set(ids).difference(there):
                self._ledger.gone(kind, id)
            self._gone.update(ids)
        self._removed.clear()

    def _remove_again(self, kind: str, ids: list[str]) -> None:
        """Remove these resources and look for them; reports those that are left."""
        left = self._confirmation.remove(kind, ids)
        self._left += [LeftBehind(kind, id, why) for id, why in left.items()]
        for id in ids:
            self._gone.add(id)
            if id not in left:
                self._ledger.gone(kind, id)

    def _compare(self) -> dict[str, list[str]]:
        """Hold the listing against that of before the run; remove or report what it adds.

        Returns what is new and names nothing of the run, by kind.
        """
        now, unnamed = self._now, dict[str, list[str]]()
        if now is None:
            return unnamed
        comparison = Comparison(self._ledger, self._stock.owns, now)
        self._shared |= comparison.is_shared()
        for kind in CALLS:
            seen = {id for of, id, _ in self._left if of == kind} | self._gone
            own, mentioned, unnamed[kind] = comparison.new(kind)
            own = [id for id in own if id not in seen]
            for id in own:
                self._ledger.made(kind, id)
                if kind == "snapshot":
                    named = now.names(kind, id)
                    self._named |= {each for each in named if each.startswith("ami-")}
            self._remove_again(kind, own)
            self._left += [
                LeftBehind(kind, id, f"not touched: {why}")
                for id, why in mentioned.items()
                if id not in seen
            ]
        return unnamed

    def _may_show_more(self) -> bool:
        """Whether the target shows changes late, and may not have shown the run's last so far."""
        return self._unshown_for > 0 and self._now is not None and not self._remover.stopped

    @property
    def _unshown_for(self) -> float:
        """Seconds for which the target may still show more; no more than a window."""
        within = min(self._shows_within, self._patience.window)
        return self._last_intent() + within - self._patience.clock.time() if within else 0.0

    def _last_intent(self) -> float:
        """When the run last sent a request that may create a resource."""
        return max((e.at for e in self._ledger.entries() if e.event == "intent"), default=0.0)

    def _explain(self, unnamed: Mapping[str, list[str]]) -> None:
        """Report what is new and names nothing of the run, or note it. It is not touched."""
        header = self._ledger.header()
        images = len(self._ledger.ever("image"))
        for kind, ids in unnamed.items():
            if ids and unexplained.is_of_target(header, self._shared, len(ids), images):
                self._left += [LeftBehind(kind, id, unexplained.REASON) for id in ids]
            elif ids:
                self.notes.append(unexplained.note(kind, ids))
        if self._now is not None and (sentence := unexplained.unlisted(self._ledger, self._now)):
            self.notes.append(sentence)
