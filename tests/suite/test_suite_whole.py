"""Whole requests: which rows are sent, with which values, for which source instance."""

from __future__ import annotations

import pytest

from conformance.engine.property import whole
from conformance.model.request import Draft, Placeholder, create_image
from conformance.prove.attempt import Attempt, attempt
from conformance.suite.registry import properties
from fixtures.faults import FAULTS
from strategies import mappings
from strategies.fit import fitted
from strategies.parameters import PARAMETERS, Kind
from strategies.whole import (
    Chosen,
    Turns,
    all_pairs,
    combinations_of,
    kind_of_row,
    pairs_of,
    rows,
)

STORE = create_image(InstanceId=Placeholder.WITH_INSTANCE_STORE)
CHANGED = create_image(InstanceId=Placeholder.CHANGED)


def _devices(draft: Draft) -> list[object]:
    return [value for name, value in draft.params if name.endswith(".DeviceName")]


def test_the_rows_have_each_pair_of_classes() -> None:
    assert frozenset().union(*map(pairs_of, rows(2))) >= all_pairs()


def test_thorough_rows_have_each_triple_of_legal_classes() -> None:
    legal: list[Chosen] = [row for row in rows(3) if kind_of_row(row) is Kind.LEGAL]
    seen = set[object]().union(*(combinations_of(row, 3) for row in legal))
    sizes = [sum(each.kind is Kind.LEGAL for each in classes) for classes in PARAMETERS.values()]
    places = range(len(sizes))
    wanted = sum(
        sizes[a] * sizes[b] * sizes[c]
        for a in places
        for b in places[a + 1 :]
        for c in places[b + 1 :]
    )
    assert len(seen) == wanted


@pytest.mark.parametrize("seed", [1, 2])
def test_each_value_has_a_turn(seed: int) -> None:
    turns = Turns(seed)
    every = list(map(turns.request_of, rows(2)))
    values = {str(value) for draft in every for _, value in draft.params}
    for parameter in ("Name", "Description", "NoReboot", "DryRun"):
        for each in PARAMETERS[parameter]:
            for draft in each.drafts:
                given = dict(draft.params).get(parameter)
                assert given is None or str(given) in values


def test_mappings_fit_an_instance_with_an_instance_store_volume() -> None:
    flags = mappings.FLAGS.having({"InstanceId": Placeholder.WITH_INSTANCE_STORE})
    assert _devices(fitted(flags)) == [mappings.ROOT]
    added = mappings.EMPTY.having({"InstanceId": Placeholder.WITH_INSTANCE_STORE})
    assert _devices(fitted(added)) != [mappings.NEW]
    omitted = mappings.OMITTED.having({"InstanceId": Placeholder.WITH_INSTANCE_STORE})
    assert _devices(fitted(omitted)) == [mappings.NEW]
    assert fitted(STORE) == STORE


def test_mappings_fit_an_instance_that_lost_a_volume() -> None:
    omitted = mappings.OMITTED_BOTH.having({"InstanceId": Placeholder.CHANGED})
    assert _devices(fitted(omitted)) == [mappings.ENCRYPTED]
    flags = mappings.FLAGS.having({"InstanceId": Placeholder.CHANGED})
    assert _devices(fitted(flags)) == [mappings.ROOT, mappings.ENCRYPTED]
    assert fitted(CHANGED) == CHANGED


def test_a_mistake_that_is_let_through_makes_no_further_image(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The target ignores every parameter that it does not know, alone and in whole requests."""
    sent = {"wire.unknown", "wire.together", "bootmode.enum", "snaploc.enum"}
    fault = FAULTS["wire/unknown-parameters-are-ignored"]

    def tried() -> Attempt:
        without = [rule for rule in properties() if rule not in sent]
        return attempt(fault.id, fault.change, "quick", 1, without)

    few = tried()
    monkeypatch.setattr(whole, "is_known_let_through", lambda *_: False)
    every = tried()
    assert few.blamed == every.blamed == ("wire.unknown",)
    assert few.images < every.images
