"""Rules about ``NoDevice``: a device that the image leaves out."""

from __future__ import annotations

from conformance.model.entries import mappings, own_devices, source
from conformance.model.overlay import overlay
from conformance.model.request import Request
from conformance.model.rule import Aws, Grade, rule
from conformance.model.sources import BLOCK_DEVICE, QUERY
from conformance.model.world import Effects, World

_PAGE = BLOCK_DEVICE["BlockDeviceMapping, NoDevice"]
_ISSUE = "https://github.com/"


@rule.request(
    "bdm.nodevice.presence",
    _PAGE,
    keeps="NoDevice, empty or with any text, for a volume of the instance's",
    breaks="a request without NoDevice: the image has the volume",
    aws=Aws(
        "deviates",
        "one report of a volume that was imaged all the same; RunInstances refused a NoDevice that"
        " was not empty",
        "https://github.com/aws/aws-cli/issues/6334",
        accepts=True,
    ),
)
def may_be_left_out(request: Request, world: World) -> bool:
    """A device with NoDevice is left out of the image, whatever NoDevice's value is."""
    return True


@rule.effects_of("bdm.nodevice.presence")
def is_left_out(request: Request, before: World, effects: Effects) -> str | None:
    """The image does not map the device, unless it is the root's (bdm.nodevice.root)."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for entry in view.asked.values():
        if entry.no_device is None or entry.device == view.instance.root_device:
            continue
        mapping = view.mapped(entry.device)
        if mapping is not None:
            return f"the image maps {entry.device}, which NoDevice={entry.no_device!r} leaves out"
    return None


rule.scenario(
    "bdm.nodevice.snapshot",
    "Whether a volume that is left out is snapshotted all the same is not said (A19).",
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
    breaks="BlockDeviceMapping.1.Ebs.NoDevice, as an example of the query page writes it",
)
def no_device_path(request: Request, world: World) -> bool | None:
    """Whether NoDevice may also be written as a member of Ebs is not said (A8)."""
    return None if any("NoDevice" in entry.ebs for entry in mappings(request)) else True


@rule.request(
    "bdm.nodevice.root",
    _PAGE,
    grade=Grade.UNSPECIFIED,
    keeps="NoDevice for another device than the root",
    breaks="NoDevice for the root device",
)
def root_suppressed(request: Request, world: World) -> bool | None:
    """Whether the root device can be left out is not said."""
    instance = source(request, world)
    root = instance.root_device if instance else None
    named = any(e.no_device is not None and e.device == root for e in mappings(request))
    return None if root and named else True


@rule.request(
    "bdm.nodevice.unknown",
    _PAGE,
    grade=Grade.UNSPECIFIED,
    keeps="NoDevice for a device of the instance's",
    breaks="NoDevice for a device that the instance lacks",
    aws=Aws(
        "agrees",
        "accepted: a public integration suite does so",
        _ISSUE + "ansible-collections/amazon.aws",
    ),
)
def unknown_suppressed(request: Request, world: World) -> bool | None:
    """Whether a device that the instance lacks can be left out is not said."""
    own = own_devices(request, world)
    named = any(
        e.no_device is not None and e.device and e.device not in own for e in mappings(request)
    )
    return None if named else True
