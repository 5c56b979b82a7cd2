"""Words other than some, without a filter: Hypothesis makes ready for one anew at each draw."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st


def unless(known: Callable[[str], bool], words: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Words that are not ``known``: one that is becomes another by a letter at its end."""
    return words.map(lambda word: f"{word}x" if known(word) else word)
