"""Rules about ``BlockDeviceMapping``: the list, and fields that CreateImage does not support."""

from __future__ import annotations

from conformance.model.catalogue import rule
from conformance.model.entries import mappings
from conformance.model.overlay import overlay, shows_mappings
from conformance.model.request import Request
from conformance.model.rule import Aws, Grade
from conformance.model.sources import BLOCK_DEVICE, CREATE_IMAGE, QUERY
from conformance.model.world import Effects, World

UNSUPPORTED = frozenset(
    {
        "KmsKeyId",
        "OutpostArn",
        "AvailabilityZone",
        "AvailabilityZoneId",
        "VolumeInitializationRate",
    }
)
"""Ebs fields that only other actions support."""
_PAGE = CREATE_IMAGE["BlockDeviceMapping.N"]
_UNKNOWN = Aws()


def _has(request: Request, *fields: str) -> bool:
    """Whether any entry has one of these Ebs fields."""
    return any(field in entry.ebs for entry in mappings(request) for field in fields)


@rule.request(
    "bdm.optional",
    _PAGE,
    only_with=(),
    keeps="a request without mappings",
    breaks="the same request with one mapping",
)
def optional(request: Request, world: World) -> bool:
    """BlockDeviceMapping is optional."""
    return True


@rule.request(
    "bdm.list",
    QUERY["Query parameters"],
    only_with=(),
    keeps="two mappings, numbered 1 and 2",
    breaks=("an undocumented form, rejected as an unknown parameter: BlockDeviceMapping.member.1"),
)
def numbered(request: Request, world: World) -> bool:
    """Mappings must be a list numbered from 1: BlockDeviceMapping.1, BlockDeviceMapping.2."""
    return True


def _unsupported(id: str, *fields: str, aws: Aws = _UNKNOWN) -> None:
    """Add a rule for unsupported fields: a target may ignore or reject them."""

    def unsupported(request: Request, world: World) -> bool | None:
        return None if _has(request, *fields) else True

    def has_no_effect(request: Request, before: World, effects: Effects) -> str | None:
        """The image's mapping has none of these fields."""
        if (view := overlay(request, before, effects)) is None:
            return None
        for entry in view.asked.values():
            mapping = view.mapped(entry.device)
            for field in fields:
                asked = entry.ebs.get(field)
                if mapping is not None and asked and mapping.unsupported.get(field) == asked:
                    return f"the image has {field}={asked} for {entry.device}, as requested"
        return None

    words = " or ".join(fields)
    unsupported.__doc__ = (
        f"CreateImage does not support {words} in a mapping: the image must not have it."
    )
    rule.request(
        id,
        BLOCK_DEVICE[f"EbsBlockDevice, {', '.join(fields)}"],
        keeps=f"a new volume without {words}",
        breaks=f"a new volume with {words}: ignored or rejected",
        note=(
            "The documents do not say whether such a request is rejected. "
            "The field must have no effect."
        ),
        aws=aws,
    )(unsupported)
    rule.effects_of(
        id, requires=("bdm.new.ebs_empty", "bdm.new.ebs_snapshot"), evidence=shows_mappings
    )(has_no_effect)


_unsupported(
    "bdm.unsup.kms",
    "KmsKeyId",
    aws=Aws(
        "agrees",
        "400 UnknownParameter in 2018 and 2025",
        "https://github.com/hashicorp/packer-plugin-amazon/issues/585",
    ),
)
_unsupported("bdm.unsup.outpost", "OutpostArn")
_unsupported("bdm.unsup.az", "AvailabilityZone", "AvailabilityZoneId")
_unsupported("bdm.unsup.initrate", "VolumeInitializationRate")


@rule.request(
    "bdm.ebscard",
    BLOCK_DEVICE["EbsBlockDevice, EbsCardIndex"],
    grade=Grade.UNSPECIFIED,
    keeps="a new volume without EbsCardIndex",
    breaks="a new volume with EbsCardIndex",
)
def card_index(request: Request, world: World) -> bool | None:
    """The documents do not mention EbsCardIndex for CreateImage."""
    return None if _has(request, "EbsCardIndex") else True
