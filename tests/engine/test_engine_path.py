"""A draft's way through the modules is short enough to be followed."""

from __future__ import annotations

from tests.benchmarks.path import FAULT, counted

MOST_OF_A_REFUSED_ONE = 150
MOST_OF_AN_ACCEPTED_ONE = 420
"""An image that should not exist is looked up and deregistered: four requests in all."""


def test_a_rightly_refused_draft_crosses_few_modules_and_is_sent_once() -> None:
    path = counted(None)
    assert path.entries == ["Session.has", "Session.create"]
    assert path.crossings.total() <= MOST_OF_A_REFUSED_ONE, path.crossings.most_common(20)


def test_a_wrongly_accepted_draft_crosses_few_modules() -> None:
    path = counted(FAULT)
    assert path.crossings.total() <= MOST_OF_AN_ACCEPTED_ONE, path.crossings.most_common(20)
    known = {"Session.trials"}  # what other requests have shown is asked before the rule is blamed
    assert set(path.entries) - known == {"Session.has", "Session.create", "Session.answer"}
