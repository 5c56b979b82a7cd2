"""A disagreement of two targets: the smallest request, what each made of it, and who is right."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from reports.deviation import Bound, Observed, Params, WireForm

SCHEMA = "amiproof.comparison/1"


class Right(StrEnum):
    """Who does what the documents say."""

    FIRST = "first"
    SECOND = "second"
    NEITHER = "neither"
    BOTH = "both"
    """The documents allow either answer: of two codes, say."""
    UNSPECIFIED = "unspecified"
    """The documents are silent or contradict each other."""
    UNDECIDED = "undecided"
    """A target did not answer, or not so that anything can be told of it."""


class Disagreement(Struct, frozen=True):
    """What two targets made of one request."""

    rule: Annotated[str, Meta(description="The rule or row that speaks of it; empty: none does.")]
    right: Annotated[Right, Meta(description="Who does what the documents say.")]
    first: Observed
    second: Observed
    request: Annotated[Params, Meta(description="As it was sent to the first target.")]
    form: WireForm | UnsetType = UNSET
    bound: Annotated[
        Bound | UnsetType,
        Meta(description="Values of the first target's alone: parameter, value, and what it is."),
    ] = UNSET

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes two disagreements the same one: never message text, never ids."""
        sides = ((s.outcome_class, s.code or "", _seen(s)) for s in (self.first, self.second))
        return (self.rule, self.right.value, *(part for side in sides for part in side))


class Comparison(Struct, frozen=True):
    """What ``amiproof compare --json`` writes of two live targets."""

    schema: str
    targets: tuple[str, str]
    complete: bool
    not_compared: Annotated[
        tuple[str, ...],
        Meta(description="Rules told by more than requests, or that a target lacks something for."),
    ]
    disagreements: tuple[Disagreement, ...]


def _seen(observed: Observed) -> str:
    """Whether something that a rule forbids was seen; which of its faces does not matter."""
    return str(bool(observed.seen)) if observed.outcome == "effect" else ""
