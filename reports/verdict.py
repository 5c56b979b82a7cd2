"""The verdicts of a rule, and how a run's evidence about a rule decides one."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from reports.deviation import Identity


class Verdict(StrEnum):
    """The verdict of a run about a rule."""

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
    """A rule's verdict and its reason. A rule passes only if requests of both arms decided it.

    ``lacking`` says what the target lacks, ``untested`` why the run reached no verdict. A deviation
    outweighs both.
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
        return Verdict.UNTESTED, f"no request that {arms} the rule reached a verdict"
    return Verdict.PASS, None
