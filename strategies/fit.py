"""Fits the mappings of a request to its source instance, which may have other devices.

The mappings of ``strategies/mappings`` are made for the usual source instance. It has the root and
two added volumes, and lacks each device that they add.
"""

from __future__ import annotations

from collections.abc import Mapping

from conformance.model.request import Draft, Placeholder, Value
from strategies import mappings
from strategies.mappings.of_snapshot import MORE_DEVICES

_LIST = "BlockDeviceMapping"
_STORE = mappings.NEW
"""The device of the instance store volume, on the source that has one."""
_ATTACHED = "/dev/sdj"
"""The device of the volume that was attached later, on the source that differs from its image."""
_FREE = MORE_DEVICES[-1]
_LACKING: Mapping[Value, tuple[Value, ...]] = {
    Placeholder.WITH_INSTANCE_STORE: (mappings.ADDED, mappings.ENCRYPTED),
    Placeholder.CHANGED: (mappings.ADDED,),
}
_TAKEN: Mapping[Value, str] = {
    Placeholder.WITH_INSTANCE_STORE: _STORE,
    Placeholder.CHANGED: _ATTACHED,
}


def fitted(draft: Draft) -> Draft:
    """The request with mappings of devices that its source instance has or lacks, as they need."""
    source = dict(draft.params).get("InstanceId", "")
    if source not in _TAKEN:
        return draft
    values, kept = dict(draft.params), list[str]()
    used = {value for name, value in draft.params if name.endswith(".DeviceName")}
    for index in draft.members(_LIST):
        head = f"{_LIST}.{index}."
        name = f"{head}DeviceName"
        if name not in values:
            kept.append(index)
            continue
        omits = f"{head}NoDevice" in values
        device = _device(source, values[name], omits=omits)
        if device != values[name] and device in used:
            continue
        if values[name] is mappings.ENCRYPTED and device is mappings.ROOT:
            _as_it_is(values, f"{head}Ebs.Encrypted")
        values[name] = device
        used.add(device)
        kept.append(index)
    return draft.having({name: values[name] for name in draft.names()}).keeping(_LIST, kept)


def _device(source: Value, device: Value, *, omits: bool) -> Value:
    """The device of this source in the place of one of the usual source."""
    if device == _TAKEN[source]:
        return _FREE
    if device not in _LACKING[source]:
        return device
    if not omits:
        return mappings.ROOT
    return _STORE if source is Placeholder.WITH_INSTANCE_STORE else mappings.ENCRYPTED


def _as_it_is(values: dict[str, Value], name: str) -> None:
    """Ask for the encryption that the root volume has."""
    if name in values:
        values[name] = "false"
