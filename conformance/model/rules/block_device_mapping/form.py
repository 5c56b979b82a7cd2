"""Rules about ``BlockDeviceMapping``: virtual names, device names, what an entry may hold."""

from __future__ import annotations

import re

from conformance.model.entries import aliased_devices, mappings, own_devices, repeated_devices
from conformance.model.request import Request
from conformance.model.rule import Aws, Grade, rule
from conformance.model.sources import (
    BLOCK_DEVICE,
    CREATE_IMAGE_2013,
    ERRORS,
    GUIDE_DEVICE,
    GUIDE_MAPPING,
)
from conformance.model.world import World

MOST_EPHEMERAL = 3
"""The greatest number of an ephemeral device that every document knows (A9)."""

_ISSUE = "https://github.com/"
_VIRTUAL = re.compile(r"ephemeral(0|[1-9][0-9]*)", re.ASCII)
_NEARLY_VIRTUAL = re.compile(r"\s*(ephemeral[0-9]+)?\s*", re.IGNORECASE)
_LEGAL_DEVICE = re.compile(r"/dev/(sd[a-z]|xvd[bc][a-z]|sda[12]|xvda)", re.ASCII)


def _virtual_names(request: Request) -> list[str]:
    """The virtual names of the entries that have nothing else."""
    return [
        entry.virtual_name
        for entry in mappings(request)
        if entry.virtual_name is not None and entry.no_device is None and not entry.ebs
    ]


@rule.request(
    "bdm.virtual.form",
    BLOCK_DEVICE["BlockDeviceMapping, VirtualName"],
    keeps="VirtualName=ephemeral0",
    breaks="virtual names of another form: ephemeral, ephemeralA, ephemeral-1, disk0",
    aws=Aws(
        "agrees",
        "RunInstances: 400 MissingParameter, naming the parameter ebs",
        _ISSUE + "hashicorp/packer/issues/5020",
    ),
    note="Of another case, a leading zero, white space or no text at all nothing is said.",
)
def ephemeral_names(request: Request, world: World) -> bool | None:
    """A virtual name is ephemeral and a number from 0."""
    others = [name for name in _virtual_names(request) if not _VIRTUAL.fullmatch(name)]
    if not others:
        return True
    return None if all(_NEARLY_VIRTUAL.fullmatch(name) for name in others) else False


@rule.request(
    "bdm.virtual.range",
    CREATE_IMAGE_2013["BlockDeviceMapping, VirtualName"],
    GUIDE_MAPPING["Instance store volumes"],
    BLOCK_DEVICE["BlockDeviceMapping, VirtualName"],
    grade=Grade.UNSPECIFIED,
    keeps="ephemeral0 to ephemeral3",
    breaks="ephemeral4, ephemeral23, ephemeral24",
    note="The last is 3, 23 or depends on the type of the instance (A9).",
)
def ephemeral_range(request: Request, world: World) -> bool | None:
    """How many instance store devices can be mapped is not said alike everywhere."""
    numbers = [found[1] for n in _virtual_names(request) if (found := _VIRTUAL.fullmatch(n))]
    beyond = any(len(number) > 1 or int(number) > MOST_EPHEMERAL for number in numbers)
    return None if beyond else True


rule.scenario(
    "bdm.virtual.nvme",
    "A mapping of an NVMe instance store device has no effect on an instance launched from the"
    " image.",
    BLOCK_DEVICE["BlockDeviceMapping, VirtualName"],
    GUIDE_MAPPING["Instance store volumes"],
    uncovered="needs an instance of a type with NVMe instance store, and shows within it alone",
)


@rule.request(
    "bdm.device.required",
    BLOCK_DEVICE["BlockDeviceMapping, DeviceName"],
    grade=Grade.OBSERVED,
    keeps="a mapping that names its device",
    breaks="a mapping without DeviceName",
    aws=Aws(
        "agrees",
        "400 InvalidBlockDeviceMapping, Missing device name",
        _ISSUE + "hashicorp/packer/issues/6138",
    ),
    note="The page calls DeviceName optional.",
)
def device_named(request: Request, world: World) -> bool:
    """Every mapping names its device."""
    return all(entry.device for entry in mappings(request))


