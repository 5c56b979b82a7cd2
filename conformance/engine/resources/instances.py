"""The instances that one process of a run launched or uses: launches, states, volumes.

The module is long because one class keeps what the target showed of each instance.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

from conformance.engine.client.api import Api, Refused, numbered
from conformance.engine.client.found import call_once_found
from conformance.engine.client.ledger import Ledger
from conformance.engine.client.polling import Patience
from conformance.engine.core.errors import CannotTest
from conformance.engine.core.target import Target
from conformance.engine.resources.encryption import EncryptionByDefault
from conformance.engine.resources.launch import (
    ADDED,
    REFUSED_TYPE,
    STORE_TYPE,
    TYPES,
    TYPES_BY_ARCHITECTURE,
    LaunchOptions,
    run_instances,
)
from conformance.engine.resources.public_images import PublicImages
from conformance.engine.resources.source_images import SourceImages
from conformance.engine.resources.volumes import Volumes, has_none, shows_some
from conformance.model.codes import QUOTAS
from conformance.model.hindrance import Hindrance
from conformance.model.world import Instance, Volume
from conformance.wire.decoding import describe

_LAUNCH = 5.0
"""Seconds that a launch takes where no answer shows the state of an instance."""
_ON_THE_WAY = ("pending", "stopping", "shutting-down")
_SHOW_VOLUMES = {"DescribeInstances", "DescribeVolumes"}


class NotAvailable(Exception):
    """The target lacks what a draft asks for; the text is the reason that the report shows."""

    def __init__(self, why: str, hindrance: Hindrance | None = None) -> None:
        """``hindrance`` says why another run may get it."""
        super().__init__(why)
        self.hindrance = hindrance


class Instances:
    """Launches instances, waits for their states and remembers what DescribeInstances showed."""

    def __init__(
        self, target: Target, api: Api, ledger: Ledger, patience: Patience, run_id: str
    ) -> None:
        self.public = PublicImages(api, has_parameters=target.real)
        self.images = SourceImages(api, self.public)
        self.encryption = EncryptionByDefault(api)
        self.options = LaunchOptions()
        self.account: str | None = None
        """The account that owns the instances, once an answer showed it."""
        self.failed: dict[str, str] = {}
        """DescribeInstances and DescribeVolumes, if they failed last, each with what came back."""
        self.unchanged: dict[str, str] = {}
        """By kind of change: why the instance that differs from its image lacks it."""
        self.alike: list[Instance] = []
        """Instances of a launch of several that nothing uses so far; images are made of them."""
        self.detached: list[str] = []
        """Volumes that the run detached from instances that images are made of."""
        self._volumes = Volumes(api, self.failed)
        self._target = target
        self._api = api
        self._ledger = ledger
        self._patience = patience
        self._run_id = run_id
        self._launches = {"": 0, "s": 0}
        """Launches of instances that images are made of, and of others."""
        self.one_count = False
        """Whether all launches count together, as in recordings that have no histories."""
        self.make_room: Callable[[], bool] = lambda: False
        """Has the run give up an instance that it can do without; whether there was one."""
        self._type = ""
        """The instance type of the last launch."""
        self._own: dict[str, Instance] = {}
        self._others: dict[str, Instance] = {}
        """Instances that another process of the run launched."""
        self._all: Mapping[str, Instance] = {}
        self._devices: dict[str, set[str]] = {}
        """By instance: the devices that its launch adds."""
        self.uses = Counter[str]()
        """By instance: accepted CreateImage requests."""
        self._shown = Counter[str]()
        """By instance: how many of its uses came before DescribeInstances showed it last."""
        self._moving: dict[str, float] = {}
        """When an instance began to change its state, while no call has waited for that."""

    @property
    def all(self) -> Mapping[str, Instance]:
        """Every instance as last described. Every trial keeps this mapping, so it is the same
        object until an instance changes."""
        now = {**self._others, **self._own}
        if self._all != now:
            self._all = now
        return self._all

    @property
    def own(self) -> Mapping[str, Instance]:
        """The instances that this process alone makes images of."""
        return self._own

    def learn(self, instance: Instance) -> None:
        """Take in an instance that another process of the run launched."""
        if instance.id not in self._own:
            self._others[instance.id] = instance

    def forget(self, ids: Iterable[str]) -> None:
        """Forget terminated instances."""
        for id in ids:
            self._own.pop(id, None)
            self._others.pop(id, None)
            self._moving.pop(id, None)

    def remember(self, instance: Instance) -> None:
        """Update the state of an instance of this process."""
        self._own[instance.id] = instance

    def image_id(self) -> str:
        """The image that source instances are launched from. Raises CannotTest."""
        return self._target.image_id or self.public.smallest()

    def launch(
        self,
        image_id: str | None = None,
        *,
        added: bool = True,
        kept: bool = False,
        store: bool = False,
        root: Volume | None = None,
        imaged: bool = True,
        needed: bool = True,
        most: int = 1,
    ) -> Instance:
        """Launch an instance and return it as RunInstances answers it: pending, as a rule.

        ``added`` gives it the added volumes; with ``kept`` one of them outlives it. ``store``
        gives it an instance store volume, ``root`` a root volume other than its image's. No image
        is made of one that is not ``imaged``. Where a quota is met, the run gives up others for one
        that is ``needed``. Of ``most`` instances the others are :attr:`alike`. The guarded client
        writes each into the ledger.

        Raises Refused where the target refuses, CannotTest for an answer without an id.
        """
        image_id = image_id or self.image_id()
        if store:
            types: tuple[str, ...] = (STORE_TYPE,)
        else:
            types = self._types(image_id)
        for instance_type in types:
            try:
                return self._launch(instance_type, image_id, added, kept, root, imaged, store, most)
            except Refused as refused:
                if refused.code == "VPCIdNotSpecified":
                    raise CannotTest(
                        "The account has no default VPC: give a subnet with --subnet-id."
                    ) from None
                last = instance_type == types[-1]
                if last and needed and refused.code in QUOTAS and self.make_room():
                    return self.launch(
                        image_id, added=added, kept=kept, store=store, root=root, imaged=imaged
                    )
                if last or refused.code not in REFUSED_TYPE:
                    raise
        raise AssertionError("there is always a type")

    def _types(self, image_id: str) -> tuple[str, ...]:
        """The instance types to try: the one that was launched last comes first."""
        if self._target.instance_type:
            return (self._target.instance_type,)
        image = self.images.get(image_id) if image_id in self.images.all else None
        image = image or self.public.listed(image_id)
        found = TYPES_BY_ARCHITECTURE.get((image and image.architecture) or "", TYPES)
        return tuple(dict.fromkeys([*(t for t in found if t == self._type), *found]))

    def _launch(
        self,
        instance_type: str,
        image_id: str,
        added: bool,
        kept: bool,
        root: Volume | None,
        imaged: bool,
        store: bool,
        most: int,
    ) -> Instance:
        imaged = imaged or self.one_count
        kind = "" if imaged else "s"
        self._launches[kind] += 1
        token = f"amiproof-{self._run_id}-{self._ledger.writer}-{kind}{self._launches[kind]}"
        params = run_instances(
            self._target, instance_type, image_id, self.options, self._run_id, token,
            added=added, kept=kept, store=store, root=root, most=most,
        )  # fmt: skip
        answer = self._api.call("RunInstances", params)
        made = describe.instances(answer)
        self.account = self.account or describe.account(answer)
        if not made:
            raise CannotTest("RunInstances answered without an instance id.")
        if not store:
            self._type = instance_type
        launched = [self.with_instance_store(each, image_id) for each in made[:most]]
        for instance in launched:
            (self._own if imaged else self._others)[instance.id] = instance
            self._moving[instance.id] = self._patience.clock.now()
            self._devices[instance.id] = {device for device, _, _ in ADDED} if added else set()
        self.alike += launched[1:]
        return launched[0]

    def with_instance_store(self, instance: Instance, image_id: str | None) -> Instance:
        """The instance with the instance store volumes that its image maps.

        No action shows those of an instance. An image that the run made is asked for by no rule.
        """
        if image_id != self._target.image_id and not self.public.listed(image_id or ""):
            return instance
        return replace(instance, instance_store=self.images.instance_store(image_id))

    def uses_shown(self, instance_id: str | None) -> int:
        """How many uses of an instance its last known state may show."""
        return self._shown[instance_id or ""]

    def move(self, call: str, instance_id: str) -> None:
        """Send StopInstances, StartInstances or TerminateInstances. Raises Refused."""
        given = numbered("InstanceId", [instance_id])
        call_once_found(self._api, self._patience, call, given)
        self._moving[instance_id] = self._patience.clock.now()

    def moved_at(self, instance_id: str) -> float:
        """The clock's time at which an instance was launched or began to change its state."""
        return self._moving.get(instance_id, self._patience.clock.now())

    def refresh(self, instance_id: str) -> Instance | None:
        """An instance as DescribeInstances shows it now; remembered."""
        return self.refreshed([instance_id]).get(instance_id)

    def refreshed(self, ids: Collection[str]) -> dict[str, Instance]:
        """Those of these instances that DescribeInstances shows now; remembered."""
        try:
            root = self._api.call("DescribeInstances", numbered("InstanceId", ids))
        except Refused as refused:
            if not refused.denies:
                self.failed["DescribeInstances"] = refused.what
            # One unknown id makes the whole request fail: each is asked for singly.
            return {} if len(ids) < 2 else {i: s for i in ids if (s := self.refresh(i))}
        self.failed.pop("DescribeInstances", None)
        self.account = self.account or describe.account(root)
        shown = {}
        for found in describe.instances(root):
            if found.id in ids:
                # DescribeInstances shows no sizes: those stay as DescribeVolumes showed them.
                instances = self._others if found.id in self._others else self._own
                known = instances.get(found.id, found)
                found = describe.with_volumes(found, known.volumes)
                found = replace(found, instance_store=known.instance_store)
                shown[found.id] = instances[found.id] = self._volumes.again(found)
                self._shown[found.id] = self.uses[found.id]
        return shown

    def settled(self, instance: Instance, state: str) -> Instance:
        """Wait until an instance is in a state; write its volumes into the ledger.

        Raises NotAvailable where the window ends before.
        """

        def observe() -> Instance | None:
            return self.refreshed([instance.id, *self._on_the_way()]).get(instance.id)

        def reached(now: Instance | None) -> bool:
            return unreadable() or (now is not None and now.state == state)

        def unreadable() -> bool:
            return "DescribeInstances" in self.failed

        since = self._moving.pop(instance.id, self._patience.clock.now())
        if (shown := self.all.get(instance.id)) is not None and shown.state == state:
            return self.arrived(shown)
        now = self._patience.until(f"{state} instance", observe, reached, since=since)
        if unreadable():
            if state != "running":
                why = f"DescribeInstances: {self.failed['DescribeInstances']}"
                raise NotAvailable(f"needs an instance that becomes {state}; {why}")
            # Nothing shows its state: the instance is taken to run after a while.
            self._patience.rest(_LAUNCH)
            now = replace(now or instance, state=state)
            self._own[now.id] = now
        if now is None or now.state != state:
            seen = f"it stays {now.state}" if now else "DescribeInstances does not show it"
            # The endpoint shows the instance on its way: a longer wait may see it arrive.
            hindrance = Hindrance.TIME if now and now.state in _ON_THE_WAY else None
            raise NotAvailable(f"needs an instance that becomes {state}; {seen}", hindrance)
        return self.arrived(now)

    def _on_the_way(self) -> list[str]:
        """The other instances that no call has waited for: one look shows them all.

        None in a recorded run: judging its recording launches no instance of a scenario.
        """
        if getattr(self._api.client, "is_recorded", False):
            return []
        return [id for id in self._moving if self.all[id].state in _ON_THE_WAY]

    def arrived(self, instance: Instance) -> Instance:
        """An instance that has reached its state; its volumes are read, and are in the ledger."""
        instance = self._with_all_volumes(instance)
        self.take_down(instance)
        return instance

    def take_down(self, instance: Instance) -> None:
        """Take the volumes of an instance into the ledger."""
        if self._ledger.has(instance.id):  # not of an instance that the user named
            for volume in instance.volumes:
                self._ledger.made("volume", volume.id)

    def end(self, ids: Collection[str]) -> None:
        """Terminate instances that the run needs no more, where a quota counts them.

        Elsewhere the clean-up terminates them together with all others.
        """
        if ids and self._target.limits:
            self.note_volumes(ids)
            with contextlib.suppress(Refused):
                self._api.call("TerminateInstances", numbered("InstanceId", ids))

    def note_volumes(self, ids: Collection[str]) -> None:
        """Take the volumes of instances of the run into the ledger, before they are terminated."""
        for instance in self.refreshed(ids).values():
            for volume in instance.volumes:
                self._ledger.made("volume", volume.id)

    def _with_all_volumes(self, instance: Instance) -> Instance:
        """The instance once it shows its volumes, or as it is when the window ends."""
        latest = [instance]

        def observe() -> Instance:
            now = latest.pop() if latest else self.refresh(instance.id)
            return self.with_volumes(now or self._own[instance.id])

        return self._patience.until(
            "volumes of an instance", observe, self._shows_volumes, part=shows_some
        )

    def _shows_volumes(self, instance: Instance) -> bool:
        """Whether the volumes that the instance must have are shown, each with its size."""
        if has_none(instance) or self.failed.keys() & _SHOW_VOLUMES:
            return True
        due = self._devices.get(instance.id, set()) | {instance.root_device or ""}
        shown = {volume.device for volume in instance.volumes if volume.size is not None}
        return bool(shown) and due - {""} <= shown

    def with_volumes(self, instance: Instance) -> Instance:
        """The instance with what DescribeVolumes shows of its volumes; remembered.

        The same answer shows those of the run's other instances.
        """
        instance, *others = self._volumes.of(instance, self._own.values())
        for each in (instance, *others):
            instances = self._others if each.id in self._others else self._own
            instances[each.id] = each
        return instance
