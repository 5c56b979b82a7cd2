"""A feature: something that requests may have beyond the minimal request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from conformance.model.memo import last_call
from conformance.model.request import Draft


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature, the minimal request that has it, and the rule that this keeps or breaks.

    A target that answers this request wrongly breaks ``rule``. Rules whose requests have the
    feature too cannot be distinguished from that, so they require ``rule``.
    """

    rule: str
    plain: Draft
    in_draft: Callable[[Draft], bool]
    """Whether a draft has the feature."""
    apart: tuple[str, ...] = ()
    """Rules on effects that do not depend on what the plainest request shows."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """A number of members that the documents allow, and the rule that says so.

    A target that shows few of them as requested, and many wrongly, breaks ``rule``.
    """

    rule: str
    few: Draft
    many: Draft
    shown_by: tuple[str, ...]
    """The rules on effects that wrong members violate."""


@last_call
def features_of(draft: Draft, features: Sequence[Feature]) -> tuple[Feature, ...]:
    """The features of a draft, the more basic ones first."""
    return tuple(feature for feature in features if feature.in_draft(draft))


def required_features(draft: Draft, rule_id: str, features: Sequence[Feature]) -> Iterator[Feature]:
    """The features that a rule's draft builds on, the more basic ones first.

    None of them builds on a feature of the rule itself.
    """
    own = [feature for feature in features if feature.rule == rule_id]
    for feature in features_of(draft, features):
        if feature.plain != draft and not any(each.in_draft(feature.plain) for each in own):
            yield feature


def further_features(draft: Draft, rule_id: str, features: Sequence[Feature]) -> Iterator[Feature]:
    """The features of a rule's draft that build on a feature of the rule itself.

    Where the target answers the plainest request of the rule's feature rightly, the draft builds
    on these, too.
    """
    own = [feature for feature in features if feature.rule == rule_id]
    for feature in features_of(draft, features):
        if feature not in own and any(each.in_draft(feature.plain) for each in own):
            yield feature
