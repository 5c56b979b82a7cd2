"""The judge: what the documents allow in answer to a request, and what contradicts them.

Pure: no endpoint, no clock, no randomness. The catalogue is complete once
:mod:`conformance.model` has been imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from conformance.model.answer import Answer, Outcome
from conformance.model.expectation import Accept, Either, Expectation, Reject
from conformance.model.request import Request
from conformance.model.rule import CATALOGUE, RequestCheck, Rule
from conformance.model.world import Effects, World

_LISTS = {"bdm": "BlockDeviceMapping", "tag": "TagSpecification"}
"""Families of rules by the list that they speak of."""
DRY_RUN_CODE = "DryRunOperation"
DRY_RUN_RULE = "dryrun.permitted"


def readings(request: Request, world: World) -> dict[str, bool | None]:
    """How each request rule reads a request: kept (True), broken (False), silent (None)."""
    every = {id: True for id, _ in _request_rules(frozenset())}
    return {**every, **{id: check(request, world) for id, check in _that_apply(request)}}


def _that_apply(request: Request) -> tuple[tuple[str, RequestCheck], ...]:
    """The rules about requests that this one does not keep by having no such list.

    Most requests have no lists, and half of the rules speak of lists alone.
    """
    names = request.names()
    return _request_rules(
        frozenset(
            family for family, name in _LISTS.items() if not any(n.startswith(name) for n in names)
        )
    )


@cache
def _request_rules(absent: frozenset[str]) -> tuple[tuple[str, RequestCheck], ...]:
    """The rules about requests, but not those of these families: id and check."""
    return tuple(
        (rule.id, rule.on_request)
        for rule in CATALOGUE.values()
        if rule.on_request and rule.family not in absent
    )


def judge(request: Request, world: World) -> Expectation:
    """What the documents allow in answer.

    One broken rule is enough for a rejection, with the codes of every rule that is broken or
    silent: no page says in which order things are checked (A15). With nothing broken, one silent
    rule leaves both outcomes open. A dry run never succeeds: with nothing against the request its
    answer is DryRunOperation; with something, that code as well (A5). A rule that real AWS was
    merely seen to keep (grade observed) leaves both outcomes open as well.
    """
    broken, silent = [], []
    for id, check in _that_apply(request):
        kept = check(request, world)
        if kept or id == DRY_RUN_RULE:
            continue
        rule = CATALOGUE[id]
        if kept is None or (kept is False and not rule.asserted):
            silent.append(rule)
        else:
            broken.append(rule)
    codes = _union(broken + silent)
    if request.dry_run == "true":
        if not _is_denied(broken) and codes is not None:
            codes |= {DRY_RUN_CODE}
        return Reject(codes, tuple(r.id for r in broken) or (DRY_RUN_RULE,))
    if broken:
        return Reject(codes, tuple(r.id for r in broken))
    if silent:
        return Either(tuple(r.id for r in silent))
    return Accept()


def _is_denied(broken: list[Rule]) -> bool:
    """Whether all that is wrong is that somebody without the permission asks: a dry run tells."""
    return [rule.id for rule in broken] == ["auth.denied"]


def _union(rules: list[Rule]) -> frozenset[str] | None:
    """The codes of any of these rules; None (any client error) where one names none."""
    codes: frozenset[str] = frozenset()
    for rule in rules:
        if rule.codes is None:
            return None
        codes |= rule.codes
    return codes


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule and, in a few words, what the run observed."""

    rule: str
    observed: str


def answer_violations(answer: Answer, outcome: Outcome) -> Iterator[Violation]:
    """What in one answer contradicts the rules about answers."""
    for id in _about_answers():
        rule = CATALOGUE[id]
        if rule.on_answer and rule.asserted and (observed := rule.on_answer(answer, outcome)):
            yield Violation(rule.id, observed)


def effect_violations(request: Request, before: World, effects: Effects) -> Iterator[Violation]:
    """What there is after an accepted request that contradicts the rules about effects."""
    for id in _about_effects():
        rule = CATALOGUE[id]
        if (
            rule.on_effects
            and rule.asserted
            and (observed := rule.on_effects(request, before, effects))
        ):
            yield Violation(rule.id, observed)


@cache
def _about_answers() -> tuple[str, ...]:
    return tuple(rule.id for rule in CATALOGUE.values() if rule.on_answer)


@cache
def _about_effects() -> tuple[str, ...]:
    return tuple(rule.id for rule in CATALOGUE.values() if rule.on_effects)
