"""Builds requests with block device mappings: entries and new volumes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from conformance.model.request import Draft, Value, create_image
from conformance.model.rules.block_device_mapping.performance import IOPS

Entry = Mapping[str, Value]
"""The fields of one ``BlockDeviceMapping.N``."""

NEW = "/dev/sdh"
"""A device that source instances lack."""
NEW_DEVICES = (*(f"/dev/sd{letter}" for letter in "hijklmnz"), "/dev/xvdba", "/dev/xvdcz")
"""Devices of the guide's list that source instances lack."""


def of_entries(*entries: Entry) -> dict[str, Value]:
    """The parameters of these mappings, numbered from 1."""
    return {
        f"BlockDeviceMapping.{number}.{field}": value
        for number, entry in enumerate(entries, 1)
        for field, value in entry.items()
    }


def mapped(*entries: Entry) -> Draft:
    """A request with these mappings."""
    return create_image().having(of_entries(*entries))


def ebs(device: Value = NEW, /, **fields: Value) -> Entry:
    """An EBS volume on a device: ``ebs("/dev/sdh", VolumeSize="8")``."""
    return {"DeviceName": device, **{f"Ebs.{field}": value for field, value in fields.items()}}


def new(**fields: Value) -> Draft:
    """A request with one new volume."""
    return mapped(ebs(**fields))


def typed(type: str, size: int, **fields: Value) -> Draft:
    """A request with one new volume of a type and a size in GiB, and IOPS if required."""
    return new(**volume(type, size, **fields))


def volume(type: str, size: int, **fields: Value) -> dict[str, Value]:
    """The fields of a new volume of a type and a size in GiB, with IOPS if the type requires them.

    They are not the least, whose rule has requests of its own.
    """
    iops = {"Iops": str(IOPS[type].least + 50)} if type in ("io1", "io2") else {}
    return {"VolumeSize": str(size), "VolumeType": type, **iops, **fields}


def entries(
    volumes: Iterable[Mapping[str, Value]], devices: Iterable[str] = NEW_DEVICES
) -> tuple[Entry, ...]:
    """Entries for new volumes, each on its own device."""
    return tuple(ebs(device, **fields) for device, fields in zip(devices, volumes, strict=False))
