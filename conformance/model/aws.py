"""Judging by AWS: by what real AWS was observed to do, and by the documents elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from conformance.model.request import Request
from conformance.model.rule import CATALOGUE, RequestCheck, Rule
from conformance.model.world import World

JudgeName = Literal["documents", "aws"]


def adopt() -> None:
    """Make this process judge by AWS. Statements and sources of the rules stay the same."""
    CATALOGUE.update({rule.id: by_aws(rule) for rule in CATALOGUE.values()})


def by_aws(rule: Rule) -> Rule:
    """A rule as AWS keeps it.

    A request that AWS rejects with a known code must be rejected with that code. A request that
    AWS accepts against the rule may be accepted or rejected, and its effects are not checked.
    """
    if rule.aws.codes:
        rule = replace(rule, codes=rule.aws.codes)
    if rule.aws.accepts:
        check = rule.on_request
        rule = replace(rule, on_request=check and _lenient(check), on_effects=None)
    return rule


def _lenient(check: RequestCheck) -> RequestCheck:
    def kept(request: Request, world: World) -> bool | None:
        return check(request, world) or None

    return kept
