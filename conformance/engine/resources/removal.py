"""Removes resources, each kind by its call, and tries again while the target may still agree."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from conformance.engine.client.api import WITH_SNAPSHOTS, Api, Refused, numbered
from conformance.engine.client.polling import Patience
from conformance.engine.core.errors import CutShort
from conformance.engine.resources.inventory import ID
from conformance.model.answer import Rejected

CALLS = {
    "image": ("DeregisterImage", "ImageId"),
    "snapshot": ("DeleteSnapshot", "SnapshotId"),
    "instance": ("TerminateInstances", "InstanceId"),
    "volume": ("DeleteVolume", "VolumeId"),
}
"""The call that removes each kind, in the order of dependency."""
_NOBODY = {"image": "ami-00000000", "snapshot": "snap-00000000"}
"""Ids that no resource has, for a call that only shows whether the action exists."""
_UNKNOWN_ACTION = {"InvalidAction", "UnknownAction", "NotImplemented"}
_NOT_ALLOWED = {"UnauthorizedOperation", "AccessDenied", "AccessDeniedException"}
_GONE = ("NotFound", "Unavailable")
"""Ends of codes that say that a resource is not there, or not any more."""
_FIRST = 0.02
"""Seconds until the second try; each further pause is twice as long."""
_PROBES = 3
"""Resources that are tried again while the target removes none."""


def is_unsupported(refused: Refused) -> bool:
    """Whether the target does not have the action at all."""
    outcome = refused.outcome
    return isinstance(outcome, Rejected) and (
        outcome.code in _UNKNOWN_ACTION or outcome.status == 501
    )


def unsupported(api: Api) -> list[str]:
    """The actions that remove images and snapshots and that the target does not have.

    Each is called once with an id that no resource has. Raises CutShort.
    """
    lacking = []
    for kind, id in _NOBODY.items():
        action, name = CALLS[kind]
        try:
            api.call(action, [(name, id)])
        except Refused as refused:
            if is_unsupported(refused):
                lacking.append(action)
    return lacking


class Remover:
    """Removes resources over one connection or several at once."""

    def __init__(self, apis: Sequence[Api], patience: Patience) -> None:
        self._apis = apis
        self._patience = patience
        self.stopped = ""
        """Why nothing more is sent, once the endpoint stopped answering."""
        self._hopeless: dict[str, str] = {}
        """Kinds that the target does not remove, or not for these credentials, with its answer."""
        self._with_snapshots = True
        """Whether DeregisterImage deletes an image's snapshots when the request asks for it."""
        self.gone_along: set[str] = set()
        """Snapshots that went with their image."""

    def remove(
        self, kind: str, ids: Iterable[str], along: Mapping[str, Collection[str]] | None = None
    ) -> dict[str, str]:
        """Remove resources; id to reason for those that could not be.

        ``along`` has the snapshots that may be deleted by the same call, by image. A refusal is
        tried again until the window ends: it may be about a moment, or about an order.
        """
        left = dict.fromkeys(ids, "")
        if kind == "instance" and len(left) > 1 and not self._try(self._apis[0], kind, list(left)):
            return {}
        deadline, pause = self._patience.clock.now() + self._patience.window, _FIRST
        chosen, remaining = list(left), self._patience.window
        while True:
            refused = self._round(kind, chosen, along or {})
            progress = len(refused) < len(chosen)
            left = {id: why for id, why in left.items() if id not in chosen} | refused
            if not left or self.stopped or kind in self._hopeless or remaining <= 0:
                return left
            remaining = deadline - self._patience.clock.now()
            self._patience.rest(max(min(pause, remaining), 0.0))
            pause *= 2
            # While none is removed a few are enough to see whether that changes; the last try is
            # of all.
            chosen = list(left) if progress or remaining <= pause else list(left)[:_PROBES]

    def _round(
        self, kind: str, ids: list[str], along: Mapping[str, Collection[str]]
    ) -> dict[str, str]:
        """Try each resource once; id to reason for those that are left."""

        def remove(api: Api, id: str) -> str:
            if kind in self._hopeless or self.stopped:
                return self._hopeless.get(kind) or self.stopped
            if kind == "image" and self._goes_with_snapshots(api, id, along.get(id, ())):
                return ""
            return self._try(api, kind, [id])

        whys = self._at_once(remove, ids)
        return {id: why for id, why in zip(ids, whys, strict=True) if why}

    def _at_once(self, remove: Callable[[Api, str], str], ids: list[str]) -> list[str]:
        """Remove each id, in parallel over all connections; returns why not, or empty texts."""
        if len(self._apis) == 1:
            return [remove(self._apis[0], id) for id in ids]
        free: SimpleQueue[Api] = SimpleQueue()
        for api in self._apis:
            free.put(api)

        def one(id: str) -> str:
            api = free.get()
            try:
                return remove(api, id)
            finally:
                free.put(api)

        pool = ThreadPoolExecutor(len(self._apis))
        try:
            return list(pool.map(one, ids))
        finally:
            pool.shutdown(cancel_futures=True)  # an interrupt begins no further removal

    def _goes_with_snapshots(self, api: Api, image_id: str, snapshots: Collection[str]) -> bool:
        """Deregister an image and delete its snapshots by one call, where the target can."""
        if not snapshots or not self._with_snapshots:
            return False
        if self._try(api, "image", [image_id], WITH_SNAPSHOTS):
            self._with_snapshots = False
            return False
        self.gone_along.update(snapshots)
        return True

    def _try(self, api: Api, kind: str, ids: list[str], *more: tuple[str, str]) -> str:
        """Why one call does not remove these resources, or nothing once it does."""
        if self.stopped:
            return self.stopped
        action, name = CALLS[kind]
        params = numbered(name, ids) if kind == "instance" else [(name, id) for id in ids]
        try:
            api.call(action, [*params, *more])
        except CutShort as cut:
            self.stopped = str(cut)
        except Refused as refused:
            if len(ids) == 1 and not more and refused.code.endswith(_GONE):
                return ""
            why = ID.sub("…", str(refused))
            if is_unsupported(refused) or refused.code in _NOT_ALLOWED:
                self._hopeless[kind] = why
            return why
        return self.stopped
