"""results.json: what a run leaves behind, and the only thing that the other reports read.

The structs here and in :mod:`reports.deviation` are the format. ``python -m reports.results``
prints the JSON Schema that is made of them; the copy beside this module is committed.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from conformance.model.rule import Grade
from conformance.model.rule import Rule as ModelRule
from reports.deviation import (
    Deviation,
    Expected,
    Identity,
    Observed,
    OutcomeClass,
    Params,
    Reproduce,
    WireForm,
    expected_effect,
    expected_of,
    form_of,
    observed_effect,
    observed_of,
    request_of,
)

__all__ = [
    "Aws",
    "BadResults",
    "Deviation",
    "Expected",
    "Identity",
    "Observation",
    "Observed",
    "OutcomeClass",
    "Params",
    "Reproduce",
    "Results",
    "RuleResult",
    "Shard",
    "Suite",
    "Target",
    "Totals",
    "Verdict",
    "Wait",
    "WireForm",
    "count",
    "decide",
    "exit_status",
    "expected_effect",
    "expected_of",
    "form_of",
    "gates",
    "load",
    "observed_effect",
    "observed_of",
    "request_of",
    "rule_result",
    "save",
    "schema",
]  # fmt: skip

Count = Annotated[int, Meta(ge=0)]


class BadResults(Exception):
    """The file is no results.json of a schema that this version reads."""


class Verdict(StrEnum):
    """What a run says about a rule."""

    PASS = "pass"
    FAIL = "fail"
    KNOWN = "known"
    UNTESTED = "untested"
    NOT_APPLICABLE = "not_applicable"


def decide(
    *,
    keeps: int,
    breaks: int,
    found: Collection[Identity] = (),
    baseline: Collection[Identity] = (),
    lacking: str | None = None,
    untested: str | None = None,
) -> tuple[Verdict, str | None]:
    """A rule's verdict and its reason: the worst that was seen, and never a pass by default.

    ``lacking`` says what the target has not got, ``untested`` why nothing could be said.
    """
    if any(identity not in baseline for identity in found):
        return Verdict.FAIL, None
    if found:
        return Verdict.KNOWN, None
    if lacking:
        return Verdict.NOT_APPLICABLE, lacking
    if untested:
        return Verdict.UNTESTED, untested
    if not keeps or not breaks:
        arms = "keeps or breaks" if keeps == breaks else "breaks" if keeps else "keeps"
        return Verdict.UNTESTED, f"no request that {arms} the rule was decided"
    return Verdict.PASS, None


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


def rule_result(
    rule: ModelRule,
    status: Verdict,
    *,
    keeps: int = 0,
    breaks: int = 0,
    reason: str | None = None,
    deviations: Sequence[Deviation] = (),
    values: Mapping[str, int] | None = None,
) -> RuleResult:
    """What a run says about a rule of the catalogue, with the catalogue's words on it."""
    source = "; ".join(str(s) for s in rule.sources)
    aws = msgspec.convert(
        {"status": rule.aws.status, "note": rule.aws.note, "source": rule.aws.source}, Aws
    )
    return RuleResult(
        rule.id, status, rule.statement, rule.grade, source, keeps, breaks, reason, aws,
        tuple(deviations), dict(sorted(values.items())) if values else UNSET,
    )  # fmt: skip


def count(
    rules: Collection[RuleResult],
    *,
    requests: int = 0,
    create_image_requests: int = 0,
    images_created: int = 0,
    seconds: float = 0.0,
    retried: int = 0,
) -> Totals:
    """The totals of these rules and of what they cost."""
    by = Counter(rule.status for rule in rules)
    return Totals(
        len(rules), by[Verdict.PASS], by[Verdict.FAIL], by[Verdict.KNOWN], by[Verdict.UNTESTED],
        by[Verdict.NOT_APPLICABLE], requests, create_image_requests, images_created, seconds,
        retried,
    )  # fmt: skip


def recounted(rules: Sequence[RuleResult], totals: Totals) -> Totals:
    """The totals of the same run where the rules have other verdicts."""
    return count(
        rules,
        requests=totals.requests,
        create_image_requests=totals.create_image_requests,
        images_created=totals.images_created,
        seconds=totals.seconds,
        retried=totals.retried,
    )


def gates(rule: RuleResult, fail_on: str) -> bool:
    """Whether a rule that is broken fails a run that fails on this grade."""
    return rule.grade is Grade.DOCUMENTED or fail_on == "detail"


def exit_status(results: Results) -> int:
    """The exit status that results stand for by themselves: 0, 1 or 4.

    A run that said nothing about any rule is not a conforming one, however it ended.
    """
    if results.gate or any(gates(rule, results.fail_on) for rule in results.of(Verdict.FAIL)):
        return 1
    said = results.totals.passed or results.totals.known or results.totals.fail
    return 0 if results.complete and said else 4


def load(path: str | os.PathLike[str]) -> Results:
    """The results in a file; keys of later versions are passed over."""
    try:
        raw = json.loads(Path(path).read_bytes())
        return msgspec.convert(raw, Results)
    except (ValueError, msgspec.ValidationError) as error:
        raise BadResults(f"{os.fspath(path)} is no results.json of schema 1: {error}") from error


def save(results: Results, path: str | os.PathLike[str]) -> None:
    """Write the results, whole or not at all.

    ASCII alone: names hold whatever a strategy thought of, lone surrogates and terminal control
    characters included, and the escapes keep it exactly while being harmless to print.
    """
    text = json.dumps(msgspec.to_builtins(results), indent=1) + "\n"
    place = Path(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=place.name, suffix=".part", dir=place.parent)
    try:
        with open(handle, "w", encoding="ascii") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        os.replace(temporary, place)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


# Structs of which a default is written out too, so that a reader can rely on the key.
_WRITTEN_WHOLE = (
    Results, RuleResult, Totals, Aws, Deviation, Expected, Reproduce, Observation,
)  # fmt: skip


def schema() -> dict[str, Any]:
    """The JSON Schema of results.json as it is written; what is read may hold more."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:amiproof:results:1",
        "title": "amiproof results",
    }
    made = {**head, **msgspec.json.schema(Results)}
    for struct in _WRITTEN_WHOLE:
        fields = msgspec.structs.fields(struct)
        made["$defs"][struct.__name__]["required"] = [
            f.encode_name for f in fields if f.default is not UNSET
        ]
    return made


def _rendered_schema() -> str:
    return json.dumps(schema(), indent=2) + "\n"


if __name__ == "__main__":
    print(_rendered_schema(), end="")
