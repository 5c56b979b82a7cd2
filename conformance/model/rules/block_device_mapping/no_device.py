"""Rules about ``NoDevice``: a device that the image omits."""

from __future__ import annotations

from conformance.model.catalogue import rule
from conformance.model.entries import mappings, own_devices, source
from conformance.model.overlay import overlay, shows_mappings
from conformance.model.request import Request
from conformance.model.rule import Aws, Grade
from conformance.model.sources import BLOCK_DEVICE, QUERY
from conformance.model.world import Effects, World

_PAGE = BLOCK_DEVICE["BlockDeviceMapping, NoDevice"]
_ISSUE = "https://github.com/"


def _is_not_empty(request: Request, world: World) -> bool:
    """Whether a mapping has a NoDevice other than the empty string."""
    return any(entry.no_device for entry in mappings(request))


@rule.request(
    "bdm.nodevice.presence",
    _PAGE,
    only_with=(),
    keeps="NoDevice, empty or with any text, for a volume of the instance",
    breaks="a request without NoDevice: the image has the volume",
    aws=Aws(
        "deviates",
        (
            "rejects a NoDevice that is not empty with InvalidRequest or "
            "InvalidBlockDeviceMapping; one report of a volume that was imaged all the same"
        ),
        "https://github.com/aws/aws-cli/issues/6334",
        rejects=_is_not_empty,
        shows=True,
    ),
)
def device_omitted(request: Request, world: World) -> bool:
    """NoDevice, whatever its value, must omit the device from the image."""
    return True


@rule.effects_of("bdm.nodevice.presence", evidence=shows_mappings)
def image_omits_it(request: Request, before: World, effects: Effects) -> str | None:
    """The image does not map the device; bdm.nodevice.root covers the root device."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for entry in view.asked.values():
        if entry.no_device is None or entry.device == view.instance.root_device:
            continue
        mapping = view.mapped(entry.device)
        if mapping is not None:
            return f"the image maps {entry.device} despite NoDevice={entry.no_device!r}"
    return None


rule.scenario(
    "bdm.nodevice.snapshot",
    "The documents do not say whether a volume that NoDevice omits is still snapshotted.",
    _PAGE,
    grade=Grade.UNSPECIFIED,
)


@rule.request(
    "bdm.nodevice.path",
    _PAGE,
    QUERY["Query parameters, example"],
    grade=Grade.UNSPECIFIED,
    codes={"UnknownParameter"},
    keeps="BlockDeviceMapping.1.NoDevice",
    breaks="BlockDeviceMapping.1.Ebs.NoDevice, as in an example of the query page",
)
def no_device_path(request: Request, world: World) -> bool | None:
    """The documents do not say whether NoDevice may be a member of Ebs."""
    return None if any("NoDevice" in entry.ebs for entry in mappings(request)) else True


@rule.request(
    "bdm.nodevice.root",
    _PAGE,
    grade=Grade.UNSPECIFIED,
    keeps="NoDevice for a device other than the root",
    breaks="NoDevice for the root device",
)
def root_omitted(request: Request, world: World) -> bool | None:
    """The documents do not say whether NoDevice can omit the root device."""
    instance = source(request, world)
    root = instance.root_device if instance else None
    named = any(e.no_device is not None and e.device == root for e in mappings(request))
    return None if root and named else True


@rule.request(
    "bdm.nodevice.unknown",
    _PAGE,
    grade=Grade.UNSPECIFIED,
    keeps="NoDevice for a device of the instance",
    breaks="NoDevice for a device that the instance lacks",
    aws=Aws(
        "agrees",
        "accepts it: a public integration suite sends it",
        _ISSUE + "ansible-collections/amazon.aws",
    ),
)
def unknown_omitted(request: Request, world: World) -> bool | None:
    """The documents do not say whether NoDevice may name a device that the instance lacks."""
    own = own_devices(request, world)
    named = any(
        e.no_device is not None and e.device and e.device not in own for e in mappings(request)
    )
    return None if named else True
