"""Makes source instances of each kind.

Making is a generator: it yields wherever it would wait, so that several instances start at once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace

from conformance.engine.client.api import Refused
from conformance.engine.core.errors import CannotTest
from conformance.engine.core.target import Target
from conformance.engine.resources.changes import Awaited, Changes, Making
from conformance.engine.resources.instances import Instances, NotAvailable
from conformance.engine.resources.launch import ROOT_SIZE, STORE, STORE_TYPE
from conformance.model.request import Placeholder
from conformance.model.world import Instance

Watcher = Callable[[Instance, str], None]
"""Called with an instance that may be in a transient state, and that state."""


class SourceKinds:
    """Makes the instance of a placeholder."""

    def __init__(self, target: Target, instances: Instances, changes: Changes) -> None:
        self._target = target
        self._instances = instances
        self.watcher: Watcher | None = None
        self.alike = 1
        """How many alike instances the next launch of one asks for."""
        self._makers: dict[Placeholder, Callable[[], Making]] = {
            Placeholder.RUNNING: self._running,
            Placeholder.STOPPED: lambda: self._moved("StopInstances", "stopping", "stopped"),
            Placeholder.TERMINATED: lambda: self._moved(
                "TerminateInstances", "shutting-down", "terminated"
            ),
            Placeholder.INSTANCE_STORE: self._instance_store,
            Placeholder.WITH_INSTANCE_STORE: self._with_instance_store,
            Placeholder.CHANGED: changes.make,
        }

    def has(self, placeholder: Placeholder) -> bool:
        """Whether a placeholder stands for an instance of its own."""
        return placeholder in self._makers

    def make(self, placeholder: Placeholder) -> Making:
        """Begin with the instance of a placeholder."""
        return self._makers[placeholder]()

    def further(self) -> Making:
        """Begin with one more instance like the running one."""
        return self._launched(kept=False, needed=False)

    def _running(self) -> Making:
        if self._target.instance_id:
            found = self._instances.refresh(self._target.instance_id)
            if found is None or found.state not in ("running", "stopped"):
                raise CannotTest(
                    f"{self._target.instance_id} is no running or stopped instance here: give"
                    " another --instance-id."
                )
            return self._instances.with_volumes(found)
        try:
            return (yield from self._launched())
        except (Refused, NotAvailable) as why:
            raise CannotTest(
                f"No source instance could be made ({why}): give --image-id, --instance-type,"
                " --subnet-id, or --instance-id of one to use."
            ) from None

    def _launched(self, *, kept: bool = True, needed: bool = True) -> Making:
        """A running instance with a root volume and the added ones, of which one is encrypted.

        Some endpoints refuse to encrypt a volume, or encrypt both, or attach no root volume that
        the launch does not map. The next launch takes that into account.
        """
        options = self._instances.options
        for _ in range(3):
            try:
                instance = self._instances.launch(kept=kept, needed=needed)
                yield Awaited(instance.id, "running")
                instance = self._instances.settled(instance, "running")
            except Refused:
                if not options.encrypts:
                    raise
                options.encrypts = False
                continue
            device = instance.root_device
            if not instance.volumes:
                break  # none is shown, so another launch would show no difference
            if (
                device
                and not options.mapped_root
                and device not in {v.device for v in instance.volumes}
            ):
                options.mapped_root = ((device, ROOT_SIZE, True),)
            elif (
                options.encrypts
                and not self._instances.encryption.is_on()
                and all(v.encrypted for v in instance.volumes if v.device != device)
            ):
                options.encrypts = False
            else:
                break
        return instance

    def _moved(self, call: str, transient: str, state: str) -> Making:
        """An instance in a state that a call moves it to, past a transient one."""
        try:
            instance = self._alike()
            self._watch(instance, "pending")
            yield Awaited(instance.id, "running")
            instance = self._instances.settled(instance, "running")
            self._instances.move(call, instance.id)
            self._watch(instance, transient)
            yield Awaited(instance.id, state)
            return self._instances.settled(instance, state)
        except Refused as why:
            raise NotAvailable(f"needs a {state} instance: {why}", why.hindrance) from None

    def _alike(self) -> Instance:
        """An instance like the running one, of a launch of several where that is asked for."""
        most, self.alike = self.alike, 1
        if most > 1:
            with contextlib.suppress(Refused):
                return self._instances.launch(needed=False, most=most)
        left = self._instances.alike
        return left.pop(0) if left else self._instances.launch()

    def _watch(self, instance: Instance, state: str) -> None:
        if self.watcher is not None:
            self.watcher(instance, state)

    def _with_instance_store(self) -> Making:
        try:
            instance = self._instances.launch(added=False, store=True)
            yield Awaited(instance.id, "running")
            instance = self._instances.settled(instance, "running")
        except Refused as why:
            raise NotAvailable(
                f"needs a target that launches {STORE_TYPE} instances: {why}", why.hindrance
            ) from None
        store = {**instance.instance_store, **dict([STORE])}
        instance = replace(instance, instance_store=store)
        self._instances.remember(instance)
        return instance

    def _instance_store(self) -> Making:
        lacking = NotAvailable("needs a target that launches instance store-backed instances")
        if not self._target.has("instance-store"):
            raise lacking
        try:
            found = self._instances.public.of("instance-store")
            if not found:
                raise lacking
            instance = self._instances.launch(found[0].id, added=False)
            yield Awaited(instance.id, "running")
            instance = self._instances.settled(instance, "running")
        except (Refused, CannotTest):
            raise lacking from None
        if instance.root_device_type != "instance-store":
            raise lacking
        return instance
