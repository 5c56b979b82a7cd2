"""The snapshot that mappings of requests name: made once, of a volume of the source instance."""

from __future__ import annotations

from conformance.engine.client.api import Api, Refused, filters, numbered
from conformance.engine.client.found import is_not_found
from conformance.engine.client.ledger import Ledger
from conformance.engine.client.polling import Patience
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.resources.launch import run_tag
from conformance.model.answer import Indeterminate
from conformance.model.world import Snapshot, Volume
from conformance.wire.decoding import describe


class SourceSnapshot:
    """Makes the snapshot at the first request that needs it."""

    def __init__(self, api: Api, ledger: Ledger, patience: Patience, run_id: str) -> None:
        self._api = api
        self._ledger = ledger
        self._patience = patience
        self._run_id = run_id
        self.made: Snapshot | None = None
        self._begun: tuple[str, float] | None = None
        """The id of a snapshot that is on its way, and when it was begun."""
        self._refused: Refused | None = None
        """The target's refusal, which another try would meet again."""

    def begin(self, volume: Volume) -> str:
        """Begin with the snapshot and do not wait for it; returns its id. Raises Refused."""
        if self._refused is not None:
            raise self._refused
        try:
            self._begun = self._create(volume.id), self._patience.clock.now()
        except Refused as why:
            self._refused = why if why.hindrance is None else None
            raise
        return self._begun[0]

    def of(self, volume: Volume) -> Snapshot:
        """The snapshot once it is complete, or when the window ends. Raises NotAvailable.

        If DescribeSnapshots fails, the snapshot is taken to be as its volume.
        """
        if self.made is None:
            try:
                if self._begun is None:
                    self.begin(volume)
            except Refused as why:
                lacking = f"needs a target that creates snapshots: {why}"
                raise NotAvailable(lacking, why.hindrance) from None
            assert self._begun is not None
            id, since = self._begun
            undescribed = Snapshot(id, volume.id, volume.size, volume.encrypted)

            def observe() -> Snapshot:
                return self._described(id) or undescribed

            try:
                self.made = self._patience.until(
                    "complete snapshot",
                    observe,
                    lambda found: found.state == "completed",
                    since=since,
                )
            except Refused:
                self.made = undescribed
        return self.made

    def _create(self, volume_id: str) -> str:
        """The id of a new snapshot. After a lost answer its description identifies it. Raises
        Refused."""
        words = f"amiproof {self._run_id} {self._ledger.writer}"
        tagged = run_tag(self._run_id, "snapshot")
        params = [("VolumeId", volume_id), ("Description", words), *tagged]
        try:
            root = self._api.call("CreateSnapshot", params, once=True)
            return root.value("snapshotId") or ""
        except Refused as why:
            if not isinstance(why.outcome, Indeterminate):
                raise

            def observe() -> Snapshot | None:
                wanted = filters({"volume-id": [volume_id]})
                shown = describe.snapshots(self._api.call("DescribeSnapshots", wanted))
                return next((s for s in shown if s.description == words), None)

            found = self._patience.until("lost answer", observe, bool)
            if found is None:
                raise
            self._ledger.made("snapshot", found.id)
            return found.id

    def _described(self, snapshot_id: str) -> Snapshot | None:
        try:
            root = self._api.call("DescribeSnapshots", numbered("SnapshotId", [snapshot_id]))
        except Refused as refused:
            if not is_not_found(refused):
                raise
            return None
        return next(iter(describe.snapshots(root)), None)
