"""Clean-up: what the ledger of a run says was made is removed, in the order of dependency.

Two things have to agree before anything is removed: the ledger names it, and it bears the run's
mark where it stands: see :mod:`conformance.engine.resources.ownership`. A call that was never
answered is settled first, by a look for what it would have made.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue

from conformance.engine.client.api import WITH_SNAPSHOTS, Api, Refused, numbered
from conformance.engine.client.ledger import Ledger
from conformance.engine.client.polling import Patience
from conformance.engine.core.errors import CutShort
from conformance.engine.resources.ownership import Findings, Stock

KINDS = {
    "image": ("DeregisterImage", "ImageId"),
    "snapshot": ("DeleteSnapshot", "SnapshotId"),
    "instance": ("TerminateInstances", "InstanceId"),
    "volume": ("DeleteVolume", "VolumeId"),
}
"""What is removed, and how, in the order of dependency."""

_GONE = ("NotFound", "Unavailable")
"""Codes that end so say that a thing is not there (any more)."""


def clean_up(ledger: Ledger, caller: Api, window: float, callers: Sequence[Api] = ()) -> list[str]:
    """Remove everything that is left of a run; what could not be removed, each in a few words.

    With more ``callers``, each of a connection of its own, so many things of a kind are removed
    at once. Never raises for what the endpoint does: verdicts do not depend on it.
    """
    return _CleanUp(ledger, caller, Patience(window), [caller, *callers]).run()


class _CleanUp:
    def __init__(
        self, ledger: Ledger, caller: Api, patience: Patience, callers: Sequence[Api]
    ) -> None:
        self._ledger = ledger
        self._patience = patience
        self._callers = callers
        self._stock = Stock(caller, ledger)
        self._left: list[str] = []
        self._deletes_snapshots = True
        """Whether DeregisterImage deletes an image's snapshots when it is asked to."""
        self._gone_along: set[str] = set()
        """Snapshots that were to be deleted with their image."""

    def run(self) -> list[str]:
        if not any(self._ledger.remaining().values()) and not self._is_waiting():
            return []
        found = self._patience.until("settled", self._look, self._is_settled)
        for kind in KINDS:
            if kind in found.unreadable:
                self._leave_unread(kind, found.unreadable[kind])
            else:
                self._remove_all(kind, found)
        return self._left

    def _is_waiting(self) -> bool:
        return any(self._ledger.unsettled(kind) for kind in KINDS)

    def _look(self) -> Findings:
        """Everything there is of the run; what no answer told of goes into the ledger now."""
        found = self._stock.take()
        for kind, name, id in found.adopted:
            self._ledger.made(kind, id, name)
        return found

    def _is_settled(self, found: Findings) -> bool:
        """Whether another look would show no more: all is seen, or too old to show up yet."""
        if found.unreadable:
            return found.silent
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
        for id in self._ledger.remaining().get(kind, {}):
            self._left.append(f"{kind} {id} ({why})")
        if self._ledger.unsettled(kind):
            self._left.append(f"perhaps one more {kind} ({why})")

    def _remove_all(self, kind: str, found: Findings) -> None:
        for name in self._ledger.unsettled(kind):
            self._ledger.settled(kind, name)
        removed = []
        for id in self._ledger.remaining().get(kind, {}):
            if why := found.foreign[kind].get(id, ""):
                self._left.append(f"{kind} {id} (not touched: {why})")
            elif id not in found.confirmed[kind]:
                self._ledger.gone(kind, id)  # not there any more
            else:
                removed.append(id)
        ids = self._left_of(kind, removed)
        for id, why in zip(ids, self._one_by_one(kind, ids, found), strict=True):
            if why:
                self._left.append(f"{kind} {id} ({why})")
                removed.remove(id)
        if kind == "instance" and removed:
            self._patience.until("terminated", partial(self._stock.are_over, removed), bool)
        for id in removed:
            self._ledger.gone(kind, id)

    def _left_of(self, kind: str, ids: list[str]) -> list[str]:
        """What has to be removed one by one, after what is done with many at once."""
        if kind == "snapshot" and self._gone_along:
            there = self._stock.are_there("snapshot", self._gone_along)
            return [id for id in ids if id in there or id not in self._gone_along]
        if kind == "volume" and len(ids) > 1:  # most have gone with their instance
            there = self._stock.are_there("volume", ids)
            return [id for id in ids if id in there]
        if kind == "instance" and len(ids) > 1 and not self._tried(self._callers[0], kind, ids):
            return []
        return list(ids)

    def _one_by_one(self, kind: str, ids: list[str], found: Findings) -> list[str]:
        """Why each thing cannot be removed, or nothing once it is; some at the same time."""
        free: SimpleQueue[Api] = SimpleQueue()
        for caller in self._callers:
            free.put(caller)

        def remove(id: str) -> str:
            caller = free.get()
            try:
                return self._removed(caller, kind, id, found)
            finally:
                free.put(caller)

        if len(self._callers) == 1:
            return [remove(id) for id in ids]
        pool = ThreadPoolExecutor(len(self._callers))
        try:
            return list(pool.map(remove, ids))
        finally:
            pool.shutdown(cancel_futures=True)  # after Ctrl-C no more is begun

    def _removed(self, caller: Api, kind: str, id: str, found: Findings) -> str:
        """Why a thing cannot be removed, or nothing once it is; tried for a while."""
        if kind == "image" and self._goes_with_snapshots(caller, id, found):
            return ""
        tried = partial(self._tried, caller, kind, [id])
        return self._patience.until(kind, tried, _is_done, acts=True)

    def _goes_with_snapshots(self, caller: Api, image_id: str, found: Findings) -> bool:
        """Deregister an image and delete its snapshots by one call, where each snapshot that it
        refers to is confirmed to be the run's and the endpoint knows how."""
        own = found.mapped.get(image_id, set())
        if not own or not own <= found.confirmed["snapshot"] or not self._deletes_snapshots:
            return False
        if self._tried(caller, "image", [image_id], WITH_SNAPSHOTS):
            self._deletes_snapshots = False
            return False
        self._gone_along |= own
        return True

    def _tried(self, caller: Api, kind: str, ids: list[str], *more: tuple[str, str]) -> str:
        """Why things cannot be removed by one call, or nothing once they are."""
        if self._stock.silent:
            return self._stock.silent
        action, name = KINDS[kind]
        params = numbered(name, ids) if kind == "instance" else [(name, id) for id in ids]
        try:
            caller.call(action, [*params, *more])
        except CutShort as why:
            self._stock.silent = str(why)
        except Refused as refused:
            one = len(ids) == 1 and not more
            return "" if one and refused.code.endswith(_GONE) else str(refused)
        return self._stock.silent


def _is_done(why: str) -> bool:
    return not why
