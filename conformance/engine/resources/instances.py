"""Source instances: what a run makes images of. Each kind is made when a draft first asks for it.

An instance has its root volume and two added ones, so that what the documents say of "other
volumes" can be seen: :data:`ADDED`. Their DeleteOnTermination differs, to be told apart later.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from dataclasses import replace

from conformance.engine.client.api import Api, Refused, filters, numbered
from conformance.engine.client.ledger import RUN_TAG, Ledger
from conformance.engine.client.polling import Patience
from conformance.engine.core.errors import CannotTest
from conformance.engine.core.target import Target
from conformance.engine.resources.public_images import PublicImages
from conformance.engine.resources.shared import SharedCache
from conformance.model.answer import Indeterminate
from conformance.model.request import Placeholder
from conformance.model.world import Instance, Snapshot
from conformance.wire.decoding import describe

ADDED = (("/dev/sdf", 2, True), ("/dev/sdg", 1, False))
"""Added volumes: device, GiB, DeleteOnTermination (of other sources than the first both go with
them). The second is encrypted."""
ROOT_SIZE = 8
"""Of a root volume that has to be mapped to be there, in GiB."""
STORE = ("/dev/sdh", "ephemeral0")
"""Device and virtual name of the instance store volume of an instance that has one."""
STORE_TYPE = "m3.medium"
"""A type with an instance store volume that is not NVMe, whose mapping counts."""


_WAITS = 2
"""How often at most the making of an instance has to wait."""


class NotAvailable(Exception):
    """The target has not got what a draft asks for; says why in words for the report."""


Making = Generator[None, None, Instance]
"""An instance being made: it yields wherever there is something to wait for."""


_UNTOUCHED = (Placeholder.TERMINATED, Placeholder.INSTANCE_STORE)
"""Kinds of which images are never made, so that all processes of a run may have the same one."""


class SourceInstances:
    """The instances and the snapshot of one process of a run."""

    def __init__(
        self,
        target: Target,
        caller: Api,
        ledger: Ledger,
        patience: Patience,
        run_id: str,
        shared: SharedCache,
    ) -> None:
        self._common = shared
        self._target = target
        self._caller = caller
        self._ledger = ledger
        self._patience = patience
        self._run_id = run_id
        self._writer = ledger.writer
        self._launches = 0
        self._by_slot: dict[Placeholder, Instance] = {}
        self._instances: dict[str, Instance] = {}
        self._others: dict[str, Instance] = {}
        self._shown: Mapping[str, Instance] = {}
        self._snapshot: Snapshot | None = None
        self.public = PublicImages(caller)
        self._making: dict[Placeholder, Making] = {}
        self._going: dict[str, float] = {}
        """When instances were set going that nobody has waited for yet."""
        self._lacking: dict[Placeholder, NotAvailable] = {}
        self._encrypts = True
        self._said_root: tuple[tuple[str, int, bool], ...] = ()
        self.account: str | None = None
        self.witness: Callable[[Instance, str], None] = lambda instance, state: None
        """Told of each instance that may be in a passing state, on its way to be stopped or over.
        """

    @property
    def instances(self) -> Mapping[str, Instance]:
        """Every instance made or used so far, as last described; the same object until any
        changes, since every trial keeps it."""
        now = {**self._others, **self._instances}
        if self._shown != now:
            self._shown = now
        return self._shown

    @property
    def own(self) -> Collection[str]:
        """The ids of the instances that this process makes images of, and nobody else."""
        return self._instances.keys()

    def learn(self, instance: Instance) -> None:
        """Take in an instance that another process of the run has made: it is its own to reboot,
        and what is made of it is not looked after here."""
        if instance.id not in self._instances:
            self._others[instance.id] = instance

    @property
    def snapshots(self) -> Mapping[str, Snapshot]:
        """The snapshot that mappings may name, once it was made."""
        return {self._snapshot.id: self._snapshot} if self._snapshot else {}

    def volume_ids(self) -> list[str]:
        """The volumes of every instance that images are made of."""
        return [v.id for i in self._instances.values() for v in i.volumes]

    def fill(self, slot: Placeholder) -> str:
        """The value of a slot, made now if it is the first time. Raises NotAvailable."""
        if slot is Placeholder.ROOT_DEVICE:
            return self._root(self.of(Placeholder.RUNNING))
        if slot is Placeholder.SNAPSHOT:
            return self.snapshot().id
        if slot is Placeholder.ADDED_DEVICE or slot is Placeholder.ENCRYPTED_DEVICE:
            return self._added(encrypted=slot is Placeholder.ENCRYPTED_DEVICE)
        return self.of(slot).id

    def of(self, slot: Placeholder) -> Instance:
        """The instance for a slot. Raises NotAvailable, each time for the same reason."""
        known = slot in self._by_slot or slot in self._lacking
        if slot in _UNTOUCHED and self._common.shared and not known:
            made = self._common.once(slot.name, lambda: self._made(slot))
            self._by_slot[slot] = made
            self.learn(made)
        return self._made(slot)

    def _made(self, slot: Placeholder) -> Instance:
        while slot not in self._by_slot:
            if slot in self._lacking:
                raise self._lacking[slot]
            self._go_on_with(slot)
        return self._by_slot[slot]

    def forget(self, ids: Iterable[str]) -> None:
        """Remember nothing more of instances that are over."""
        slots = {made.id for made in self._by_slot.values()}
        for id in ids:
            if id not in slots:
                self._instances.pop(id, None)
                self._going.pop(id, None)

    def renew(self, instance_id: str) -> None:
        """Have another instance made where this one would be asked for."""
        for slot in [slot for slot, made in self._by_slot.items() if made.id == instance_id]:
            del self._by_slot[slot]

    def announce(self, slots: Iterable[Placeholder]) -> None:
        """Begin with what will be asked for, all at once: nobody waits for one after the other."""
        slots = [slot for slot in slots if slot in self._makers]
        for _ in range(_WAITS):
            for slot in slots:
                if slot not in self._by_slot and slot not in self._lacking:
                    self._go_on_with(slot)

    def launch_ahead(self, slot: Placeholder) -> None:
        """Begin with one of them, and wait for nothing."""
        if not any(slot in done for done in (self._by_slot, self._lacking, self._making)):
            self._go_on_with(slot)

    def _go_on_with(self, slot: Placeholder) -> None:
        """Make the instance for a slot, up to where there is something to wait for."""
        making = self._making.pop(slot, None) or self._makers[slot](self)
        try:
            next(making)
        except StopIteration as made:
            self._by_slot[slot] = made.value
        except NotAvailable as why:
            self._lacking[slot] = why
        else:
            self._making[slot] = making

    def refresh(self, instance_id: str) -> Instance | None:
        """An instance as it is now; remembered."""
        return self.refreshed([instance_id]).get(instance_id)

    def refreshed(self, ids: Collection[str]) -> dict[str, Instance]:
        """Instances as they are now, those that are shown; remembered."""
        try:
            root = self._caller.call("DescribeInstances", numbered("InstanceId", ids))
        except Refused:
            # One that is not shown makes the whole request fail: they are asked for singly.
            return {} if len(ids) < 2 else {i: s for i in ids if (s := self.refresh(i))}
        self.account = self.account or describe.account(root)
        shown = {}
        for found in describe.instances(root):
            if found.id in ids:
                # DescribeInstances shows no sizes: those stay as DescribeVolumes showed them.
                instances = self._others if found.id in self._others else self._instances
                known = instances.get(found.id, found)
                found = describe.with_volumes(found, known.volumes)
                found = replace(found, instance_store=known.instance_store)
                shown[found.id] = instances[found.id] = found
        return shown

    def launch(
        self,
        image_id: str | None = None,
        *,
        added: bool = True,
        kept: bool = False,
        store: bool = False,
    ) -> Instance:
        """A new instance as RunInstances answers it: pending, as a rule. In the ledger.

        With the added volumes, of which one may be ``kept`` when it is terminated, or with an
        instance store volume.
        """
        image_id = image_id or self._target.image_id or self.public.smallest()
        params = [
            ("ImageId", image_id),
            ("MinCount", "1"),
            ("MaxCount", "1"),
            ("InstanceType", STORE_TYPE if store else self._target.instance_type),
        ]
        if self._target.subnet_id:
            params.append(("SubnetId", self._target.subnet_id))
        volumes = (*ADDED, *self._said_root) if added else ()
        for number, (device, size, flag) in enumerate(volumes, 1):
            head = f"BlockDeviceMapping.{number}."
            params += [
                (head + "DeviceName", device),
                (head + "Ebs.VolumeSize", str(size)),
                (head + "Ebs.DeleteOnTermination", "true" if flag or not kept else "false"),
            ]
            if device == ADDED[-1][0] and self._encrypts:
                params.append((head + "Ebs.Encrypted", "true"))
        if store:
            params += zip(
                ("BlockDeviceMapping.1.DeviceName", "BlockDeviceMapping.1.VirtualName"),
                STORE,
                strict=True,
            )
        params += self._marked("instance", "volume")
        # Sent again without an answer, it launches nothing more: the token tells that it is one.
        self._launches += 1
        params.append(("ClientToken", f"amiproof-{self._run_id}-{self._writer}-{self._launches}"))
        root = self._caller.call("RunInstances", params)
        made = describe.instances(root)
        if not made:
            raise CannotTest("RunInstances answered without an instance id.")
        self._instances[made[0].id] = made[0]
        self._going[made[0].id] = self._patience.clock()
        return made[0]

    def _marked(self, *kinds: str) -> list[tuple[str, str]]:
        """The parameters that have new things of these kinds bear the run's tag."""
        params = []
        for number, kind in enumerate(kinds, 1):
            head = f"TagSpecification.{number}."
            params += [
                (head + "ResourceType", kind),
                (head + "Tag.1.Key", RUN_TAG),
                (head + "Tag.1.Value", self._run_id),
            ]
        return params

    def settled(self, instance: Instance, state: str) -> Instance:
        """The instance once it is in a state, its volumes in the ledger. Raises NotAvailable."""

        def look() -> Instance | None:
            return self.refresh(instance.id)

        def there(now: Instance | None) -> bool:
            return now is not None and now.state == state

        since = self._going.pop(instance.id, self._patience.clock())
        now = self._patience.until(f"{state} instance", look, there, since=since)
        if now is None or now.state != state:
            seen = now.state if now else "not to be described"
            raise NotAvailable(f"an instance does not become {state}: it is {seen}")
        for volume in now.volumes:
            self._ledger.made("volume", volume.id)
        return self._with_volumes(now)

    def _with_volumes(self, instance: Instance) -> Instance:
        """The instance with what DescribeVolumes shows of its volumes; remembered."""
        ids = [volume.id for volume in instance.volumes if volume.size is None]
        if ids:
            root = self._caller.call("DescribeVolumes", numbered("VolumeId", ids))
            instance = describe.with_volumes(instance, describe.volumes(root, instance.id))
            self._instances[instance.id] = instance
        return instance

    def _running(self) -> Making:
        if self._target.instance_id:
            found = self.refresh(self._target.instance_id)
            if found is None or found.state not in ("running", "stopped"):
                raise CannotTest(
                    f"{self._target.instance_id} is no running or stopped instance here: give"
                    " another --instance-id."
                )
            return self._with_volumes(found)
        try:
            return (yield from self._launched())
        except (Refused, NotAvailable) as why:
            raise CannotTest(
                f"No source instance could be made ({why}): give --image-id, --instance-type,"
                " --subnet-id, or --instance-id of one to use."
            ) from None

    def _launched(self) -> Making:
        """A running instance with a root volume and the added ones, of which one is encrypted.

        Some endpoints refuse to encrypt one, encrypt both then, or leave out the root volume
        where it is not mapped like the others: each is launched for in another way.
        """
        for _ in range(3):
            try:
                instance = self.launch(kept=True)
                yield
                instance = self.settled(instance, "running")
            except Refused:
                if not self._encrypts:
                    raise
                self._encrypts = False
                continue
            device = instance.root_device
            if (
                device
                and not self._said_root
                and device not in {v.device for v in instance.volumes}
            ):
                self._said_root = ((device, ROOT_SIZE, True),)
            elif self._encrypts and all(
                v.encrypted for v in instance.volumes if v.device != device
            ):
                self._encrypts = False
            else:
                break
        return instance

    def _root(self, instance: Instance) -> str:
        """The device of the root volume. Raises NotAvailable where none is attached."""
        if instance.root_device not in {volume.device for volume in instance.volumes}:
            raise NotAvailable("the source instance has no root volume attached")
        return instance.root_device or ""

    def _added(self, *, encrypted: bool) -> str:
        """The device of an added volume. Raises NotAvailable where the instance has none such."""
        source = self.of(Placeholder.RUNNING)
        for volume in source.volumes:
            if volume.device != source.root_device and bool(volume.encrypted) is encrypted:
                return volume.device
        kind = "encrypted" if encrypted else "unencrypted"
        raise NotAvailable(f"the source instance has no added volume that is {kind}")

    def _with_instance_store(self) -> Making:
        try:
            instance = self.launch(added=False, store=True)
            yield
            instance = self.settled(instance, "running")
        except Refused as why:
            raise NotAvailable(f"no {STORE_TYPE} instance can be launched: {why}") from None
        instance = replace(instance, instance_store=dict([STORE]))
        self._instances[instance.id] = instance
        return instance

    def _ended(self, call: str, passing: str, state: str) -> Making:
        try:
            instance = self.launch()
            self.witness(instance, "pending")
            yield
            instance = self.settled(instance, "running")
            self._caller.call(call, numbered("InstanceId", [instance.id]))
            self._going[instance.id] = self._patience.clock()
            self.witness(instance, passing)
            yield
            return self.settled(instance, state)
        except Refused as why:
            raise NotAvailable(f"there is no {state} instance: {why}") from None

    def _instance_store(self) -> Making:
        lacking = NotAvailable("the target has no instance store-backed instance to launch")
        if not self._target.has("instance-store"):
            raise lacking
        try:
            found = self.public.of("instance-store")
            if not found:
                raise lacking
            instance = self.launch(found[0].id, added=False)
            yield
            instance = self.settled(instance, "running")
        except (Refused, CannotTest):
            raise lacking from None
        if instance.root_device_type != "instance-store":
            raise lacking
        return instance

    def snapshot(self) -> Snapshot:
        """A snapshot of the unencrypted added volume, complete. Raises NotAvailable."""
        if self._snapshot is None:
            device = self._added(encrypted=False)
            source = self.of(Placeholder.RUNNING)
            volume = next(v for v in source.volumes if v.device == device)
            words = f"amiproof {self._run_id} {self._writer}"
            params = [("VolumeId", volume.id), ("Description", words), *self._marked("snapshot")]
            try:
                made = self._snapshot_made(params, volume.id, words)
                self._snapshot = self._patience.until(
                    "complete snapshot",
                    lambda: self._described(made) or Snapshot(made, volume.id, volume.size),
                    lambda seen: seen.state == "completed",
                    since=self._patience.clock(),
                )
            except Refused as why:
                raise NotAvailable(f"no snapshot can be made: {why}") from None
        return self._snapshot

    def _snapshot_made(
        self, params: list[tuple[str, str]], volume_id: str, description: str
    ) -> str:
        """The id of a new snapshot; one that was made without an answer is told by what it is
        described as. Raises Refused."""
        try:
            root = self._caller.call("CreateSnapshot", params, once=True)
            return root.value("snapshotId") or ""
        except Refused as why:
            if not isinstance(why.outcome, Indeterminate):
                raise

            def look() -> Snapshot | None:
                wanted = filters({"volume-id": [volume_id]})
                shown = describe.snapshots(self._caller.call("DescribeSnapshots", wanted))
                return next((s for s in shown if s.description == description), None)

            found = self._patience.until("lost answer", look, bool)
            if found is None:
                raise
            self._ledger.made("snapshot", found.id)
            return found.id

    def _described(self, snapshot_id: str) -> Snapshot | None:
        root = self._caller.call("DescribeSnapshots", numbered("SnapshotId", [snapshot_id]))
        return next(iter(describe.snapshots(root)), None)

    _makers: Mapping[Placeholder, Callable[[SourceInstances], Making]] = {
        Placeholder.RUNNING: _running,
        Placeholder.STOPPED: lambda self: self._ended("StopInstances", "stopping", "stopped"),
        Placeholder.TERMINATED: lambda self: self._ended(
            "TerminateInstances", "shutting-down", "terminated"
        ),
        Placeholder.INSTANCE_STORE: _instance_store,
        Placeholder.WITH_INSTANCE_STORE: _with_instance_store,
    }