@rule.request(
    "bdm.device.syntax",
    GUIDE_DEVICE["Available device names"],
    GUIDE_DEVICE["Device name considerations"],
    grade=Grade.DETAIL,
    keeps="device names of the guide's list: /dev/sdh, /dev/xvdba",
    breaks="names of no list: sdh, /dev/sdh1, /dev/foo, which may be taken or refused",
    aws=Aws(
        "agrees",
        "RunInstances: 400 InvalidBlockDeviceMapping, Invalid device name",
        _ISSUE + "aws/aws-cli/issues/1071",
    ),
    note="The guide lists names; that another is refused was observed, and nobody wrote it down.",
)
def legal_device(request: Request, world: World) -> bool | None:
    """A new device's name is one of the guide's list for its virtualization type."""
    own = own_devices(request, world)
    unlisted = any(
        entry.device and entry.device not in own and not _LEGAL_DEVICE.fullmatch(entry.device)
        for entry in mappings(request)
    )
    return None if unlisted else True


@rule.request(
    "bdm.device.unique",
    BLOCK_DEVICE["BlockDeviceMapping, DeviceName"],
    grade=Grade.OBSERVED,
    keeps="mappings of different devices",
    breaks="two mappings of one device",
    aws=Aws(
        "agrees",
        "400 InvalidBlockDeviceMapping, assigned multiple times",
        _ISSUE + "hashicorp/packer/pull/2320",
    ),
    note="The documents do not speak of it.",
)
def devices_differ(request: Request, world: World) -> bool:
    """No device is mapped twice in one request."""
    return not repeated_devices(request)


@rule.request(
    "bdm.device.alias",
    GUIDE_DEVICE["Device name considerations"],
    grade=Grade.UNSPECIFIED,
    keeps="devices whose names end in different letters",
    breaks="a device of the instance's under another name: xvdf for /dev/sdf",
    aws=Aws(
        "unknown",
        "RunInstances refused xvdb beside /dev/xvdb",
        _ISSUE + "hashicorp/terraform/issues/7233",
    ),
)
def no_alias(request: Request, world: World) -> bool | None:
    """Whether two names of one disk are one device is not said."""
    return None if aliased_devices(request, world) else True


@rule.request(
    "bdm.exclusive",
    BLOCK_DEVICE["BlockDeviceMapping"],
    grade=Grade.UNSPECIFIED,
    keeps="a mapping with one of Ebs, VirtualName and NoDevice",
    breaks="a mapping with two of them",
    aws=Aws(
        "unknown",
        "Ebs with VirtualName was accepted, and Ebs won",
        _ISSUE + "hashicorp/packer/issues/2360",
    ),
    note="NoDevice wins by its own text, where the request is accepted.",
)
def one_form(request: Request, world: World) -> bool | None:
    """Whether a mapping can have more than one of Ebs, VirtualName and NoDevice is not said."""
    for entry in mappings(request):
        forms = (bool(entry.ebs), entry.virtual_name is not None, entry.no_device is not None)
        if sum(forms) > 1:
            return None
    return True


@rule.request(
    "bdm.entry_empty",
    BLOCK_DEVICE["BlockDeviceMapping"],
    grade=Grade.UNSPECIFIED,
    keeps="a mapping with something beside its device",
    breaks="a mapping with DeviceName alone",
    aws=Aws(
        "unknown",
        "RunInstances: MissingParameter, naming the parameter ebs",
        _ISSUE + "hashicorp/packer/issues/5020",
    ),
)
def more_than_a_name(request: Request, world: World) -> bool | None:
    """Whether a mapping may name a device and say nothing of it is not said."""
    empty = any(
        not entry.ebs and entry.virtual_name is None and entry.no_device is None
        for entry in mappings(request)
    )
    return None if empty else True


rule.scenario(
    "bdm.generic_error",
    "A mapping that is not valid is reported as InvalidBlockDeviceMapping.",
    ERRORS["InvalidBlockDeviceMapping"],
    codes={"InvalidBlockDeviceMapping"},
    uncovered="that there is a code for bad mappings is no promise about any one of them",
)
