"""The booleans of the wire: which texts mean something, and which the documents do not speak of."""

from __future__ import annotations

SPELLINGS = frozenset({"", "1", "0", "t", "f", "y", "n", "yes", "no", "on", "off", "null", "none"})
"""Texts, in any case, that some reader takes for a boolean: unspecified, like True and FALSE."""


def reading(text: str | None) -> bool | None:
    """How a boolean's text stands: True (documented or absent), None (unsaid), False (no boolean).

    ``true`` and ``false`` are the documented values (API_CreateImage, NoReboot). Another spelling
    of a boolean is unspecified; white space around one is too. Any other word is no boolean.
    """
    if text in (None, "true", "false"):
        return True
    bare = text.strip().lower()
    return None if bare in SPELLINGS or bare in ("true", "false") else False
