"""Source instances: a run creates images from them. Each placeholder has one, made at first use.

The module is long because one class answers for all placeholders.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Mapping

from conformance.engine.client.api import Api, Refused
from conformance.engine.client.ledger import Ledger
from conformance.engine.client.polling import Patience
from conformance.engine.core.target import Target
from conformance.engine.resources.changes import Awaited, Changes, Making
from conformance.engine.resources.further_sources import FurtherSources
from conformance.engine.resources.identity import Identity
from conformance.engine.resources.instances import Instances, NotAvailable
from conformance.engine.resources.launch import ADDED
from conformance.engine.resources.public_images import PublicImages
from conformance.engine.resources.shared import SharedCache
from conformance.engine.resources.source_kinds import SourceKinds, Watcher
from conformance.engine.resources.source_snapshot import SourceSnapshot
from conformance.engine.resources.spare_instances import SpareInstances
from conformance.engine.resources.under_way import UnderWay
from conformance.model.request import Placeholder
from conformance.model.world import Image, Instance, Snapshot, Volume

_WAITS = 2
"""The most waits of one launch."""
_ALIKE = {Placeholder.STOPPED, Placeholder.TERMINATED}
"""Placeholders whose instances are launched together, with one more for sequences of steps."""
_UNCHANGED = (Placeholder.TERMINATED, Placeholder.INSTANCE_STORE)
"""Placeholders whose instance no image is made of: all processes of a run share one."""


class SourceInstances:
    """The source instances of one process of a run, and the snapshot of one of their volumes."""

    def __init__(
        self,
        target: Target,
        api: Api,
        ledger: Ledger,
        patience: Patience,
        run_id: str,
        shared: SharedCache,
    ) -> None:
        self._shared = shared
        self._known = Instances(target, api, ledger, patience, run_id)
        changes = Changes(api, patience, self._known, run_id)
        self._kinds = SourceKinds(target, self._known, changes)
        self._identity = Identity(target, api)
        self._snapshot = SourceSnapshot(api, ledger, patience, run_id)
        most = 0 if target.instance_id else target.sources - 1
        self._further = FurtherSources(self._kinds, most)
        self.launch_further, self.finish_one = self._further.launch, self._further.finish_one
        self.snapshotted: Callable[[str], None] = lambda instance_id: None
        """Called with an instance of one of whose volumes a snapshot was begun."""
        self._made: dict[Placeholder, Instance] = {}
        self._making: dict[Placeholder, Making] = {}
        self._awaited: dict[Placeholder, Awaited] = {}
        self.spares = SpareInstances(self._known)
        self._known.make_room = self._make_room
        self._under_way = UnderWay(self._known, patience)
        self._lacking: dict[Placeholder, NotAvailable] = {}
        self.refresh = self._known.refresh
        self.refreshed = self._known.refreshed
        self.note_volumes = self._known.note_volumes
        self.launch = self._known.launch
        self.end = self._known.end
        self.settled = self._known.settled
        self.moved_at = self._known.moved_at
        self.arrived = self._known.arrived
        self.take_down = self._known.take_down
        self.learn = self._known.learn
        self.unchanged = self._known.unchanged
        self.failed = self._known.failed
        self.uses, self.uses_shown = self._known.uses, self._known.uses_shown
        self.encryption = self._known.encryption

    @property
    def one_count(self) -> bool:
        """See :attr:`Instances.one_count`."""
        return self._known.one_count

    @one_count.setter
    def one_count(self, value: bool) -> None:
        self._known.one_count = value

    def watch_transient(self, watcher: Watcher) -> None:
        """Have ``watcher`` called with each instance that may be in a transient state."""
        self._kinds.watcher = watcher

    @property
    def public(self) -> PublicImages:
        """Amazon's images at the target."""
        return self._known.public

    @property
    def account(self) -> str | None:
        """The caller's account: GetCallerIdentity names it, or else the owner of the instances."""
        return self._identity.account() or self._known.account

    @property
    def owner(self) -> str | None:
        """The account that owns the instances, once an answer showed it."""
        return self._known.account

    @property
    def instances(self) -> Mapping[str, Instance]:
        """Every instance as last described; see :attr:`Instances.all`."""
        return self._known.all

    def images(self) -> Mapping[str, Image]:
        """The images that the instances were launched from, by id, as far as they are shown."""
        known = self._known.images
        for instance in self._made.values():
            if instance.image_id:
                known.get(instance.image_id)
        return known.all

    @property
    def own(self) -> Collection[str]:
        """The ids of the instances that this process alone makes images of."""
        return self._known.own.keys()

    @property
    def further(self) -> Collection[str]:
        """The ids of further instances that are like the running one."""
        return self._further.ids

    def is_source(self, instance_id: str) -> bool:
        """Whether an instance is the running one, or one that is like it."""
        running = self._made.get(Placeholder.RUNNING)
        return instance_id in self.further or (running is not None and running.id == instance_id)

    @property
    def snapshots(self) -> Mapping[str, Snapshot]:
        """The snapshot that mappings may name, once it was made."""
        made = self._snapshot.made
        return {made.id: made} if made else {}

    def volume_ids(self) -> list[str]:
        """The volumes of every instance that images are made of, detached ones included."""
        attached = [v.id for i in self._known.own.values() for v in i.volumes]
        return [*attached, *self._known.detached]

    def fill(self, placeholder: Placeholder) -> str:
        """The value of a placeholder; made at its first use. Raises NotAvailable."""
        if placeholder is Placeholder.ROOT_DEVICE:
            return self._root_device()
        if placeholder is Placeholder.SNAPSHOT:
            return self.snapshot().id
        if placeholder in (Placeholder.ADDED_DEVICE, Placeholder.ENCRYPTED_DEVICE):
            return self._added(encrypted=placeholder is Placeholder.ENCRYPTED_DEVICE).device
        return self.of(placeholder).id

    def of(self, placeholder: Placeholder) -> Instance:
        """The instance of a placeholder. Raises NotAvailable, each time for the same reason."""
        known = placeholder in self._made or placeholder in self._lacking
        if placeholder in _UNCHANGED and self._shared.shared and not known:
            made = self._shared.once(placeholder.name, lambda: self._finished(placeholder))
            self._made[placeholder] = made
            self.learn(made)
        return self._finished(placeholder)

    def snapshot(self) -> Snapshot:
        """A complete snapshot of an added volume. Raises NotAvailable."""
        return self._snapshot.made or self._snapshot.of(self._added(encrypted=False))

    def begin_snapshot(self) -> str | None:
        """Begin with the snapshot that mappings name; it is waited for when one does.

        Returns its id, or None where it cannot be made.
        """
        with contextlib.suppress(NotAvailable, Refused):
            begun = self._snapshot.begin(self._added(encrypted=False))
            self.snapshotted(self.of(Placeholder.RUNNING).id)
            return begun
        return None

    def forget(self, ids: Iterable[str]) -> None:
        """Forget terminated instances."""
        used = {*(made.id for made in self._made.values()), *self.further}
        self._known.forget(id for id in ids if id not in used)

    def renew(self, instance_id: str) -> None:
        """Have a placeholder that this instance fills be filled by a new one."""
        for each in [each for each, made in self._made.items() if made.id == instance_id]:
            del self._made[each]
        self._further.drop(instance_id)

    def announce(self, placeholders: Iterable[Placeholder], *, wait: bool = True) -> None:
        """Begin with the instances of these placeholders, all at once.

        Without ``wait`` each goes on in :meth:`advance` or when it is needed.
        """
        wanted = [each for each in placeholders if self._kinds.has(each)]
        if not wait:
            for each in wanted:
                self.launch_ahead(each)
            return
        if set(wanted) >= _ALIKE:
            self._kinds.alike = len(_ALIKE) + 1
        for _ in range(_WAITS):
            for each in wanted:
                if each not in self._made and each not in self._lacking:
                    self._continue(each)

    def launch_ahead(self, placeholder: Placeholder) -> None:
        """Begin with the instance of a placeholder and do not wait for it."""
        if not any(placeholder in done for done in (self._made, self._lacking, self._making)):
            self._continue(placeholder)

    def is_ready(self, placeholder: Placeholder) -> bool:
        """Whether a placeholder has its value, so that no request waits for it."""
        if placeholder is Placeholder.SNAPSHOT:
            return self._snapshot.made is not None
        return placeholder in self._made or not self._kinds.has(placeholder)

    def _make_room(self) -> bool:
        """Terminate an instance that the run can do without; whether there was one."""
        id = self.spares.give_up() or self._further.give_up()
        if id is None:
            return False
        self.note_volumes([id])
        try:
            self._known.move("TerminateInstances", id)
            self._known.settled(self._known.all[id], "terminated")
        except (Refused, NotAvailable):
            return False
        self._known.forget([id])
        return True

    def advance(self) -> bool:
        """Go on with instances that have reached the state that was awaited; whether any has."""
        arrived = self._under_way.arrived(
            [self._awaited[each] for each in self._making if each in self._awaited]
            + self._further.awaited
        )
        for placeholder in list(self._making):
            if self._awaited.get(placeholder) in arrived:
                self._continue(placeholder)
        self._further.advance(arrived)
        return bool(arrived)

    def _finished(self, placeholder: Placeholder) -> Instance:
        while placeholder not in self._made:
            if placeholder in self._lacking:
                raise self._lacking[placeholder]
            self._continue(placeholder)
        return self._made[placeholder]

    def _continue(self, placeholder: Placeholder) -> None:
        """Go on making an instance, up to the next wait."""
        making = self._making.pop(placeholder, None) or self._kinds.make(placeholder)
        self._awaited.pop(placeholder, None)
        try:
            awaited = next(making)
        except StopIteration as made:
            self._made[placeholder] = made.value
        except NotAvailable as why:
            self._lacking[placeholder] = why
        else:
            self._making[placeholder] = making
            if awaited is not None:
                self._awaited[placeholder] = awaited

    def _added(self, *, encrypted: bool) -> Volume:
        """An added volume of the running instance. Raises NotAvailable where it has none such.

        Where every added volume is encrypted, the first one stands for the unencrypted one.
        """
        source = self.of(Placeholder.RUNNING)
        root = root_device(source)
        added = [volume for volume in source.volumes if volume.device != root]
        for volume in added:
            if bool(volume.encrypted) is encrypted:
                return volume
        if not encrypted and len(added) > 1:
            return added[0]
        kind = "encrypted" if encrypted else "unencrypted"
        shown = ", ".join(sorted(volume.device for volume in source.volumes))
        lacking = f"the volumes of the source instance are {shown}" if shown else ""
        raise NotAvailable(
            f"needs a source instance with an added volume that is {kind};"
            f" {lacking or self._no_volumes()}"
        )

    def _root_device(self) -> str:
        """The device of the root volume. Raises NotAvailable where none is attached."""
        source = self.of(Placeholder.RUNNING)
        device = root_device(source)
        if device is None:
            shown = ", ".join(sorted(v.device for v in source.volumes))
            why = f"its volumes are {shown}" if shown else self._no_volumes()
            raise NotAvailable(f"needs a source instance with an attached root volume; {why}")
        return device

    def _no_volumes(self) -> str:
        """Why no volume of the source instance is known."""
        failed = [f"{call}: {what}" for call, what in self.failed.items()]
        return "; ".join(failed) or "neither DescribeInstances nor DescribeVolumes shows a volume"


def root_device(instance: Instance) -> str | None:
    """The device of the attached root volume, or None.

    If the instance does not name its root device, it is the one device that no launch adds.
    """
    devices = [volume.device for volume in instance.volumes]
    if instance.root_device is not None:
        return instance.root_device if instance.root_device in devices else None
    others = [device for device in devices if device not in {added for added, _, _ in ADDED}]
    return others[0] if len(others) == 1 else None
