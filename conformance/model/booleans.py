"""Boolean parameters: which spellings are documented, unspecified, or no boolean."""

from __future__ import annotations

SPELLINGS = frozenset({"", "1", "0", "t", "f", "y", "n", "yes", "no", "on", "off", "null", "none"})
"""Spellings, in any case, that some parsers read as a boolean: unspecified, like True and FALSE."""


def reading(text: str | None) -> bool | None:
    """The reading of a boolean: True (documented or absent), None (unspecified), False (invalid).

    ``true`` and ``false`` are documented (API_CreateImage, NoReboot). Other spellings of a boolean
    and white space around one are unspecified. Any other word is invalid.
    """
    if text in (None, "true", "false"):
        return True
    bare = text.strip().lower()
    return None if bare in SPELLINGS or bare in ("true", "false") else False
