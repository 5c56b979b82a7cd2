"""Judging by AWS: by what real AWS was observed to do, and by the documents elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from conformance.model.catalogue import CATALOGUE
from conformance.model.judge import reindex
from conformance.model.request import Request
from conformance.model.rule import ANY_CLIENT_ERROR, RequestCheck, Rule
from conformance.model.world import World

JudgeName = Literal["documents", "aws"]


def adopt() -> None:
    """Make this process judge by AWS. Statements and sources of the rules stay the same."""
    CATALOGUE.update({rule.id: by_aws(rule) for rule in CATALOGUE.values()})
    reindex()


def by_aws(rule: Rule) -> Rule:
    """A rule as AWS keeps it.

    A request that AWS rejects with a known code must be rejected with that code. A request that
    AWS accepts or rejects against the rule may be accepted or rejected. An effect that AWS shows
    against the rule is not checked.
    """
    if rule.aws.codes:
        rule = replace(rule, codes=rule.aws.codes)
    if rule.aws.accepts and rule.on_request:
        rule = replace(rule, on_request=_lenient(rule.on_request))
    if rule.aws.rejects and rule.on_request:
        either = _either(rule.on_request, rule.aws.rejects)
        # The judge skips a rule that no request breaks; this one is unspecified for some.
        rule = replace(rule, on_request=either, codes=ANY_CLIENT_ERROR, only_with=None)
    if rule.aws.accepts or rule.aws.shows:
        rule = replace(rule, on_effects=None)
    return rule


def _lenient(check: RequestCheck) -> RequestCheck:
    def kept(request: Request, world: World) -> bool | None:
        return check(request, world) or None

    return kept


def _either(check: RequestCheck, rejects: RequestCheck) -> RequestCheck:
    def kept(request: Request, world: World) -> bool | None:
        return None if rejects(request, world) else check(request, world)

    return kept
