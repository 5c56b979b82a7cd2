"""``Name``: legal names of all documented characters, and each way to be wrong alone."""

from __future__ import annotations

import string

from hypothesis import strategies as st

from conformance.model.request import Draft, UniqueName, create_image
from conformance.model.rules.name import CORE, EXTRA, LEGAL, LONGEST, SHORTEST

_ORDER = string.ascii_lowercase + string.ascii_uppercase + string.digits
OTHER_PRINTABLE = tuple(c for c in map(chr, range(0x20, 0x7F)) if c not in LEGAL and c != ",")
"""Each printable ASCII character that is not legal, without the comma, which has its own rule."""
CONTROLS = tuple(map(chr, [*range(0x20), 0x7F]))


def named(name: str) -> Draft:
    """A request with exactly this name."""
    return create_image(Name=name)


def unique(shape: str) -> Draft:
    """A request with a unique name of this shape."""
    return create_image(Name=UniqueName(shape))


def _alphabet(characters: frozenset[str]) -> list[str]:
    """Characters in shrinking order: letters, digits, the rest."""
    return [c for c in _ORDER if c in characters] + sorted(characters - set(_ORDER))


# Length.

TOO_SHORT = (named("ab"), named("a"), named("a "), named(" a"), named("-"))
"""Names of two characters and of one; a space counts."""
SHORTEST_LEGAL = (unique("aaa"), unique("  a"))
"""Three letters; two spaces and a letter, which are too short if an endpoint strips them."""
TOO_LONG = (
    named("a" * (LONGEST + 1)),
    named("a" * LONGEST + " "),
    named(" " + "a" * LONGEST),
    named("a" * 255),
    named("a" * 1000),
)
"""129 characters, also with a space at either end that stripping would remove, and far more."""
LONGEST_LEGAL = (unique("a" * LONGEST), unique("a/" * (LONGEST // 2)))
"""128 letters; letters and slashes, which are more than 128 characters when encoded."""


def too_short() -> st.SearchStrategy[Draft]:
    """Names of one or two legal characters."""
    return st.text(_alphabet(LEGAL), min_size=1, max_size=SHORTEST - 1).map(named)


def too_long() -> st.SearchStrategy[Draft]:
    """Names of 129 to 300 characters: one legal character repeated."""
    lengths = st.integers(LONGEST + 1, 300)
    return st.builds(lambda c, n: named(c * n), st.sampled_from(_alphabet(LEGAL)), lengths)


# Characters.

CORE_AT_ONCE = unique("".join(_alphabet(CORE)) + "))..--__//(.")
"""Each character that all documents list, in one name: twice in a row, unmatched parentheses."""
EXTRA_AT_ONCE = (unique("[a] 'b' @aaa"), unique(" aaa "))
"""Each character that only the action page lists; spaces at both ends."""
EXTRA_WITHIN_SPACES = unique(" [a] 'b' @aaa ")
"""Both at once."""
MIXED_CASE = unique("AmiProof//./Mixed-Case-aaaaaaaa(.)")
"""Letters of both cases, and path segments that a path parser would normalize."""

NUMBER = unique("000000000000")
"""Digits alone, with leading zeros: a number keeps fewer of them."""
DIGITS_FIRST = unique("1e5.aaaaaaaa")
"""A name that begins with digits, as a number with an exponent does."""


def beginning_of(used: str) -> Draft:
    """A request for a free name with which a name in use begins."""
    return named(used[:-1])


def beyond(used: str) -> Draft:
    """A request for a free name that begins with a name in use."""
    return named(f"{used}0")


def legal(characters: frozenset[str] = LEGAL) -> st.SearchStrategy[Draft]:
    """Legal names of 8 to 128 of these characters, the last eight of them letters."""
    middle = st.text(_alphabet(characters), max_size=LONGEST - 8)
    return st.builds(lambda text: unique(text + "aaaaaaaa"), middle)


def with_core() -> st.SearchStrategy[Draft]:
    """Legal names of the characters that every document lists."""
    return legal(CORE)


def with_extra() -> st.SearchStrategy[Draft]:
    """Legal names with at least one character that only the action page lists."""
    text = st.text(_alphabet(LEGAL), max_size=50)
    extra = st.sampled_from(sorted(EXTRA))
    return st.builds(lambda head, c, tail: unique(head + c + tail + "aaaa"), text, extra, text)


def _with(character: str) -> Draft:
    return named("aa" + character)


OTHER = (
    *map(_with, OTHER_PRINTABLE),
    *map(_with, ("\n", "\t", "\r", "\x00", "\x1b", "\x7f", "\x0b")),
    named("aaa\n"),
    named("aaa\x00"),
    named("\naaa"),
    named("a" * (LONGEST - 1) + "!"),
    named("a\naa"),
)
"""Each illegal printable character; control characters; a trailing newline, which ``$`` in a
regular expression accepts; an illegal character at the end of a long name."""
COMMA = (named("aa,"), named(",aa"), named("a" * 64 + ","))
NEAR_EXTRA = tuple(map(_with, '{}"`'))
"""Illegal characters next to [ ] ' on a keyboard or in ASCII."""


def with_other() -> st.SearchStrategy[Draft]:
    """Names of legal length with one illegal ASCII character, in any position."""
    text = st.text(_alphabet(CORE), min_size=1, max_size=60)
    other = st.sampled_from([*OTHER_PRINTABLE, *CONTROLS])
    return st.builds(lambda head, c, tail: named(head + c + tail), text, other, text)


def with_comma() -> st.SearchStrategy[Draft]:
    """Names of legal length with a comma, in any position."""
    text = st.text(_alphabet(CORE), min_size=1, max_size=60)
    return st.builds(lambda head, tail: named(f"{head},{tail}"), text, text)


# Unspecified.

OTHER_SCRIPTS = (unique("caféaaaa"), unique("imageéèaaaa"), unique("образaaaa"), unique("画像aaaa"))
"""Letters of Latin-1, Cyrillic and CJK."""
OTHER_DIGITS = (unique("٣٤٥aaaa"), unique("²³¹aaaa"))
UNITS = (named("é" * 2), named("é" * 100), unique("😀" * 40 + "aaaaaaaa"))
"""Names whose characters, UTF-8 bytes and UTF-16 units lie on different sides of a bound."""
ONLY_SPACES = (named("   "), named(" " * LONGEST))
