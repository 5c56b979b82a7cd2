"""Pending changes: each is declared soundly and can be served."""

from __future__ import annotations

import pytest

from conformance.model import CATALOGUE
from fixtures.changes import Fault, Variant, declare
from fixtures.reference import Endpoint, Timing, serving
from fixtures.reference.preloaded import PLAIN_IMAGE
from fixtures.registry import FAULTS, PENDING, VARIANTS, find
from tests.reference.conftest import RawClient

IDS = [id for id in PENDING if not id.startswith("crash/")]


def test_a_pending_change_is_in_no_other_registry() -> None:
    assert not PENDING.keys() & (FAULTS.keys() | VARIANTS.keys())
    assert all(find(id) is change for id, change in PENDING.items())


@pytest.mark.parametrize("change", PENDING.values(), ids=list(PENDING))
def test_a_pending_change_says_what_it_is_about(change: Fault | Variant) -> None:
    if isinstance(change, Fault):
        assert change.rules
        assert all(CATALOGUE[id].asserted for id in change.rules)
        assert change.mistake.endswith(".")
    else:
        assert change.leave
        assert change.difference.endswith(".")


@pytest.mark.parametrize("id", IDS)
def test_an_endpoint_with_a_pending_change_creates_images(id: str) -> None:
    change = find(id)
    assert change is not None
    endpoint = Endpoint(timing=Timing(0.0, 0.0, 0.0, 0.0))
    change.change(endpoint)
    with serving(endpoint) as url:
        client = RawClient(url)
        launched = client.call("RunInstances", ImageId=PLAIN_IMAGE, MinCount="1", MaxCount="1")
        instance = launched.text("instanceId")
        assert instance is not None, launched.body
        made = client.call("CreateImage", InstanceId=instance, Name="image-1")
        assert made.status == 200, made.body


def test_an_id_of_a_pending_change_is_taken() -> None:
    given = (("name.required",), "A mistake.", lambda endpoint: None)
    declare("a/pending change", *given, pending=True)
    try:
        with pytest.raises(ValueError, match="two faults"):
            declare("a/pending change", *given)
    finally:
        PENDING.pop("a/pending-change")
