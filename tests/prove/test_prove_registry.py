"""The registry of faults and variants: each names its rules, and changes the endpoint."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.model import CATALOGUE
from conformance.suite.registry import properties
from fixtures.changes import FAULTS, VARIANTS, Fault, Variant, declare, fault
from fixtures.faults import FAULTS as THE_FAULTS
from fixtures.reference import Endpoint
from fixtures.variants import VARIANTS as THE_VARIANTS


def test_there_are_enough() -> None:
    assert THE_FAULTS is FAULTS
    assert THE_VARIANTS is VARIANTS
    assert len(FAULTS) >= 150
    assert len(VARIANTS) >= 30
    assert not FAULTS.keys() & VARIANTS.keys()


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
def test_a_fault_names_the_rules_that_it_breaks(fault: Fault) -> None:
    assert fault.rules
    for rule_id in fault.rules:
        assert rule_id in CATALOGUE, f"{fault.id} names {rule_id}, which is no rule"
        assert CATALOGUE[rule_id].asserted, f"{fault.id} names {rule_id}, which fails no target"
    assert fault.mistake.endswith(".")


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=list(VARIANTS))
def test_a_variant_names_its_ambiguity(variant: Variant) -> None:
    assert variant.leave
    assert variant.difference.endswith(".")


def _parts(endpoint: Endpoint) -> Iterator[tuple[str, object]]:
    """Every attribute of an endpoint and of its parts, in a form that can be compared."""
    for name, part in vars(endpoint).items():
        yield name, repr(part) if isinstance(part, dict | tuple | str | bool) else type(part)
        for inner, value in getattr(part, "__dict__", {}).items():
            plain = isinstance(value, dict | tuple | frozenset | str | int | float | bool)
            yield f"{name}.{inner}", repr(value) if plain else type(value)
    yield "timing", repr(endpoint.timing)


CHANGES = [*FAULTS.values(), *VARIANTS.values()]


@pytest.mark.parametrize("change", CHANGES, ids=[each.id for each in CHANGES])
def test_a_change_changes_the_endpoint(change: Fault | Variant) -> None:
    plain, changed = Endpoint(), Endpoint()
    change.change(changed)
    # Each has its own endpoint: the text of an object differs from that of another.
    keys = {name for name, _ in _parts(changed)} ^ {name for name, _ in _parts(plain)}
    values = set(map(str, _parts(changed))) ^ set(map(str, _parts(plain)))
    assert keys or {each for each in values if " object at 0x" not in each}


def test_every_rule_that_can_be_broken_has_a_fault() -> None:
    seeded = {rule_id for fault in FAULTS.values() for rule_id in fault.rules}
    asserted = {id for id in properties() if CATALOGUE[id].asserted}
    assert asserted <= seeded


def test_two_faults_cannot_share_an_id() -> None:
    taken = next(iter(FAULTS.values()))
    with pytest.raises(ValueError, match="two faults"):
        declare(taken.id, taken.rules, taken.mistake, taken.change)

    def twice(endpoint: Endpoint) -> None:
        """A mistake."""

    fault("name.required")(twice)
    try:
        with pytest.raises(ValueError, match="two faults"):
            fault("name.required")(twice)
    finally:
        FAULTS.pop(f"{twice.__module__.rpartition('.')[2]}/twice".replace("_", "-"))
