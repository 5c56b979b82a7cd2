"""Covering requests: their contents, and the attribution of a deviation that one shows."""

from __future__ import annotations

from itertools import combinations

import pytest

from conformance.engine.property.shrink import components, shrink
from conformance.model.request import Draft, Placeholder, create_image
from conformance.prove.run import row_of
from strategies import covering, mappings, pairs, tags, wire

PARAMETERS = (
    "BlockDeviceMapping", "Description", "DryRun", "InstanceId", "Name", "NoReboot",
    "TagSpecification",
)  # fmt: skip


def _heads(draft: Draft) -> set[str]:
    return {name.partition(".")[0] for name in draft.names()}


@pytest.mark.parametrize("pair", [*combinations(PARAMETERS, 2)], ids="-".join)
def test_each_pair_of_parameters_is_in_a_covering_request(pair: tuple[str, str]) -> None:
    assert any(_heads(covering_request) >= set(pair) for covering_request in covering.ALL)


_ACCEPTED = (
    *((each.form.verb, each) for each in (*covering.ALL, pairs.STAYS_UP, pairs.REBOOTS)),
    *(("SDK", each) for each in (*pairs.BY_SDK, wire.EVERY_NAME)),
)
"""The requests with several features that a quick run sends, each with its verb or client."""


def _features(verb: str, draft: Draft) -> set[tuple[str, str]]:
    """The features of a request, each with its kind of value."""
    params = dict(draft.params)
    found = {("verb", verb)}
    if verb == "SDK":
        found.add(("verb", "POST"))
    found |= {(flag, str(params[flag])) for flag in ("NoReboot", "DryRun") if flag in params}
    if "Description" in params:
        found.add(("Description", "text" if params["Description"] else "empty"))
    found.add(("InstanceId", str(params["InstanceId"])))
    for name in params:
        kind = name.split(".")[-1]
        if kind in ("NoDevice", "VirtualName", "SnapshotId", "VolumeSize"):
            found.add(("BlockDeviceMapping", kind))
        if kind == "ResourceType":
            found.add(("TagSpecification", str(params[name])))
    return found - {("InstanceId", str(Placeholder.CHANGED))}


def test_each_pair_of_features_is_in_an_accepted_request() -> None:
    features = [_features(verb, draft) for verb, draft in _ACCEPTED]
    every = {
        pair for pair in combinations(sorted(set().union(*features)), 2) if pair[0][0] != pair[1][0]
    }
    sent = {pair for each in features for pair in combinations(sorted(each), 2)}
    assert every <= sent


def test_the_components_of_a_covering_request_are_small() -> None:
    plain = create_image()
    for part in components(covering.EVERY_PARAMETER):
        assert part != plain
        assert list(components(part)) in ([], [part])
    assert (
        len(list(components(covering.FULL)))
        == 2 + len(covering.FULL.members("BlockDeviceMapping")) + 2
    )
    assert not list(components(plain))


def test_a_request_is_shrunk_while_it_shows_the_same() -> None:
    wanted = {
        "BlockDeviceMapping.1.DeviceName": mappings.NEW_DEVICES[3],
        "TagSpecification.1.ResourceType": "snapshot",
    }
    draft = covering.FULL

    def shows(smaller: Draft) -> Draft | None:
        values = {v for n, v in smaller.params if n.endswith((".DeviceName", ".ResourceType"))}
        return smaller if values >= set(wanted.values()) else None

    smallest = shrink(draft, draft, shows, most=200)
    assert dict(smallest.params).items() >= wanted.items()
    assert smallest.members("BlockDeviceMapping") == ("1",)
    assert smallest.members("TagSpecification") == ("1",)
    assert len(smallest.params) <= 6
    assert smallest.value("Name") == create_image().value("Name")
    assert shrink(draft, draft, shows, most=0) == draft


def test_members_of_a_list_are_numbered_anew() -> None:
    kept = tags.FIFTY.keeping("TagSpecification.1.Tag", ["7", "50"])
    assert kept.value("TagSpecification.1.Tag.1.Key") == "key7"
    assert kept.value("TagSpecification.1.Tag.2.Value") == "value50"
    assert len(kept.params) == len(create_image().params) + 5


@pytest.mark.parametrize(
    ("fault", "rule", "names"),
    [
        (
            "combination/tags-exclude-mappings",
            "wire.together",
            {"BlockDeviceMapping.1.DeviceName", "TagSpecification.1.ResourceType"},
        ),
        (
            "combination/tags-replace-the-description",
            "desc.roundtrip",
            {"Description", "TagSpecification.1.ResourceType"},
        ),
    ],
)
def test_a_fault_of_a_combination_is_shown_by_a_small_request(
    fault: str, rule: str, names: set[str]
) -> None:
    row = row_of(fault, "quick", 1)
    assert row.attempt is not None
    found = [f.deviation for f in row.attempt.deviations if f.rule == rule]
    assert found
    request = dict(found[0].request)
    assert names <= request.keys()
    assert len(request) <= 10
