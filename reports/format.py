"""The structs of results.json; :mod:`reports.deviation` holds those of one deviation.

:mod:`reports.results` reads, writes and describes the file. Import the names from there.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from conformance.model.rule import Grade
from reports.deviation import Deviation, Identity, Observed, Params, WireForm
from reports.verdict import Verdict

Count = Annotated[int, Meta(ge=0)]


class Suite(Struct, frozen=True, omit_defaults=True):
    """The versions of what made the measurement."""

    amiproof: str
    python: str = ""
    hypothesis: str = ""
    botocore: str = ""
    boto3: str = ""


class Target(Struct, frozen=True, omit_defaults=True):
    """What was measured."""

    name: Annotated[str, Meta(description="As given: moto, reference, aws or an address.")]
    endpoint: Annotated[str, Meta(description="The address that requests were sent to.")]
    region: str
    software: Annotated[str, Meta(description="The endpoint's version, where it is known.")] = ""


class Shard(Struct, frozen=True):
    """Which part of a run it is, where several make one."""

    number: Annotated[int, Meta(ge=1)]
    of: Annotated[int, Meta(ge=1)]

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


ELSEWHERE = "in another shard"
"""Why a shard says nothing about a rule that is not its own."""


class Aws(Struct, frozen=True):
    """What real AWS was publicly seen to do about a rule."""

    status: Literal["agrees", "deviates", "unknown"] = "unknown"
    note: str = ""
    source: str = ""


class RuleResult(Struct, frozen=True):
    """What a run says about one rule, and why."""

    id: str
    status: Verdict
    statement: str
    grade: Grade
    source: Annotated[str, Meta(description="Document and section; several joined by '; '.")]
    keeps: Annotated[Count, Meta(description="Requests decided by the rule that keep it.")] = 0
    breaks: Annotated[Count, Meta(description="Requests decided by the rule that break it.")] = 0
    reason: Annotated[
        str | None, Meta(description="Why it is untested or not applicable, else null.")
    ] = None
    aws: Aws = Aws()
    deviations: tuple[Deviation, ...] = ()
    values: Annotated[
        dict[str, int] | UnsetType,
        Meta(description="Of drawn requests, how many had a value of each class; if any were."),
    ] = UNSET

    @property
    def family(self) -> str:
        """The first word of the id."""
        return self.id.partition(".")[0]

    def identities(self) -> tuple[Identity, ...]:
        """What each deviation is recognised by, in order."""
        return tuple(d.identity(self.id) for d in self.deviations)


class Observation(Struct, frozen=True):
    """What the target did where the documents are silent. Never a verdict."""

    id: Annotated[str, Meta(description="The unspecified row.")]
    sent: Annotated[Params, Meta(description="The parameters in the order sent.")]
    came_back: Observed
    form: Annotated[
        WireForm | UnsetType, Meta(description="How it was sent; left out for the usual way.")
    ] = UNSET


class Wait(Struct, frozen=True):
    """Something that was not as it should be at first sight, and was looked at again."""

    subject: Annotated[str, Meta(description="Rules or a state.")]
    kind: Annotated[
        Literal["late", "flapping", "never"],
        Meta(description="Right after a while; right, and wrong again; not within the window."),
    ]
    seconds: Annotated[float, Meta(ge=0)]


LATENCIES = (*(one * 10**power / 1000 for power in range(4) for one in (1, 2, 5)), 10.0)
"""Seconds: the bounds by which answers are counted."""


class Totals(Struct, frozen=True, rename={"passed": "pass"}):
    """The rules by verdict, and what the run cost."""

    rules: Count = 0
    passed: Count = 0
    fail: Count = 0
    known: Count = 0
    untested: Count = 0
    not_applicable: Count = 0
    requests: Annotated[Count, Meta(description="Requests of any action.")] = 0
    create_image_requests: Count = 0
    images_created: Count = 0
    seconds: Annotated[float, Meta(ge=0)] = 0.0
    retried: Annotated[
        Count, Meta(description="Requests that were throttled, or stayed without an answer.")
    ] = 0


class Results(Struct, frozen=True, kw_only=True):
    """One run against one target."""

    schema: Literal[1] = 1
    suite: Suite
    target: Target
    judge: Literal["documents", "aws"] = "documents"
    effort: Literal["quick", "standard", "thorough"] = "quick"
    seed: int = 0
    complete: Annotated[
        bool, Meta(description="False when the run was cut short: budget spent, or interrupted.")
    ] = True
    totals: Totals
    rules: Annotated[tuple[RuleResult, ...], Meta(description="One for each rule, in order.")]
    fail_on: Annotated[
        Literal["documented", "detail"],
        Meta(description="The lowest grade of which a broken rule fails the run."),
    ] = "detail"
    gate: Annotated[
        tuple[str, ...],
        Meta(description="What has to be changed in the baseline, a sentence each."),
    ] = ()
    observations: tuple[Observation, ...] = ()
    waits: Annotated[
        tuple[Wait, ...], Meta(description="How long the target took to show things, if it did.")
    ] = ()

    latencies: Annotated[
        tuple[int, ...],
        Meta(description="Answers to CreateImage in up to 1, 2, 5, 10, ... 10000 ms, and more."),
    ] = ()
    shard: Annotated[
        Shard | UnsetType, Meta(description="Which part of a run it is; left out for a whole one.")
    ] = UNSET

    def of(self, verdict: Verdict) -> tuple[RuleResult, ...]:
        """The rules of one verdict, in the order of the catalogue."""
        return tuple(rule for rule in self.rules if rule.status is verdict)
