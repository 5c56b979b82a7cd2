"""A feature: something that conforming requests may have beyond the minimal request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from conformance.model.request import Draft


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature, the minimal request that has it, and the rule that this request keeps.

    A target that answers this request wrongly breaks ``rule``. Rules whose requests have the
    feature too cannot be told from that, so they require ``rule``.
    """

    rule: str
    plain: Draft
    in_draft: Callable[[Draft], bool]
    """Whether a draft has the feature."""


def features_of(draft: Draft, features: Sequence[Feature]) -> Iterator[Feature]:
    """The features of a draft, the more basic ones first."""
    return (feature for feature in features if feature.in_draft(draft))
