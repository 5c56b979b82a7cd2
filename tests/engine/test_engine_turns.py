"""The order of a run's properties: what waits is asked last, and no request is sent twice."""

from __future__ import annotations

from conformance.engine.core.effort import EFFORTS
from conformance.engine.property.ahead import may_share, slowness
from conformance.engine.property.turns import in_turn
from conformance.suite.registry import properties

ALONE = "noreboot.false"
SHARING = ("noreboot.identity", "st.instance.same", "resp.requestId", "wire.bool")
"""Properties that send a request of a scenario that works alone."""
WAITING = "lc.deregister.visible"
SEQUENCE = "lc.not_idempotent"


def order(*, limited: bool) -> list[str]:
    return in_turn(list(properties()), str, EFFORTS["quick"], slowness if limited else None)


def test_properties_that_share_a_request_are_known() -> None:
    assert properties()
    assert all(map(may_share, SHARING))
    assert not may_share("name.length.max")


def test_a_boot_is_asked_for_after_what_needs_none() -> None:
    rules = order(limited=False)
    assert rules.index("name.length.max") < rules.index(ALONE)
    assert all(rules.index(ALONE) < rules.index(rule) for rule in SHARING)
    assert max(map(rules.index, SHARING)) < rules.index(WAITING) < rules.index(SEQUENCE)


def test_on_an_account_too_a_sequence_comes_last() -> None:
    rules = order(limited=True)
    assert rules.index(WAITING) < rules.index(SEQUENCE)


def test_the_first_property_stays_the_first() -> None:
    assert order(limited=False)[0] == order(limited=True)[0] == next(iter(properties()))


def test_among_what_waits_for_nothing_few_refusals_come_first() -> None:
    rules = order(limited=False)
    assert rules.index("bdm.optional") < rules.index("name.empty") < rules.index("name.length.max")
    assert rules.index("name.length.max") < rules.index("name.charset.other")
