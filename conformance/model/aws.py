"""The judge by AWS: what real AWS does where that is known, and the documents everywhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from conformance.model.request import Request
from conformance.model.rule import CATALOGUE, RequestCheck, Rule
from conformance.model.world import World

JudgeName = Literal["documents", "aws"]


def adopt() -> None:
    """Let this process judge by AWS. Every rule keeps its words and its sources."""
    CATALOGUE.update({rule.id: by_aws(rule) for rule in CATALOGUE.values()})


def by_aws(rule: Rule) -> Rule:
    """A rule as AWS keeps it.

    What AWS refuses with a code of its own has to be refused with that code. What it takes though
    it breaks the rule may be taken or refused, and what comes of it is not looked at.
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
