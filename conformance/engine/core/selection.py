"""Selections that a user writes: patterns over ids, and ``N/M`` for one of several equal parts."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache

from conformance.engine.core.errors import UsageError
from conformance.model import CATALOGUE


def patterns(text: str) -> list[str]:
    """The patterns of an option's value, which spaces or commas separate."""
    return text.replace(",", " ").split()


def matches(id: str, patterns: Iterable[str], separator: str = ".") -> bool:
    """Whether a pattern matches: the id itself, a shell pattern, or a family that it begins."""
    return any(
        fnmatchcase(id, pattern) or id.startswith(pattern.rstrip(separator) + separator)
        for pattern in patterns
    )


@cache
def selected_rules(text: str) -> frozenset[str]:
    """The rules with a property that the patterns select; all of them for an empty text.

    Raises UsageError for a pattern that selects no rule, also when another pattern selects one.
    """
    tested = [rule.id for rule in CATALOGUE.values() if not rule.uncovered]
    wanted = patterns(text)
    for pattern in wanted:
        if not any(matches(id, [pattern]) for id in tested):
            raise UsageError(_selects_none(pattern, tested))
    return frozenset(id for id in tested if not wanted or matches(id, wanted))


def is_selected(rule_id: str, text: str) -> bool:
    """Whether the patterns select a rule, with or without a property."""
    wanted = patterns(text)
    return not wanted or matches(rule_id, wanted)


def nearest(word: str, ids: Iterable[str]) -> list[str]:
    """The ids and families that are most like a word."""
    known = list(ids)
    return get_close_matches(word, [*known, *_families(known)], n=3, cutoff=0.5)


def _selects_none(pattern: str, tested: list[str]) -> str:
    if any(matches(id, [pattern]) for id in CATALOGUE):
        return (
            f"--select {pattern!r} selects only rules that no request can test:"
            " see amiproof rules --uncovered."
        )
    near = nearest(pattern, tested)
    hint = f"the nearest are {', '.join(near)}" if near else "see amiproof rules"
    return f"--select {pattern!r} selects no rule: {hint}."


def _families(ids: Iterable[str]) -> list[str]:
    """Every prefix that ends before a dot."""
    return list(dict.fromkeys(id.rpartition(".")[0] for id in ids if "." in id))


def nth_part(text: str, noun: str) -> tuple[int, int]:
    """``2/5`` is the second of five. Raises UsageError, which calls the value a ``noun``."""
    number, slash, of = text.partition("/")
    digits = slash and all(part.isascii() and part.isdigit() for part in (number, of))
    if digits and 1 <= int(number) <= int(of):
        return int(number), int(of)
    raise UsageError(f"{text!r} is no {noun}: give one such as 1/4.")
