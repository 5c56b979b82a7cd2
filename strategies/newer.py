"""Parameters that only later pages have: ``SnapshotLocation`` and ``BootModeOverride``."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.model.request import Draft, create_image
from conformance.model.rules.newer import BOOT_MODE, LOCATIONS
from strategies.exclusions import unless

LOCAL = create_image(SnapshotLocation="local")
"""What the page says to leave out for an instance in a plain zone, with the value that would show
in its snapshots."""
OTHER_LOCATIONS = tuple(
    create_image(SnapshotLocation=value)
    for value in ("global", "zonal", "regionals", "us-east-1", "outpost", "true")
)
OTHER_BOOT_MODES = tuple(
    create_image(BootModeOverride=value)
    for value in ("legacy-bios", "bios", "uefi-preferred", "efi", "true")
)
_WORDS = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=2, max_size=14)


def other_locations() -> st.SearchStrategy[Draft]:
    """Words that are no location."""
    return unless(LOCATIONS.__contains__, _WORDS).map(
        lambda word: create_image(SnapshotLocation=word)
    )


def other_boot_modes() -> st.SearchStrategy[Draft]:
    """Words that are no boot mode to ask for."""
    return unless(BOOT_MODE.__eq__, _WORDS).map(lambda word: create_image(BootModeOverride=word))
