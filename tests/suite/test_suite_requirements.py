"""Which rule requires which: the graph has no circle, and a run's masks follow it."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import TopologicalSorter

import pytest

from conformance.model import CATALOGUE
from conformance.prove.attempt import attempt
from conformance.suite.registry import properties
from conformance.suite.requirements import all_required, required_by, requirements
from fixtures.registry import FAULTS


def test_no_rule_requires_itself_through_others() -> None:
    order = list(TopologicalSorter(requirements()).static_order())
    assert set(order) == set(CATALOGUE)


def test_each_required_rule_has_a_property() -> None:
    assert {id for needed in requirements().values() for id in needed} <= set(properties())


@pytest.mark.parametrize(
    ("rule_id", "required"),
    [
        ("inst.format.len", "inst.exists"),
        ("inst.single", "inst.required"),
        ("wire.missing.generic", "name.required"),
        ("wire.case", "inst.required"),
        ("bdm.size.gp2", "bdm.new.ebs_empty"),
        ("bdm.new.ebs_empty", "bdm.existing.dot"),
        ("tag.value.empty", "tag.rt.image"),
        ("st.snap.desc", "st.snap.per_volume"),
    ],
)
def test_a_rule_requires_what_its_requests_build_on(rule_id: str, required: str) -> None:
    assert required in requirements()[rule_id]
    assert rule_id in required_by(required)


MASK = "masked by "


def _masks(reason: str) -> Iterator[str]:
    for each in reason.split("; "):
        if each.startswith(MASK):
            yield each.removeprefix(MASK).partition(",")[0].partition(":")[0]


@pytest.mark.parametrize(
    "fault",
    [
        "reach/instance-ids-are-only-looked-up",
        "reach/no-instance-id-and-unknown-parameters",
        "reach/mappings-are-never-read",
        "reach/data-volumes-are-left-out",
        "reach/the-last-tag-is-lost",
    ],
)
def test_a_rule_is_masked_by_one_that_it_requires_and_that_fails(fault: str) -> None:
    found = attempt(fault, FAULTS[fault].change, "quick", 1)
    assert set(found.blamed) & set(FAULTS[fault].rules)
    assert len(found.blamed) <= 2
    masked = {
        (rule_id, mask) for rule_id, reason in found.untested.items() for mask in _masks(reason)
    }
    assert masked
    for rule_id, mask in masked:
        assert mask in found.blamed
        assert mask in all_required(rule_id)
