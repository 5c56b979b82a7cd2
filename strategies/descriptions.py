"""Descriptions of images."""

from __future__ import annotations

import string

from hypothesis import strategies as st

from conformance.model.request import Draft, Form, create_image
from conformance.model.rules.description import LONGEST

PRINTABLE = "".join(chr(c) for c in range(0x20, 0x7F))
RESERVED = "&=+%#?;"
"""Characters that mean something in a query string; wire.urlencode speaks of those."""
_PLAIN = string.ascii_lowercase + string.ascii_uppercase + string.digits
_SAFE = _PLAIN + "".join(c for c in PRINTABLE if c not in RESERVED and c not in _PLAIN)


def described(text: str) -> Draft:
    """A request with exactly this description."""
    return create_image(Description=text)


LONGEST_LEGAL = (described("a/" * (LONGEST // 2) + "a"),)
"""255 letters and slashes, which are more than 255 characters once they are encoded."""
TOO_LONG = (described("a" * (LONGEST + 1)), described("a" * 1000), described("a" * LONGEST + " "))
"""256 characters, far more, and a space that stripping would take away."""
EMPTY = described("")
SPACED = " MiXeD case, two  spaces, <xml> \"quotes\" 'and' {} $x an end "
"""Text that a careless reader trims, collapses or takes for markup or a template."""
SPACED_LONGEST = described(f"{SPACED}{'a/' * LONGEST}"[: LONGEST - 1] + " ")
"""The same, as long as can be, and longer once it is encoded."""
ROUND_TRIP = (described(SPACED), described("0"))
"""Spaces, markup, case, and words that some languages take for values of other types."""
PLUS = create_image(Description="Standard Web Server v1.0").sent(form=Form(space="+"))
"""The page's own example: a description whose spaces are written +."""
ENCODED = described("a&b=c#d?e;f+g%41%")
"""Reserved characters, and text that looks encoded already."""
UNSPECIFIED = (described("Beschreibung für alle"), described("образ"), described("two\nlines"),
          described("a\tb"), described("😀"))  # fmt: skip


def too_long() -> st.SearchStrategy[Draft]:
    """Descriptions of 256 to 600 printable characters."""
    lengths = st.integers(LONGEST + 1, 600)
    return st.builds(lambda c, n: described(c * n), st.sampled_from(_SAFE), lengths)


def texts() -> st.SearchStrategy[Draft]:
    """Descriptions of printable ASCII without reserved characters, up to the limit."""
    return st.text(_SAFE, min_size=1, max_size=LONGEST).map(described)


def reserved() -> st.SearchStrategy[Draft]:
    """Descriptions with at least one reserved character."""
    text = st.text(PRINTABLE, max_size=60)
    return st.builds(lambda a, c, b: described(a + c + b), text, st.sampled_from(RESERVED), text)
