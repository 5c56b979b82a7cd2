"""Covering requests are composed of what a target accepts, with few requests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.engine.execution.composition import Compositions
from conformance.engine.execution.crashes import Crashes
from conformance.engine.observation.trial import Trial
from conformance.engine.resources.instances import NotAvailable
from conformance.model.answer import Accepted, Malformed, Outcome, Rejected
from conformance.model.components import components_of, kind_of, lost, restricted
from conformance.model.expectation import Accept
from conformance.model.request import Draft, Form, Placeholder, Signing, create_image
from conformance.model.world import World
from strategies import covering, descriptions, mappings, names, tags

MADE = "amiproof-made"
"""The name of an image of the run."""


class Target:
    """Refuses each draft that a test names, and keeps what it was sent."""

    def __init__(
        self,
        refuses: Callable[[Draft], bool],
        answer: Outcome = Rejected("InvalidParameterValue", 400),  # noqa: B008 (frozen)
        lacks: Callable[[Draft], bool] = lambda draft: False,
    ) -> None:
        self._refuses, self._answer, self._lacks = refuses, answer, lacks
        self.accepted: list[Draft] = []
        self.refused: list[Draft] = []

    def send(self, draft: Draft) -> Trial:
        if self._lacks(draft):
            raise NotAvailable("lacks a resource")
        refused = self._refuses(draft)
        (self.refused if refused else self.accepted).append(draft)
        outcome = self._answer if refused else Accepted("ami-1")
        return Trial(draft, draft.bind(str), World(), Accept(()), outcome, None)


def composed(target: Target, *requests: Draft) -> list[Draft]:
    crashes = Crashes((), target.send, lambda: target.accepted)
    compositions = Compositions(target.send, lambda trial: None, crashes, {MADE})
    for request in requests:
        compositions.prepare(request)
    return [compositions.of(request) for request in requests]


def test_an_accepted_request_is_sent_once() -> None:
    target = Target(lambda draft: False)
    assert composed(target, covering.FULL) == [covering.FULL]
    assert target.accepted == [covering.FULL]


def is_unusual(draft: Draft) -> bool:
    return draft.signing is not Signing.VALID or draft.form != Form()


def test_a_request_taken_for_another_action_is_sent_as_usual() -> None:
    other = Malformed("success without imageId", 200)
    target = Target(is_unusual, other)
    (left,) = composed(target, covering.STOPPED)
    assert left == covering.STOPPED.sent(form=Form(), signing=Signing.VALID)
    assert target.accepted == [left]


def test_a_malformed_success_with_an_image_is_not_composed_anew() -> None:
    made = covering.FULL.having({"Name": MADE})
    target = Target(lambda draft: True, Malformed("success without imageId", 200))
    assert composed(target, made) == [made]
    assert len(target.refused) == 1


def test_what_the_target_lacks_is_left_out() -> None:
    lacking = ("InstanceId", Placeholder.WITH_INSTANCE_STORE)
    target = Target(
        lambda draft: False, lacks=lambda draft: is_unusual(draft) or lacking in draft.params
    )
    (left,) = composed(target, covering.STORE_UNTAGGED)
    assert target.accepted == [left]
    assert left.value("Description") == covering.STORE_UNTAGGED.value("Description")


def has(name: str, value: object) -> Callable[[Draft], bool]:
    return lambda draft: any(n.endswith(name) and v == value for n, v in draft.params)


@pytest.mark.parametrize(
    ("refuses", "needed"),
    [
        (has("Name", covering.FULL.value("Name")), names.LONGEST_LEGAL[1]),
        (has("Description", covering.FULL.value("Description")), descriptions.SPACED_LONGEST),
        (has("DeviceName", Placeholder.ROOT_DEVICE), mappings.ROOT_KEPT),
        (has("Key", "env"), tags.CASES),
    ],
    ids=["name", "description", "mapping", "tag"],
)
def test_what_is_refused_is_left_out(refuses: Callable[[Draft], bool], needed: Draft) -> None:
    target = Target(refuses)
    (left,) = composed(target, covering.FULL)
    assert not refuses(left)
    assert len(target.accepted) <= 8
    assert lost(covering.FULL, left, needed)
    others = {kind_of(covering.FULL, c) for c in components_of(covering.FULL)}
    kept = {kind_of(left, c) for c in components_of(left)}
    assert len(others - kept) <= 1


def test_a_later_request_leaves_out_what_failed_before() -> None:
    target = Target(has("ResourceType", "snapshot"))
    first, second = composed(target, covering.FULL, covering.GREATEST)
    assert tags.is_for_snapshots(covering.FULL)
    assert not tags.is_for_snapshots(first)
    assert not tags.is_for_snapshots(second)
    assert target.accepted[-1] == second
    assert len(target.accepted) <= 5
    assert not lost(covering.FULL, first, tags.CASES)
    assert lost(covering.FULL, first, tags.ON_SNAPSHOTS)


def test_lists_are_numbered_anew() -> None:
    draft = covering.FULL
    last = [each for each in components_of(draft) if "TagSpecification.2.ResourceType" in each]
    alone = restricted(draft, last)
    assert alone.members("TagSpecification") == ("1",)
    assert alone.value("Name") == create_image().value("Name")
    assert restricted(draft, components_of(draft)) == draft
