"""Converts a request's wire parameters to SDK arguments, if an SDK can send them.

The names come from ``CreateImage`` in the service model from which AWS generates the SDKs. They are
listed here so that reports need no SDK.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from conformance.model.request import API_VERSION
from reports.deviation import Params


class NotExpressible(Exception):
    """An SDK cannot send the request; the message completes "cannot send this:"."""


class _List(NamedTuple):
    """A list: its SDK argument name, and the type of each member by wire name."""

    argument: str
    members: dict[str, Any]


_EBS = {
    "DeleteOnTermination": bool, "Iops": int, "SnapshotId": str, "VolumeSize": int,
    "VolumeType": str, "KmsKeyId": str, "Throughput": int, "OutpostArn": str,
    "AvailabilityZone": str, "AvailabilityZoneId": str, "Encrypted": bool,
    "VolumeInitializationRate": int, "EbsCardIndex": int,
}  # fmt: skip
_MAPPING = {"DeviceName": str, "VirtualName": str, "NoDevice": str, "Ebs": _EBS}
_TAGS = {"ResourceType": str, "Tag": _List("Tags", {"Key": str, "Value": str})}
_CREATE_IMAGE = {
    "InstanceId": str, "Name": str, "Description": str, "NoReboot": bool, "DryRun": bool,
    "SnapshotLocation": str,
    "BlockDeviceMapping": _List("BlockDeviceMappings", _MAPPING),
    "TagSpecification": _List("TagSpecifications", _TAGS),
}  # fmt: skip
_BOOLEANS = {"true": True, "false": False}


def arguments(params: Params) -> dict[str, Any]:
    """The arguments with which an SDK's ``create_image`` sends exactly these parameters.

    Raises NotExpressible.
    """
    head, rest = params[:2], params[2:]
    if head != (("Action", "CreateImage"), ("Version", API_VERSION)):
        raise NotExpressible("an SDK always sends Action and Version first")
    found: dict[str, Any] = {}
    for name, value in rest:
        _put(found, _CREATE_IMAGE, name.split("."), name, value)
    if tuple(_flat(found, _CREATE_IMAGE, "")) != rest:
        raise NotExpressible("an SDK sends the parameters in another order")
    return found


def _put(
    into: dict[str, Any], members: dict[str, Any], path: list[str], name: str, value: str
) -> None:
    step, *deeper = path
    kind = members.get(step)
    if isinstance(kind, _List) and len(deeper) > 1:
        entries = into.setdefault(kind.argument, [])
        if deeper[0] == str(len(entries) + 1):
            entries.append({})
        elif not entries or deeper[0] != str(len(entries)):
            raise NotExpressible(f"an SDK numbers list members consecutively from 1, unlike {name}")
        _put(entries[-1], kind.members, deeper[1:], name, value)
    elif isinstance(kind, dict) and deeper:
        _put(into.setdefault(step, {}), kind, deeper, name, value)
    elif not isinstance(kind, type) or deeper:
        raise NotExpressible(f"an SDK has no parameter {name}")
    elif step in into:
        raise NotExpressible(f"an SDK sends {name} only once")
    else:
        into[step] = _value(kind, name, value)


def _value(kind: type, name: str, value: str) -> str | int:
    """The value as an SDK argument that the SDK serializes to the same text."""
    if kind is bool and value in _BOOLEANS:
        return _BOOLEANS[value]
    if kind is int and value.isascii() and value.removeprefix("-").isdigit():
        number = int(value) if len(value) < 20 else 0
        if str(number) == value:
            return number
    if kind is not str:
        raise NotExpressible(f"an SDK does not send {name} with this value")
    if any("\ud800" <= c <= "\udfff" for c in value):
        raise NotExpressible(f"an SDK cannot encode the value of {name}")
    return value


def _flat(found: dict[str, Any], members: dict[str, Any], prefix: str) -> list[tuple[str, str]]:
    """The wire parameters of arguments, in the order in which an SDK sends them."""
    wire = {k.argument: n for n, k in members.items() if isinstance(k, _List)}
    flat: list[tuple[str, str]] = []
    for argument, value in found.items():
        name = wire.get(argument, argument)
        if isinstance(value, list):
            for number, entry in enumerate(value, 1):
                flat += _flat(entry, members[name].members, f"{prefix}{name}.{number}.")
        elif isinstance(value, dict):
            flat += _flat(value, members[name], f"{prefix}{name}.")
        elif isinstance(value, bool):
            flat.append((prefix + name, str(value).lower()))
        else:
            flat.append((prefix + name, str(value)))
    return flat
