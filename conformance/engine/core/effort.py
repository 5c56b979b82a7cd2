"""How much a run does, by the names of the command line."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

T = TypeVar("T")

EffortName = Literal["quick", "standard", "thorough"]


@dataclass(frozen=True, slots=True)
class Effort:
    """How many drafts are drawn for an arm beside those that are always tried."""

    rejected_examples: int
    """For an arm whose requests are refused: nothing is made."""
    accepted_examples: int
    """For an arm whose requests are accepted: each makes an image. Quick draws none of those,
    since what is always tried covers the documented values."""
    max_shrinks: int
    """New requests at most to make one rule's deviations smaller."""
    sequences: int
    """Generated sequences, in addition to the fixed ones. Each makes at most three images, and all
    together at most twice as many as there are sequences."""

    def select(self, drafts: Sequence[T], at_quick: int, seed: str | None = None) -> Sequence[T]:
        """All drafts; at quick effort ``at_quick`` of them: the first, or those of a seed."""
        if self.accepted_examples or len(drafts) <= at_quick:
            return drafts
        return drafts[:at_quick] if seed is None else random.Random(seed).sample(drafts, at_quick)

    def again(self) -> Effort:
        """The effort of another round, in a run that lasts: what is refused is drawn widely."""
        return replace(self, rejected_examples=max(self.rejected_examples, 100))


EFFORTS: dict[EffortName, Effort] = {
    "quick": Effort(rejected_examples=2, accepted_examples=0, max_shrinks=40, sequences=0),
    "standard": Effort(rejected_examples=60, accepted_examples=8, max_shrinks=150, sequences=20),
    "thorough": Effort(rejected_examples=400, accepted_examples=40, max_shrinks=500, sequences=120),
}
