"""The structs of a comparison: each disagreement of two targets on one request."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from reports.deviation import Bound, Observed, Params, WireForm

SCHEMA = "amiproof.comparison/1"


class Right(StrEnum):
    """Which target does what the documents say."""

    FIRST = "first"
    SECOND = "second"
    NEITHER = "neither"
    BOTH = "both"
    """The documents allow both answers, such as two error codes."""
    UNSPECIFIED = "unspecified"
    """The documents are silent or contradict each other."""
    UNDECIDED = "undecided"
    """A target did not answer, or its answer is inconclusive."""


class Disagreement(Struct, frozen=True):
    """Two different outcomes of the same minimal request."""

    rule: Annotated[
        str, Meta(description="The rule or unspecified case that applies; empty if none does.")
    ]
    right: Annotated[Right, Meta(description="Which target does what the documents say.")]
    first: Observed
    second: Observed
    request: Annotated[Params, Meta(description="The request as sent to the first target.")]
    form: WireForm | UnsetType = UNSET
    bound: Annotated[
        Bound | UnsetType,
        Meta(description="Values specific to the first target: parameter, value, kind."),
    ] = UNSET

    @property
    def identity(self) -> tuple[str, ...]:
        """Identifies a disagreement. Message texts and resource ids are no part of it."""
        sides = ((s.outcome_class, s.code or "", _seen(s)) for s in (self.first, self.second))
        return (self.rule, self.right.value, *(part for side in sides for part in side))


class Comparison(Struct, frozen=True):
    """The file that ``amiproof compare --json`` writes about two live targets."""

    schema: str
    targets: tuple[str, str]
    complete: bool
    not_compared: Annotated[
        tuple[str, ...],
        Meta(description="Rules that need several steps, or something that a target lacks."),
    ]
    disagreements: tuple[Disagreement, ...]


def _seen(observed: Observed) -> str:
    """Whether an effect violates a rule; the details of the violation do not matter."""
    return str(bool(observed.seen)) if observed.outcome == "effect" else ""
