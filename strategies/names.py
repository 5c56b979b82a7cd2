"""Names of images: legal ones over the whole documented set, and each single way to be wrong."""

from __future__ import annotations

import string

from hypothesis import strategies as st

from conformance.model.request import Draft, UniqueName, create_image
from conformance.model.rules.name import CORE, EXTRA, LEGAL, LONGEST, SHORTEST

_ORDER = string.ascii_lowercase + string.ascii_uppercase + string.digits
OTHER_PRINTABLE = tuple(c for c in map(chr, range(0x20, 0x7F)) if c not in LEGAL and c != ",")
"""Every printable ASCII character outside the documented set; the comma has a rule of its own."""
CONTROLS = tuple(map(chr, [*range(0x20), 0x7F]))


def named(name: str) -> Draft:
    """A request with exactly this name."""
    return create_image(Name=name)


def unique(shape: str) -> Draft:
    """A request with a name of this shape that nobody has used."""
    return create_image(Name=UniqueName(shape))


def _alphabet(characters: frozenset[str]) -> list[str]:
    """Characters in the order in which a person would try them: letters, digits, the rest."""
    return [c for c in _ORDER if c in characters] + sorted(characters - set(_ORDER))


# Length.

TOO_SHORT = (named("ab"), named("a"), named("a "), named(" a"), named("-"))
"""Two characters and one; a space counts like any other."""
SHORTEST_LEGAL = (unique("aaa"), unique("  a"))
"""Three characters: three letters; two spaces and a letter, which a reader that strips refuses."""
TOO_LONG = (
    named("a" * (LONGEST + 1)),
    named("a" * LONGEST + " "),
    named(" " + "a" * LONGEST),
    named("a" * 255),
    named("a" * 1000),
)
"""129 characters, with a space that stripping would take away at either end, and far more."""
LONGEST_LEGAL = (unique("a" * LONGEST), unique("a/" * (LONGEST // 2)))
"""128 letters; letters and slashes, which are more than 128 characters once they are encoded."""


def too_short() -> st.SearchStrategy[Draft]:
    """Names of one or two legal characters."""
    return st.text(_alphabet(LEGAL), min_size=1, max_size=SHORTEST - 1).map(named)


def too_long() -> st.SearchStrategy[Draft]:
    """Names of 129 to 300 legal characters: one character often, among others."""
    lengths = st.integers(LONGEST + 1, 300)
    return st.builds(lambda c, n: named(c * n), st.sampled_from(_alphabet(LEGAL)), lengths)


# Characters.

CORE_AT_ONCE = unique("".join(_alphabet(CORE)))
"""Each character of the shared core, in one name."""
EXTRA_AT_ONCE = (unique("[a] 'b' @aaa"), unique(" aaa "))
"""Each character that the action's page adds; spaces at both ends."""
EXTRA_WITHIN_SPACES = unique(" [a] 'b' @aaa ")
"""Both at once."""
MIXED_CASE = unique("AmiProof//./Mixed-Case-aaaaaaaa(.)")
"""Letters of both cases, what a path would not keep, and a remark at the end."""


def legal(characters: frozenset[str] = LEGAL) -> st.SearchStrategy[Draft]:
    """Legal names of 3 to 128 of these characters, at least one of them a letter or digit."""
    middle = st.text(_alphabet(characters), max_size=LONGEST - 8)
    return st.builds(lambda text: unique(text + "aaaaaaaa"), middle)


def with_core() -> st.SearchStrategy[Draft]:
    """Legal names of characters that every document lists."""
    return legal(CORE)


def with_extra() -> st.SearchStrategy[Draft]:
    """Legal names with at least one character that only the action's page lists."""
    text = st.text(_alphabet(LEGAL), max_size=50)
    extra = st.sampled_from(sorted(EXTRA))
    return st.builds(lambda head, c, tail: unique(head + c + tail + "aaaa"), text, extra, text)


def _spoilt(character: str) -> Draft:
    return named("aa" + character)


OTHER = (
    *map(_spoilt, OTHER_PRINTABLE),
    *map(_spoilt, ("\n", "\t", "\r", "\x00", "\x1b", "\x7f", "\x0b")),
    named("aaa\n"),
    named("aaa\x00"),
    named("\naaa"),
    named("a" * (LONGEST - 1) + "!"),
    named("a\naa"),
)
"""Each printable character outside the set; control characters; a trailing newline, which the
regular expression ``$`` lets through; a bad character late in a long name."""
COMMA = (named("aa,"), named(",aa"), named("a" * 64 + ","))
NEAR_EXTRA = tuple(map(_spoilt, '{}"`'))
"""What stands next to [ ] ' on a keyboard or in ASCII, and is in no list."""


def with_other() -> st.SearchStrategy[Draft]:
    """Names of legal length with one ASCII character of no list, anywhere."""
    text = st.text(_alphabet(CORE), min_size=1, max_size=60)
    other = st.sampled_from([*OTHER_PRINTABLE, *CONTROLS])
    return st.builds(lambda head, c, tail: named(head + c + tail), text, other, text)


def with_comma() -> st.SearchStrategy[Draft]:
    """Names of legal length with a comma, anywhere."""
    text = st.text(_alphabet(CORE), min_size=1, max_size=60)
    return st.builds(lambda head, tail: named(f"{head},{tail}"), text, text)


# What the documents do not speak of.

OTHER_SCRIPTS = (unique("caféaaaa"), unique("imageéèaaaa"), unique("образaaaa"), unique("画像aaaa"))
"""Letters of Latin-1, Cyrillic and CJK."""
OTHER_DIGITS = (unique("٣٤٥aaaa"), unique("²³¹aaaa"))
UNITS = (named("é" * 2), named("é" * 100), unique("😀" * 40 + "aaaaaaaa"))
"""Names whose characters, UTF-8 bytes and UTF-16 units lie on different sides of a bound."""
ONLY_SPACES = (named("   "), named(" " * LONGEST))
