"""Rules about ``BlockDeviceMapping``: the list itself, fields of other actions."""

from __future__ import annotations

from conformance.model.entries import mappings
from conformance.model.overlay import overlay
from conformance.model.request import Request
from conformance.model.rule import Grade, rule
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
"""Ebs fields that are for other actions."""
_PAGE = CREATE_IMAGE["BlockDeviceMapping.N"]


def _has(request: Request, *fields: str) -> bool:
    """Whether any entry has one of these Ebs fields."""
    return any(field in entry.ebs for entry in mappings(request) for field in fields)


@rule.request(
    "bdm.optional",
    _PAGE,
    keeps="a request without mappings",
    breaks="the same request with one",
)
def optional(request: Request, world: World) -> bool:
    """Block device mappings may be left out."""
    return True


@rule.request(
    "bdm.list",
    QUERY["Query parameters"],
    keeps="two mappings, numbered 1 and 2",
    breaks="the same in a form no document has: BlockDeviceMapping.member.1, an unknown parameter",
)
def numbered(request: Request, world: World) -> bool:
    """Mappings are numbered from 1: BlockDeviceMapping.1, BlockDeviceMapping.2."""
    return True


def _unsupported(id: str, *fields: str) -> None:
    """Add a rule for fields that other actions have: ignored or refused, it is not said."""

    def unsupported(request: Request, world: World) -> bool | None:
        return None if _has(request, *fields) else True

    def passed_over(request: Request, before: World, effects: Effects) -> str | None:
        """The image's mapping has none of it."""
        if (view := overlay(request, before, effects)) is None:
            return None
        for entry in view.asked.values():
            mapping = view.mapped(entry.device)
            for field in fields:
                asked = entry.ebs.get(field)
                if mapping is not None and asked and mapping.unsupported.get(field) == asked:
                    return f"the image has {field}={asked} for {entry.device}, as asked"
        return None

    words = " and ".join(fields)
    unsupported.__doc__ = (
        f"{words} of a mapping is not supported for CreateImage: the image does not have it."
    )
    rule.request(
        id,
        BLOCK_DEVICE[f"EbsBlockDevice, {', '.join(fields)}"],
        keeps=f"a new volume without {words}",
        breaks=f"a new volume with {words}, which may be ignored or refused",
        note="Whether a request that has it is refused is not said; that it has no effect is.",
    )(unsupported)
    rule.effects_of(id, requires=("bdm.new.ebs_empty", "bdm.new.ebs_snapshot"))(passed_over)


_unsupported("bdm.unsup.kms", "KmsKeyId")
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
    """Nothing is said of EbsCardIndex for this action."""
    return None if _has(request, "EbsCardIndex") else True
