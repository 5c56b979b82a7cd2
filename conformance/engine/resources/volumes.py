"""Reads the volumes of an instance: DescribeInstances shows no sizes, DescribeVolumes does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from conformance.engine.client.api import Api, Refused, filters, numbered
from conformance.engine.client.found import is_not_found
from conformance.model.answer import Element
from conformance.model.world import Instance
from conformance.wire.decoding import describe


class Volumes:
    """Completes instances with what DescribeVolumes shows. Raises nothing."""

    def __init__(self, api: Api, failed: dict[str, str]) -> None:
        """``failed`` takes DescribeVolumes with what came back, while it fails."""
        self._api = api
        self._failed = failed
        self._more_attached: set[str] = set()
        """Instances of which DescribeVolumes shows more volumes than DescribeInstances."""

    def of(self, instance: Instance, others: Iterable[Instance] = ()) -> list[Instance]:
        """The instance with the sizes of its volumes; after it those ``others`` that lacked some.

        Without a root volume among them, every volume that is attached to it is asked for.
        """
        devices = {volume.device for volume in instance.volumes}
        ids = _unsized(instance)
        rootless = not devices or (instance.root_device and instance.root_device not in devices)
        if rootless and not has_none(instance):
            instance = self._attached(instance)
            if len(instance.volumes) > len(devices):
                self._more_attached.add(instance.id)
            return [instance]
        if not ids:
            return [instance]
        lacking = [each for each in others if each.id != instance.id and _unsized(each)]
        more = [id for each in lacking for id in _unsized(each)]
        root = self._call(numbered("VolumeId", ids + more))
        if root is None and more:
            lacking, root = [], self._call(numbered("VolumeId", ids))
        if root is None:
            return [instance]
        return [
            describe.with_volumes(each, describe.volumes(root, each.id))
            for each in (instance, *lacking)
        ]

    def again(self, instance: Instance) -> Instance:
        """A freshly described instance: volumes that DescribeInstances leaves out are added."""
        return self._attached(instance) if instance.id in self._more_attached else instance

    def _attached(self, instance: Instance) -> Instance:
        """The instance with every volume that DescribeVolumes shows attached to it."""
        root = self._call(filters({"attachment.instance-id": [instance.id]}))
        if root is None:
            return instance
        shown = describe.volumes(root, instance.id)
        known = {volume.id for volume in instance.volumes}
        more = tuple(v for v in shown if v.id and v.device and v.id not in known)
        volumes = (*describe.with_volumes(instance, shown).volumes, *more)
        return replace(instance, volumes=volumes)

    def _call(self, params: Iterable[tuple[str, str]]) -> Element | None:
        """The answer of DescribeVolumes, or None if it fails."""
        try:
            root = self._api.call("DescribeVolumes", params)
        except Refused as refused:
            if not is_not_found(refused):
                self._failed["DescribeVolumes"] = refused.what
            return None
        self._failed.pop("DescribeVolumes", None)
        return root


def _unsized(instance: Instance) -> list[str]:
    """The ids of the instance's volumes whose size no answer has shown."""
    return [volume.id for volume in instance.volumes if volume.size is None]


def shows_some(instance: Instance) -> bool:
    """Whether a volume is shown with its size: the target shows volumes, if not all."""
    return any(volume.size is not None for volume in instance.volumes)


def has_none(instance: Instance) -> bool:
    """Whether the instance has no EBS volume, or none any more."""
    gone = instance.state in ("shutting-down", "terminated")
    return gone or instance.root_device_type == "instance-store"
