"""Words except known ones, without a Hypothesis filter, which costs time at each draw."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st


def unless(known: Callable[[str], bool], words: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Words that are not ``known``; a known one gets the letter x appended."""
    return words.map(lambda word: f"{word}x" if known(word) else word)
