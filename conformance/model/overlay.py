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


@last_call
def overlay(request: Request, before: World, effects: Effects) -> Overlay | None:
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
