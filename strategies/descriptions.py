"""``Description``: legal, too long and unspecified ones."""

from __future__ import annotations

import string

from hypothesis import strategies as st

from conformance.model.request import Draft, Form, create_image
from conformance.model.rules.description import LONGEST

PRINTABLE = "".join(chr(c) for c in range(0x20, 0x7F))
RESERVED = "&=+%#?;"
"""Characters that have a meaning in a query string; wire.urlencode covers them."""
_PLAIN = string.ascii_lowercase + string.ascii_uppercase + string.digits
_SAFE = _PLAIN + "".join(c for c in PRINTABLE if c not in RESERVED and c not in _PLAIN)


def described(text: str) -> Draft:
    """A request with exactly this description."""
    return create_image(Description=text)


LONGEST_LEGAL = (described("a/" * (LONGEST // 2) + "a"),)
"""255 letters and slashes, which are more than 255 characters when encoded."""
TOO_LONG = (described("a" * (LONGEST + 1)), described("a" * 1000), described("a" * LONGEST + " "))
"""256 characters, 1000, and 256 of which stripping would remove the last."""
EMPTY = described("")
SPACED = " MiXeD case, two  spaces, <xml> \"quotes\" 'and' {} $x \\ an end "
"""Text that a faulty endpoint might trim, collapse, or read as markup or a template."""
SPACED_LONGEST = described(f"{SPACED}{'a/' * LONGEST}"[: LONGEST - 1] + " ")
"""The same, with 255 characters, and more when encoded."""
ROUND_TRIP = (described(SPACED), described("0"))
"""Spaces, markup, case, and text that some languages read as a value of another type."""
LIKE_OTHER_TYPES = tuple(
    map(described, ("00000122", "1e5", "null", "true", "2024-01-02", "1.10", "[]", "-0", "yes"))
)
"""Text that a faulty endpoint reads as a number, a boolean, a date or nothing."""
PLUS = create_image(Description="Standard Web Server v1.0").sent(form=Form(space="+"))
"""The page's example: a description whose spaces are encoded as +."""
ENCODED = described("a&b=c#d?e;f+g%41%")
"""Reserved characters, and text that looks percent-encoded."""
UNSPECIFIED = (described("Beschreibung für alle"), described("образ"), described("two\nlines"),
          described("a\tb"), described("😀"))  # fmt: skip


def too_long() -> st.SearchStrategy[Draft]:
    """Descriptions of 256 to 600 printable characters."""
    lengths = st.integers(LONGEST + 1, 600)
    return st.builds(lambda c, n: described(c * n), st.sampled_from(_SAFE), lengths)


def texts() -> st.SearchStrategy[Draft]:
    """Descriptions of printable ASCII without reserved characters, up to the limit."""
    text = st.text(_SAFE, min_size=1, max_size=LONGEST).map(described)
    return text | st.sampled_from(LIKE_OTHER_TYPES)


def reserved() -> st.SearchStrategy[Draft]:
    """Descriptions with at least one reserved character."""
    text = st.text(PRINTABLE, max_size=60)
    return st.builds(lambda a, c, b: described(a + c + b), text, st.sampled_from(RESERVED), text)
