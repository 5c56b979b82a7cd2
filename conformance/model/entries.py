"""The numbered lists of a request, block device mappings and tags, as typed views."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from conformance.model.memo import last_call
from conformance.model.request import Request
from conformance.model.world import Instance, Volume, World

_NUMBER = re.compile(r"[0-9]+", re.ASCII)
_INTEGER = re.compile(r"0|-?[1-9][0-9]*", re.ASCII)
_DISK = re.compile(r"(?:/dev/)?(?:xvd|sd|hd)([a-z]{1,2})[0-9]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class RequestedMapping:
    """One ``BlockDeviceMapping.N`` as it was sent."""

    index: str
    device: str
    """The device name; empty if it was sent empty or not at all."""
    virtual_name: str | None
    no_device: str | None
    ebs: Mapping[str, str]
    """The ``Ebs`` members by name, without the prefix."""

    @property
    def only_ebs(self) -> bool:
        """Whether the entry has Ebs and neither VirtualName nor NoDevice."""
        return bool(self.ebs) and self.virtual_name is None and self.no_device is None


@dataclass(frozen=True, slots=True)
class RequestedTags:
    """One ``TagSpecification.N`` as it was sent."""

    index: str
    resource_type: str | None
    tags: tuple[tuple[str | None, str | None], ...]
    """Key and value of each ``Tag.M``; None for one that was not sent."""


@last_call
def mappings(request: Request) -> tuple[RequestedMapping, ...]:
    """Every numbered mapping entry, in wire order."""
    return tuple(
        RequestedMapping(
            index,
            fields.get("DeviceName", ""),
            fields.get("VirtualName"),
            fields.get("NoDevice"),
            {name[4:]: value for name, value in fields.items() if name.startswith("Ebs.")},
        )
        for index, fields in request.entries("BlockDeviceMapping").items()
        if _NUMBER.fullmatch(index)
    )


@last_call
def tag_specifications(request: Request) -> tuple[RequestedTags, ...]:
    """Every numbered tag specification, in wire order."""
    return tuple(
        RequestedTags(index, fields.get("ResourceType"), _tags(fields))
        for index, fields in request.entries("TagSpecification").items()
        if _NUMBER.fullmatch(index)
    )


def _tags(fields: Mapping[str, str]) -> tuple[tuple[str | None, str | None], ...]:
    found: dict[str, dict[str, str]] = {}
    for name, value in fields.items():
        head, _, rest = name.partition(".")
        index, _, member = rest.partition(".")
        if head == "Tag" and _NUMBER.fullmatch(index):
            found.setdefault(index, {})[member] = value
    return tuple((tag.get("Key"), tag.get("Value")) for tag in found.values())


def is_plain(request: Request, prefix: str) -> bool:
    """Whether a list is unambiguous: numbered 1, 2, 3, and no parameter repeated."""
    names = [name for name in request.names() if name.startswith(prefix)]
    indexes = list(request.entries(prefix))
    return len(set(names)) == len(names) and indexes == [str(n) for n in range(1, len(indexes) + 1)]


def integer(text: str) -> int | None:
    """The value of a canonical decimal integer, or None for any other text."""
    return int(text) if _INTEGER.fullmatch(text) else None


def integer_reading(text: str) -> bool | None:
    """The reading of an integer: True, False (invalid), None (``8.0``, ``+8``, empty)."""
    if integer(text) is not None:
        return True
    if "_" in text:
        return False  # float() reads 1_0
    try:
        return None if not text.strip() or float(text).is_integer() else False
    except ValueError:
        return False


def source(request: Request, world: World) -> Instance | None:
    """The source instance of a request, or None if the model does not know it."""
    return world.instances.get(request.instance_id or "")


@last_call
def own_volumes(request: Request, world: World) -> Mapping[str, Volume]:
    """The instance's EBS volumes by device."""
    instance = source(request, world)
    return {volume.device: volume for volume in instance.volumes} if instance else {}


@last_call
def own_devices(request: Request, world: World) -> Mapping[str, Volume | None]:
    """The instance's devices, each with its volume, or None for an instance store volume."""
    instance = source(request, world)
    stores: dict[str, Volume | None] = dict.fromkeys(instance.instance_store if instance else ())
    return {**stores, **own_volumes(request, world)}


@lru_cache(1024)
def disk(device: str) -> str:
    """The disk of a device name: ``/dev/sdb``, ``xvdb`` and ``/dev/sdb1`` name the same one."""
    found = _DISK.fullmatch(device)
    return found[1] if found else device


def is_alias(device: str, others: Iterable[str]) -> bool:
    """Whether a device may be another name of one of the others."""
    own = disk(device)
    return any(other != device and disk(other) == own for other in others)


def repeated_devices(request: Request) -> bool:
    """Whether two entries name the same device."""
    devices = [entry.device for entry in mappings(request) if entry.device]
    return len(set(devices)) < len(devices)


@last_call
def aliased_devices(request: Request, world: World) -> bool:
    """Whether an entry's device may be another name of another entry's device or the instance's."""
    named = [entry.device for entry in mappings(request) if entry.device]
    known = [*named, *own_devices(request, world)]
    return any(is_alias(device, known) for device in named)


@last_call
def new_volumes(request: Request, world: World) -> tuple[RequestedMapping, ...]:
    """The entries that map an EBS volume to a device the instance lacks."""
    own = own_devices(request, world)
    return tuple(
        entry
        for entry in mappings(request)
        if entry.only_ebs
        and entry.device
        and entry.device not in own
        and not is_alias(entry.device, own)
    )


def existing_volumes(request: Request, world: World) -> Iterator[tuple[RequestedMapping, Volume]]:
    """The entries for EBS volumes of the instance, with the volume; not those with NoDevice."""
    own = own_volumes(request, world)
    for entry in mappings(request):
        if entry.device in own and entry.no_device is None:
            yield entry, own[entry.device]


@last_call
def is_clear(request: Request, world: World) -> bool:
    """Whether the mappings of a request are unambiguous.

    Effects are not judged if they are not: unusual indexes, a device twice or under two names.
    """
    return (
        is_plain(request, "BlockDeviceMapping")
        and not repeated_devices(request)
        and not aliased_devices(request, world)
    )
