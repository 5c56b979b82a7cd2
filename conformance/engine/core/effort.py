"""The efforts of a run: how many requests each may send."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

T = TypeVar("T")

EffortName = Literal["quick", "standard", "thorough"]


@dataclass(frozen=True, slots=True)
class Effort:
    """The limits of one effort. The fixed drafts of every arm are sent while the target refuses
    what it must."""

    rejected_examples: int
    """Drafts to generate for an arm whose requests are rejected, which creates nothing."""
    accepted_examples: int
    """Drafts to generate for an arm whose requests are accepted. Each creates an image, so quick
    generates none: the fixed drafts cover the documented values."""
    let_through: int
    """Requests of an arm to send, fixed or generated, once the target has accepted one that it had
    to reject. Each more creates an image, and the deviation is known."""
    max_shrinks: int
    """The most requests that shrinking one rule's deviations may send."""
    whole: int
    """Whole requests to generate beside those that cover each pair of value classes. Half of them
    create an image. Quick generates none, and sends no row of pairs."""
    strength: int
    """How many value classes whole requests combine: each combination of that many is sent."""
    sequences: int
    """Sequences to generate in addition to the fixed ones. Each creates at most three images; all
    together create at most two per sequence."""

    def select(self, drafts: Sequence[T], at_quick: int, seed: str | None = None) -> Sequence[T]:
        """All drafts; at quick effort ``at_quick`` of them: the first, or those of a seed."""
        if self.accepted_examples or len(drafts) <= at_quick:
            return drafts
        return drafts[:at_quick] if seed is None else random.Random(seed).sample(drafts, at_quick)

    def again(self) -> Effort:
        """The effort of a later round (``--for``): more drafts for the arms that are rejected."""
        return replace(self, rejected_examples=max(self.rejected_examples, 100))


def default_effort(*, free: bool) -> EffortName:
    """The effort of a run whose options name none. Images are ``free`` on this machine."""
    return "standard" if free else "quick"


EFFORTS: dict[EffortName, Effort] = {
    "quick": Effort(
        rejected_examples=1,
        accepted_examples=0,
        let_through=0,
        max_shrinks=40,
        whole=0,
        strength=0,
        sequences=0,
    ),
    "standard": Effort(
        rejected_examples=60,
        accepted_examples=8,
        let_through=3,
        max_shrinks=150,
        whole=40,
        strength=2,
        sequences=20,
    ),
    "thorough": Effort(
        rejected_examples=400,
        accepted_examples=40,
        let_through=40,
        max_shrinks=500,
        whole=600,
        strength=3,
        sequences=120,
    ),
}
