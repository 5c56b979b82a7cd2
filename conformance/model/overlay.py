"""The instance's mappings, the request's entries merged in, and the image's mappings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from conformance.model.entries import (
    RequestedMapping,
    is_clear,
    mappings,
    new_volumes,
    own_volumes,
    source,
)
from conformance.model.memo import last_call
from conformance.model.request import Request
from conformance.model.world import DeviceMapping, Effects, Image, Instance, Volume, World

MAPPED = ("st.bdm.devices", "st.bdm.merge")
"""The rules that the image maps the instance's devices. Rules about the mappings require them."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """What the rules about an image's mappings compare, by device."""

    instance: Instance
    image: Image
    volumes: Mapping[str, Volume]
    """The instance's EBS volumes when the request was sent."""
    asked: Mapping[str, RequestedMapping]
    """The request's entries."""
    added: tuple[RequestedMapping, ...]
    """The entries that map a new EBS volume."""

    def mapped(self, device: str) -> DeviceMapping | None:
        """The image's mapping of a device, or None if it has no EBS volume and no virtual name."""
        return next(
            (m for m in self.image.mappings if m.device == device and (m.ebs or m.virtual_name)),
            None,
        )

    def is_renamed(self, device: str) -> bool:
        """Whether the image lacks a device and maps one that nothing names in its place.

        st.bdm.devices speaks of such devices, and the rules about the mapping do not.
        """
        known = {*self.volumes, *self.instance.instance_store, *self.asked}
        strange = any(mapping.device not in known for mapping in self.image.mappings)
        return strange and self.mapped(device) is None

    def is_omitted(self, device: str) -> bool:
        """Whether the request omits a device with NoDevice."""
        entry = self.asked.get(device)
        return entry is not None and entry.no_device is not None

    def inherited(self) -> Iterator[tuple[Volume, DeviceMapping, Mapping[str, str]]]:
        """The instance's volumes that the image maps, with mapping and requested Ebs fields."""
        for device, volume in self.volumes.items():
            mapping = self.mapped(device)
            if mapping is not None and mapping.ebs and not self.is_omitted(device):
                entry = self.asked.get(device)
                yield volume, mapping, entry.ebs if entry else {}

    def existing(self) -> Iterator[tuple[RequestedMapping, Volume, DeviceMapping]]:
        """As :meth:`inherited`, for the devices that the request names."""
        for volume, mapping, _ in self.inherited():
            entry = self.asked.get(volume.device)
            if entry is not None:
                yield entry, volume, mapping


def overlay(request: Request, before: World, effects: Effects) -> Overlay | None:
    """As :func:`bare_overlay`; None also if the image maps nothing, not even its root device.

    Such an image violates st.bdm.devices or st.bdm.merge, and decides no other rule on mappings.
    """
    view = bare_overlay(request, before, effects)
    return view if view is not None and view.image.mappings else None


def no_overlay(request: Request, before: World, effects: Effects) -> str | None:
    """Why there is no :func:`overlay`, or None if there is one."""
    if effects.image is None:
        return "not decided: see st.image.exists"
    if source(request, before) is None:
        return f"inconclusive: the run does not know the instance {request.instance_id}"
    if not is_clear(request, before):
        return "inconclusive: the mappings of the request are ambiguous"
    if not effects.image.mappings:
        see = "st.bdm.merge" if mappings(request) else "st.bdm.devices"
        return f"not decided: the image shows no block device mapping, see {see}"
    return None


def shows_mappings(request: Request, before: World, effects: Effects) -> str | None:
    """The evidence that the image of a request with mappings shows the mappings that it adds."""
    if not mappings(request):
        return None
    view = overlay(request, before, effects)
    if view is None:
        return no_overlay(request, before, effects)
    for entry in view.asked.values():
        if entry.no_device is None and view.is_renamed(entry.device):
            return f"not decided: the image maps another device than {entry.device}, {_SEE}"
    return None


_SEE = "see st.bdm.devices"
NO_VOLUMES = (
    "inconclusive: neither DescribeInstances nor DescribeVolumes shows a volume of the instance"
)
"""The reason where the model knows no volume of the source instance."""


@last_call
def bare_overlay(request: Request, before: World, effects: Effects) -> Overlay | None:
    """What to compare, or None if there is no image or the request is ambiguous: unusual indexes, a
    device twice or under two names."""
    instance = source(request, before)
    if effects.image is None or instance is None or not is_clear(request, before):
        return None
    return Overlay(
        instance,
        effects.image,
        own_volumes(request, before),
        {entry.device: entry for entry in mappings(request)},
        new_volumes(request, before),
    )
