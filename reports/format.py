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
    """Versions of amiproof and of the libraries that the verdicts depend on."""

    amiproof: str
    python: str = ""
    hypothesis: str = ""
    botocore: str = ""
    boto3: str = ""


class Target(Struct, frozen=True, omit_defaults=True):
    """The endpoint under test."""

    name: Annotated[
        str,
        Meta(description="The TARGET argument: moto, reference, aws or an address."),
    ]
    endpoint: Annotated[str, Meta(description="The address of the endpoint.")]
    region: str
    software: Annotated[str, Meta(description="The version of the endpoint, if known.")] = ""


class Shard(Struct, frozen=True):
    """One of several shards that make up a run."""

    number: Annotated[int, Meta(ge=1)]
    of: Annotated[int, Meta(ge=1)]

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


ELSEWHERE = "in another shard"
"""The reason of a rule that belongs to another shard."""


class Aws(Struct, frozen=True):
    """What real AWS was publicly observed to do where the rule applies."""

    status: Literal["agrees", "deviates", "unknown"] = "unknown"
    note: str = ""
    source: str = ""


class Pairs(Struct, frozen=True):
    """Which pairs of value classes whole requests had: two parameters, each with a class."""

    covered: Annotated[Count, Meta(description="Pairs that a request had and that was decided.")]
    of: Annotated[Count, Meta(description="Pairs that one request can have.")]
    missing: Annotated[
        tuple[str, ...], Meta(description="The first pairs that no decided request had.")
    ] = ()


class RuleResult(Struct, frozen=True):
    """The verdict of a run about one rule, with the evidence."""

    id: str
    status: Verdict
    statement: str
    grade: Grade
    source: Annotated[str, Meta(description="Document and section. '; ' separates several.")]
    keeps: Annotated[
        Count, Meta(description="Requests that keep the rule and were decided by it.")
    ] = 0
    breaks: Annotated[
        Count, Meta(description="Requests that break the rule and were decided by it.")
    ] = 0
    reason: Annotated[
        str | None, Meta(description="Why the rule is untested or not applicable, else null.")
    ] = None
    aws: Aws = Aws()
    deviations: tuple[Deviation, ...] = ()
    values: Annotated[
        dict[str, int] | UnsetType,
        Meta(description="Generated requests by class of value. Omitted if none was generated."),
    ] = UNSET
    again: Annotated[
        str | UnsetType,
        Meta(
            description="Why another run may decide the rule: a limit, throttling, time. Omitted"
            " unless the rule is untested for such a cause."
        ),
    ] = UNSET
    pairs: Annotated[
        Pairs | UnsetType,
        Meta(description="Pairs of value classes. Omitted if the rule has no whole requests."),
    ] = UNSET

    @property
    def family(self) -> str:
        """The first component of the id: ``name`` of ``name.length.max``."""
        return self.id.partition(".")[0]

    def identities(self) -> tuple[Identity, ...]:
        """The identity of each deviation, in order."""
        return tuple(d.identity(self.id) for d in self.deviations)


class Observation(Struct, frozen=True):
    """What the target did where the documents are silent. It affects no verdict."""

    id: Annotated[str, Meta(description="Id of the unspecified behaviour.")]
    sent: Annotated[Params, Meta(description="The parameters in the order sent.")]
    came_back: Observed
    form: Annotated[
        WireForm | UnsetType,
        Meta(description="How the request was sent. Omitted for a signed POST of a form."),
    ] = UNSET


class Wait(Struct, frozen=True):
    """A check that failed at first, and how long the run waited for it to pass."""

    subject: Annotated[str, Meta(description="The rules or the state that was checked.")]
    kind: Annotated[
        Literal["late", "flapping", "never"],
        Meta(
            description="late: passed on retry. flapping: passed, then failed. never: did not pass."
        ),
    ]
    seconds: Annotated[float, Meta(ge=0)]


LATENCIES = (*(one * 10**power / 1000 for power in range(4) for one in (1, 2, 5)), 10.0)
"""Upper bounds of the latency classes, in seconds."""


class Totals(Struct, frozen=True, rename={"passed": "pass"}):
    """The number of rules by verdict, and the cost of the run."""

    rules: Count = 0
    passed: Count = 0
    fail: Count = 0
    known: Count = 0
    untested: Count = 0
    not_applicable: Count = 0
    requests: Annotated[Count, Meta(description="Requests of all actions.")] = 0
    create_image_requests: Count = 0
    images_created: Count = 0
    seconds: Annotated[float, Meta(ge=0)] = 0.0
    retried: Annotated[
        Count, Meta(description="Requests that were throttled or got no answer.")
    ] = 0


class Results(Struct, frozen=True, kw_only=True):
    """The results of one run against one target."""

    schema: Literal[1] = 1
    suite: Suite
    target: Target
    judge: Literal["documents", "aws"] = "documents"
    effort: Literal["quick", "standard", "thorough"] = "quick"
    seed: int = 0
    complete: Annotated[
        bool, Meta(description="False if the run stopped early: budget spent, or interrupted.")
    ] = True
    totals: Totals
    rules: Annotated[
        tuple[RuleResult, ...],
        Meta(description="One entry per rule, in the order of the catalogue."),
    ]
    fail_on: Annotated[
        Literal["documented", "detail"],
        Meta(description="The lowest grade at which a broken rule fails the run."),
    ] = "detail"
    gate: Annotated[
        tuple[str, ...],
        Meta(description="The required changes to the baseline, one sentence each."),
    ] = ()
    observations: tuple[Observation, ...] = ()
    waits: Annotated[tuple[Wait, ...], Meta(description="Checks that failed at first.")] = ()

    latencies: Annotated[
        tuple[int, ...],
        Meta(
            description="Number of CreateImage answers within 1, 2, 5, 10, ... 10000 ms, and later."
        ),
    ] = ()
    shard: Annotated[Shard | UnsetType, Meta(description="The shard. Omitted for a whole run.")] = (
        UNSET
    )
    select: Annotated[
        str | UnsetType,
        Meta(description="The patterns that selected the rules. Omitted if all were selected."),
    ] = UNSET

    def of(self, verdict: Verdict) -> tuple[RuleResult, ...]:
        """The rules with this verdict, in the order of the catalogue."""
        return tuple(rule for rule in self.rules if rule.status is verdict)
