"""How much a run does, by the names of the command line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

EffortName = Literal["quick", "standard", "thorough"]


@dataclass(frozen=True, slots=True)
class Effort:
    """How many drafts are drawn for an arm beside those that are always tried."""

    cheap: int
    """For an arm whose requests are refused: nothing is made."""
    dear: int
    """For an arm whose requests are accepted: each makes an image. Quick draws none of those,
    since what is always tried covers the documented values."""
    shrinking: int
    """New requests at most to make one rule's deviations smaller."""
    lives: int
    """Lives that are drawn beside those that are always told; each makes three images at most,
    and all together twice as many as there are lives."""

    def again(self) -> Effort:
        """The effort of another round, in a run that lasts: what is refused is drawn widely."""
        return replace(self, cheap=max(self.cheap, 100))


EFFORTS: dict[EffortName, Effort] = {
    "quick": Effort(cheap=2, dear=0, shrinking=40, lives=0),
    "standard": Effort(cheap=60, dear=8, shrinking=150, lives=20),
    "thorough": Effort(cheap=400, dear=40, shrinking=500, lives=120),
}
