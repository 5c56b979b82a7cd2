"""``SnapshotLocation`` and ``BootModeOverride``, parameters of later pages."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.model.request import Draft, create_image
from conformance.model.rules.newer import BOOT_MODE, LOCATIONS
from strategies.exclusions import unless

LOCAL = create_image(SnapshotLocation="local")
"""A parameter that must be omitted for an instance in an Availability Zone, with the value whose
effect its snapshots would show."""
OTHER_LOCATIONS = tuple(
    create_image(SnapshotLocation=value)
    for value in ("global", "zonal", "regionals", "us-east-1", "outpost", "true")
)
OTHER_BOOT_MODES = tuple(
    create_image(BootModeOverride=value)
    for value in ("legacy-bios", "bios", "uefi-preferred", "efi", "true")
)
UEFI = create_image(BootModeOverride=BOOT_MODE)
"""The legal mode, for an instance that boots by uefi now."""
_WORDS = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=2, max_size=14)


def other_locations() -> st.SearchStrategy[Draft]:
    """Words that are no snapshot location."""
    return unless(LOCATIONS.__contains__, _WORDS).map(
        lambda word: create_image(SnapshotLocation=word)
    )


def other_boot_modes() -> st.SearchStrategy[Draft]:
    """Words that are no legal BootModeOverride."""
    return unless(BOOT_MODE.__eq__, _WORDS).map(lambda word: create_image(BootModeOverride=word))
