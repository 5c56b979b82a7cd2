"""The source instance that differs from its image: another root volume, and later changes.

An image of it shows whether CreateImage reads the instance or copies the image's mapping.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import NamedTuple

from conformance.engine.client.api import Api, Refused
from conformance.engine.client.polling import Patience
from conformance.engine.resources.instances import Instances, NotAvailable
from conformance.engine.resources.launch import ADDED, run_tag
from conformance.model.world import Instance, Volume

Making = Generator["Awaited | None", None, Instance]
"""An instance on its way; it yields what it is going to wait for.

Raises NotAvailable, or CannotTest where no run is possible.
"""
Flags = dict[str, bool | None]
"""DeleteOnTermination of the volumes that the instance has to show, by device."""
ATTACHED = "/dev/sdj"
"""The device of the volume that is attached after the launch."""
_SIZE, _TYPE = 3, "standard"
"""GiB and type of that volume. No added volume has either."""
_LARGER = 2
"""GiB by which the root volume is larger than its image's."""
_KINDS = 4
"""The kinds of change."""
_EARLY = frozenset(
    {"IncorrectInstanceState", "IncorrectState", "InvalidInstanceID.NotFound"}
    | {"InvalidVolume.NotFound", "VolumeInUse"}
)
"""Codes of refusals that end once the volume, or the instance, is in its next state."""


class Awaited(NamedTuple):
    """An instance that is on its way to a state."""

    instance_id: str
    state: str


class Changes:
    """Makes the instance. A change that the target lacks is left out, with its reason.

    The reasons are in :attr:`.instances.Instances.unchanged`: ``root``, ``attached``, ``detached``
    and ``flag``.
    """

    def __init__(self, api: Api, patience: Patience, instances: Instances, run_id: str) -> None:
        self._api = api
        self._patience = patience
        self._instances = instances
        self._run_id = run_id

    def make(self) -> Making:
        """Launch the instance and change its volumes. Raises NotAvailable if nothing changes."""
        try:
            instance = self._launched()
            yield Awaited(instance.id, "running")
            instance = self._with_all_volumes(self._instances.settled(instance, "running"))
        except Refused as why:
            lacking = f"needs another source instance: {why}"
            raise NotAvailable(lacking, why.hindrance) from None
        flags = {v.device: v.delete_on_termination for v in instance.volumes}
        for kind, change in (
            ("attached", self._attach),
            ("detached", self._detach),
            ("flag", self._change_flag),
        ):
            try:
                change(instance, flags)
            except (Refused, NotAvailable) as why:
                self._instances.unchanged[kind] = str(why)
        yield None
        return self._shown(instance, flags)

    def _with_all_volumes(self, instance: Instance) -> Instance:
        """The instance once it shows its added volumes, or as it is when the window ends."""
        wanted = {device for device, _, _ in ADDED}
        known = [instance]
        shown = self._patience.until(
            "volumes of an instance",
            lambda: known.pop() if known else self._instances.refresh(instance.id) or instance,
            lambda now: wanted <= {volume.device for volume in now.volumes},
        )
        return self._instances.arrived(shown)

    def _launched(self) -> Instance:
        """An instance whose root volume has another size, type and flag than its image's."""
        root = self._other_root()
        if root is not None:
            try:
                return self._instances.launch(root=root)
            except Refused as why:
                self._instances.unchanged["root"] = f"needs another root volume: {why}"
        return self._instances.launch()

    def _other_root(self) -> Volume | None:
        mapped = self._instances.images.root(self._instances.image_id())
        if mapped is None or not mapped.size:
            why = "needs a target that shows the root volume of the image it launches"
            self._instances.unchanged["root"] = why
            return None
        other = "gp3" if mapped.type != "gp3" else "gp2"
        flag = mapped.delete_on_termination is False
        return replace(mapped, size=mapped.size + _LARGER, type=other, delete_on_termination=flag)

    def _attach(self, instance: Instance, flags: Flags) -> None:
        """Attach a new volume. The ledger names it before it is attached."""
        if not instance.zone:
            raise NotAvailable("needs a target that shows the Availability Zone of an instance")
        params = [
            ("AvailabilityZone", instance.zone),
            ("Size", str(_SIZE)),
            ("VolumeType", _TYPE),
            *run_tag(self._run_id, "volume"),
        ]
        volume = (self._api.call("CreateVolume", params, once=True).value("volumeId") or "").strip()
        if not volume:
            raise NotAvailable("needs a target whose CreateVolume answers with an id")
        named = [("VolumeId", volume), ("InstanceId", instance.id), ("Device", ATTACHED)]
        self._patiently("AttachVolume", named)
        flags[ATTACHED] = False

    def _detach(self, instance: Instance, flags: Flags) -> None:
        """Detach the first added volume. It still exists, for the clean-up."""
        device = ADDED[0][0]
        volume = next((v for v in instance.volumes if v.device == device), None)
        if volume is None:
            raise NotAvailable(f"needs a source instance with the added volume {device}")
        self._patiently("DetachVolume", [("VolumeId", volume.id), ("InstanceId", instance.id)])
        self._instances.detached.append(volume.id)
        del flags[device]

    def _change_flag(self, instance: Instance, flags: Flags) -> None:
        """Invert DeleteOnTermination of the last added volume."""
        device = ADDED[-1][0]
        volume = next((v for v in instance.volumes if v.device == device), None)
        if volume is None or volume.delete_on_termination is None:
            raise NotAvailable(f"needs a source instance that shows the flag of {device}")
        flag = not volume.delete_on_termination
        head = "BlockDeviceMapping.1."
        params = [
            ("InstanceId", instance.id),
            (head + "DeviceName", device),
            (head + "Ebs.DeleteOnTermination", str(flag).lower()),
        ]
        self._api.call("ModifyInstanceAttribute", params)
        flags[device] = flag

    def _patiently(self, action: str, params: list[tuple[str, str]]) -> None:
        """Call an action that the target refuses while a resource changes its state. Raises
        Refused."""

        def attempt() -> Refused | None:
            try:
                self._api.call(action, params, once=True)
            except Refused as why:
                if why.code not in _EARLY:
                    raise
                return why
            return None

        refused = self._patience.until(action, attempt, _is_none, acts=True)
        if refused is not None:
            raise refused

    def _shown(self, instance: Instance, flags: Flags) -> Instance:
        """The instance once DescribeInstances shows its volumes as they have to be. Raises
        NotAvailable."""

        def shows(now: Instance | None) -> bool:
            if now is None:
                return False
            return {v.device: v.delete_on_termination for v in now.volumes} == flags

        if len(self._instances.unchanged) == _KINDS:
            raise NotAvailable("; ".join(self._instances.unchanged.values()))
        now = self._patience.until(
            "changed instance", lambda: self._instances.refresh(instance.id), shows
        )
        if now is None or not shows(now):
            raise NotAvailable(
                "needs a target whose DescribeInstances shows volumes that were attached, detached"
                " or given another DeleteOnTermination"
            )
        return self._instances.with_volumes(now)


def _is_none(refused: Refused | None) -> bool:
    return refused is None
