"""``NoReboot`` and ``DryRun``: documented, invalid and unspecified values."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.model import booleans
from conformance.model.request import Draft, create_image
from strategies.exclusions import unless

PARAMETERS = ("NoReboot", "DryRun")
DOCUMENTED = (("NoReboot", "true"), ("NoReboot", "false"), ("DryRun", "false"))
"""Values of executed requests; dryrun.permitted covers DryRun=true."""
NONSENSE = ("maybe", "2", "tru", "truee", "falsey", "yes please", "-1", "true,false", "[]", "nil0")
"""Words that spell no boolean, some of them close to one."""
UNSPECIFIED = ("True", "TRUE", "1", "False", "FALSE", "0", "", "yes", "no", " true")
"""Other spellings of a boolean, and the empty value."""


def nonsense_of(parameter: str) -> tuple[Draft, ...]:
    """One request for each invalid word."""
    return tuple(create_image(**{parameter: word}) for word in NONSENSE)


def unspecified_of(parameter: str) -> tuple[Draft, ...]:
    """One request for each unspecified spelling."""
    return tuple(create_image(**{parameter: word}) for word in UNSPECIFIED)


def nonsense() -> st.SearchStrategy[Draft]:
    """Words and numbers that spell no boolean, as NoReboot or DryRun."""
    words = st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=10)
    spelling = unless(lambda word: booleans.reading(word) is not False, words)
    word = st.one_of(spelling, st.integers(2, 10**6).map(str))
    parameter = st.sampled_from(PARAMETERS)
    return st.builds(lambda p, w: create_image(**{p: w}), parameter, word)
