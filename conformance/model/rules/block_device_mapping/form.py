"""Rules about ``BlockDeviceMapping``: virtual names, device names, and the fields of an entry."""

from __future__ import annotations

import re

from conformance.model.catalogue import rule
from conformance.model.entries import aliased_devices, mappings, own_devices, repeated_devices
from conformance.model.request import Request
from conformance.model.rule import Aws, Grade
from conformance.model.sources import (
    BLOCK_DEVICE,
    CREATE_IMAGE_2013,
    ERRORS,
    GUIDE_DEVICE,
    GUIDE_MAPPING,
)
from conformance.model.world import World

MOST_EPHEMERAL = 3
"""The highest ephemeral number that every document allows."""

_ISSUE = "https://github.com/"
_VIRTUAL = re.compile(r"ephemeral(0|[1-9][0-9]*)", re.ASCII)
_NEARLY_VIRTUAL = re.compile(r"\s*(ephemeral[0-9]+)?\s*", re.IGNORECASE)
_LEGAL_DEVICE = re.compile(r"/dev/(sd[a-z]|xvd[bc][a-z]|sda[12]|xvda)", re.ASCII)


def _virtual_names(request: Request) -> list[str]:
    """The virtual names of entries that have neither Ebs nor NoDevice."""
    return [
        entry.virtual_name
        for entry in mappings(request)
        if entry.virtual_name is not None and entry.no_device is None and not entry.ebs
    ]


@rule.request(
    "bdm.virtual.form",
    BLOCK_DEVICE["BlockDeviceMapping, VirtualName"],
    keeps="VirtualName=ephemeral0",
    breaks="other virtual names: ephemeral, ephemeralA, ephemeral-1, disk0",
    aws=Aws(
        "agrees",
        "RunInstances rejects with 400 MissingParameter, naming the parameter ebs",
        _ISSUE + "hashicorp/packer/issues/5020",
    ),
    note="Another case, a leading zero, white space and an empty value are not checked.",
)
def ephemeral_names(request: Request, world: World) -> bool | None:
    """A virtual name must be ephemeral followed by a number from 0."""
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
    note="They say 3, or 23, or that it depends on the instance type.",
)
def ephemeral_range(request: Request, world: World) -> bool | None:
    """The documents disagree on the highest ephemeral number."""
    numbers = [found[1] for n in _virtual_names(request) if (found := _VIRTUAL.fullmatch(n))]
    beyond = any(len(number) > 1 or int(number) > MOST_EPHEMERAL for number in numbers)
    return None if beyond else True


rule.scenario(
    "bdm.virtual.nvme",
    "A mapping of an NVMe instance store volume must have no effect at launch.",
    BLOCK_DEVICE["BlockDeviceMapping, VirtualName"],
    GUIDE_MAPPING["Instance store volumes"],
    uncovered="needs an instance type with NVMe instance store; only the guest can see the effect",
)


@rule.request(
    "bdm.device.required",
    BLOCK_DEVICE["BlockDeviceMapping, DeviceName"],
    grade=Grade.OBSERVED,
    keeps="a mapping with DeviceName",
    breaks="a mapping without DeviceName",
    aws=Aws(
        "agrees",
        "400 InvalidBlockDeviceMapping, Missing device name",
        _ISSUE + "hashicorp/packer/issues/6138",
    ),
    note="The API page calls DeviceName optional; AWS was observed to require it.",
)
def device_named(request: Request, world: World) -> bool:
    """Every mapping must have a DeviceName."""
    return all(entry.device for entry in mappings(request))


@rule.request(
    "bdm.device.syntax",
    GUIDE_DEVICE["Available device names"],
    GUIDE_DEVICE["Device name considerations"],
    grade=Grade.DETAIL,
    keeps="device names in the guide's list: /dev/sdh, /dev/xvdba",
    breaks="unlisted names, accepted or rejected: sdh, /dev/sdh1, /dev/foo",
    aws=Aws(
        "agrees",
        "RunInstances rejects with 400 InvalidBlockDeviceMapping, Invalid device name",
        _ISSUE + "aws/aws-cli/issues/1071",
    ),
    note="The guide lists names and does not say that others are rejected.",
)
def legal_device(request: Request, world: World) -> bool | None:
    """The name of a new device must be in the guide's list for its virtualization type."""
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
    note="The documents do not mention it; AWS was observed to reject it.",
)
def devices_differ(request: Request, world: World) -> bool:
    """A request must not map a device twice."""
    return not repeated_devices(request)


@rule.request(
    "bdm.device.alias",
    GUIDE_DEVICE["Device name considerations"],
    grade=Grade.UNSPECIFIED,
    keeps="devices whose names end in different letters",
    breaks="a device of the instance under another name: xvdf for /dev/sdf",
    aws=Aws(
        "unknown",
        "RunInstances rejected xvdb beside /dev/xvdb",
        _ISSUE + "hashicorp/terraform/issues/7233",
    ),
)
def no_alias(request: Request, world: World) -> bool | None:
    """The documents do not say whether two names of one disk are one device."""
    return None if aliased_devices(request, world) else True


@rule.request(
    "bdm.exclusive",
    BLOCK_DEVICE["BlockDeviceMapping"],
    grade=Grade.UNSPECIFIED,
    keeps="a mapping with one of Ebs, VirtualName and NoDevice",
    breaks="a mapping with two of them",
    aws=Aws(
        "unknown",
        "accepted Ebs with VirtualName; Ebs took effect",
        _ISSUE + "hashicorp/packer/issues/2360",
    ),
    note="If the request is accepted, NoDevice prevails: its documentation says so.",
)
def one_form(request: Request, world: World) -> bool | None:
    """The documents do not say whether a mapping may combine Ebs, VirtualName and NoDevice."""
    for entry in mappings(request):
        forms = (bool(entry.ebs), entry.virtual_name is not None, entry.no_device is not None)
        if sum(forms) > 1:
            return None
    return True


@rule.request(
    "bdm.entry_empty",
    BLOCK_DEVICE["BlockDeviceMapping"],
    grade=Grade.UNSPECIFIED,
    keeps="a mapping with more than DeviceName",
    breaks="a mapping with DeviceName alone",
    aws=Aws(
        "unknown",
        "RunInstances rejects with MissingParameter, naming the parameter ebs",
        _ISSUE + "hashicorp/packer/issues/5020",
    ),
)
def more_than_a_name(request: Request, world: World) -> bool | None:
    """The documents do not say whether a mapping may have a DeviceName alone."""
    empty = any(
        not entry.ebs and entry.virtual_name is None and entry.no_device is None
        for entry in mappings(request)
    )
    return None if empty else True


rule.scenario(
    "bdm.generic_error",
    "An invalid mapping is reported as InvalidBlockDeviceMapping.",
    ERRORS["InvalidBlockDeviceMapping"],
    codes={"InvalidBlockDeviceMapping"},
    uncovered="the code exists, but no document promises it for any particular mapping",
)
