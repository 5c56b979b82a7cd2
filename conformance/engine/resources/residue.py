"""Residue: resources of kinds that CreateImage does not make, and that no call of the run made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.engine.client.api import Api, Refused, filters
from conformance.engine.client.ledger import Ledger
from conformance.engine.resources import inventory
from conformance.engine.resources.sources import SourceInstances
from conformance.model.answer import Element
from conformance.model.request import Placeholder
from conformance.wire.decoding import describe

KINDS = ("volume", "instance", "key pair")
"""The kinds that a run lists before and after its requests."""


@dataclass(frozen=True, slots=True)
class Left:
    """New resources of a kind that no call of the run made."""

    kind: str
    ids: frozenset[str]
    named: bool
    """Whether one of them names a resource of the run: no other client made it."""

    def __str__(self) -> str:
        count = f"{len(self.ids)} {self.kind}s" if len(self.ids) > 1 else f"a {self.kind}"
        are = "are" if len(self.ids) > 1 else "is"
        return f"afterwards there {are} {count} that no other call made"


class Residue:
    """Compares what the account has with what it had before the run, and with the ledger."""

    def __init__(self, api: Api, ledger: Ledger, instances: SourceInstances) -> None:
        self._api = api
        self._ledger = ledger
        self._instances = instances
        self.unlisted: list[str] = []
        """Kinds that could not be listed both times."""
        self._volumes: dict[str, Element] = {}
        """The listed volumes, until their tags are read."""

    def found(self) -> list[Left]:
        """What is new and not the run's, by kind. Raises CutShort."""
        now = inventory.take(self._api, KINDS)
        self._volumes = now.items.get("volume", {})
        self.unlisted = [
            kind for kind in KINDS if kind not in now.items or self._ledger.before(kind) is None
        ]
        found = []
        for kind in KINDS:
            if kind not in self.unlisted and (ids := set(self._new(kind, now.items[kind]))):
                named = any(self._is_named(now.names(kind, id)) for id in ids)
                found.append(Left(kind, frozenset(ids), named))
        return found

    def retagged(self) -> bool:
        """Whether a volume of the running source instance has other tags than at its launch.

        The list of :meth:`found` shows it, where it has all volumes. Raises NotAvailable, Refused.
        """
        source = self._instances.of(Placeholder.RUNNING)
        tags = {volume.id: dict(volume.tags) for volume in source.volumes}
        listed, self._volumes = self._volumes, {}
        if tags and tags.keys() <= listed.keys():
            items = Element("volumeSet", children=tuple(listed[id] for id in tags))
            root = Element("answer", children=(items,))
        else:
            wanted = filters({"attachment.instance-id": [source.id]})
            root = self._api.call("DescribeVolumes", wanted)
        shown = describe.volumes(root, source.id)
        return any(dict(v.tags) != tags[v.id] for v in shown if v.id in tags)

    def _new(self, kind: str, items: dict[str, Element]) -> Iterator[str]:
        """The ids that are new, not in the ledger, and not volumes of the run's instances."""
        before = self._ledger.before(kind) or frozenset()
        known = before | self._ledger.ever(kind)
        instances = self._ledger.ever("instance")
        for id, item in items.items():
            attached = {
                (each.value("instanceId") or "").strip() for each in item.all("attachmentSet/item")
            }
            if id not in known and not attached & instances:
                yield id

    def _is_named(self, named: set[str]) -> bool:
        """Whether a resource names one of the run's."""
        kinds = ("image", "snapshot", "instance", "volume")
        return any(named & self._ledger.ever(kind) for kind in kinds)


def readable(residue: Residue) -> bool | None:
    """Whether volumes have other tags than at their launch; None where the target does not say."""
    try:
        return residue.retagged()
    except Refused:
        return None
