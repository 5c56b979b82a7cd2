"""The judge: which outcomes the documents allow for a request, and which rules are violated.

Pure: no endpoint, no clock, no randomness. Importing :mod:`conformance.model` completes the
catalogue first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from conformance.model.answer import Answer, Outcome
from conformance.model.booleans import reading
from conformance.model.catalogue import CATALOGUE
from conformance.model.codes import DRY_RUN_CODE
from conformance.model.expectation import Accept, Either, Expectation, Reject
from conformance.model.history import History
from conformance.model.request import Request
from conformance.model.rule import AnswerCheck, EffectCheck, Finding, RequestCheck, Rule
from conformance.model.world import Effects, World

DRY_RUN_RULE = "dryrun.permitted"


def readings(request: Request, world: World) -> dict[str, bool | None]:
    """Each request rule's reading of a request: True kept, False broken, None unspecified."""
    kept = {id: True for id, rule in CATALOGUE.items() if rule.on_request}
    return kept | {rule.id: check(request, world) for rule, check in _rules_for(request)}


def _rules_for(request: Request) -> tuple[tuple[Rule, RequestCheck], ...]:
    """The request rules that a request may break, in the order of the catalogue."""
    return _request_rules(request.traits & _traits())


@cache
def _request_rules(traits: frozenset[str]) -> tuple[tuple[Rule, RequestCheck], ...]:
    """The request rules that apply to requests with these traits."""
    return tuple(
        (rule, rule.on_request)
        for rule in CATALOGUE.values()
        if rule.on_request and (rule.only_with is None or rule.only_with & traits)
    )


@cache
def _traits() -> frozenset[str]:
    """The traits that some rule is indexed by."""
    return frozenset().union(*(rule.only_with or () for rule in CATALOGUE.values()))


def judge(request: Request, world: World) -> Expectation:
    """The expectation for a request in a world.

    One broken rule requires a rejection. Allowed are the codes of all broken and unspecified
    rules, because no document orders the checks. If no rule is broken, an unspecified one allows
    both outcomes; so does a broken rule of grade observed. A dry run must be rejected:
    DryRunOperation is allowed beside the codes of broken rules.
    """
    broken, unspecified = [], []
    for rule, check in _rules_for(request):
        kept = check(request, world)
        if kept or rule.id == DRY_RUN_RULE:
            continue
        if kept is None or (kept is False and not rule.asserted):
            unspecified.append(rule)
        else:
            broken.append(rule)
    codes = _union(broken + unspecified)
    if request.dry_run == "true":
        if not _is_denied(broken) and codes is not None:
            codes |= {DRY_RUN_CODE}
        return Reject(codes, tuple(r.id for r in broken) or (DRY_RUN_RULE,), dry=True)
    if broken:
        dry = request.dry_run is not None and reading(request.dry_run) is None
        return Reject(codes, tuple(r.id for r in broken), dry=dry)
    if unspecified:
        return Either(tuple(r.id for r in unspecified))
    return Accept()


def _is_denied(broken: list[Rule]) -> bool:
    """Whether the caller's missing permission is all that is wrong: a dry run must report it."""
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
    """A violated rule and, in a few words, what was observed."""

    rule: str
    observed: str


def answer_violations(answer: Answer, outcome: Outcome) -> Iterator[Violation]:
    """The rules about responses that one response violates."""
    for id, check in _answer_rules():
        if observed := check(answer, outcome):
            yield Violation(id, observed)


def effect_violations(request: Request, before: World, effects: Effects) -> Iterator[Violation]:
    """The rules about effects that the effects of an accepted request violate."""
    for rule, check in _effect_rules():
        if has_failed(effects) and rule.id not in OF_FAILED:
            continue
        if not unread(rule, effects) and (observed := check(request, before, effects)):
            yield Violation(rule.id, observed)


def history_findings(rule_id: str, history: History) -> Iterator[Finding]:
    """What a scenario's history says about a rule: arms, violations, and evidence it lacks."""
    check = CATALOGUE[rule_id].on_history
    if check is not None:
        yield from check(history)


OF_FAILED = frozenset({"st.image.exists", "st.image.state0", "st.image.reason"})
"""The rules about effects that an image in state ``failed`` decides."""


def has_failed(effects: Effects) -> bool:
    """Whether the image is in state ``failed``; a snapshot limit can make it fail."""
    return effects.image is not None and effects.image.state == "failed"


def _reason(effects: Effects) -> str:
    return (effects.image and effects.image.state_reason) or "without a reason"


def unread(rule: Rule, effects: Effects) -> str | None:
    """The failed call without which the rule's effect check cannot be made, or None."""
    for name in rule.reads:
        if name in effects.failed:
            return f"inconclusive: {name}: {effects.failed[name]}"
    return None


def lacking_evidence(rule: Rule, request: Request, before: World, effects: Effects) -> str | None:
    """Why the effects of a request cannot contradict a rule, or None if they can."""
    if rule.on_effects is None:
        return None
    if failed := unread(rule, effects):
        return failed
    if has_failed(effects) and rule.id not in OF_FAILED:
        return f"inconclusive: the image failed ({_reason(effects)})"
    return rule.evidence(request, before, effects) if rule.evidence else None


def reindex() -> None:
    """Read the catalogue again, after a change of its rules."""
    for index in (_request_rules, _traits, _answer_rules, _effect_rules):
        index.cache_clear()


@cache
def _answer_rules() -> tuple[tuple[str, AnswerCheck], ...]:
    """The asserted rules about responses."""
    return tuple((r.id, r.on_answer) for r in CATALOGUE.values() if r.on_answer and r.asserted)


@cache
def _effect_rules() -> tuple[tuple[Rule, EffectCheck], ...]:
    """The asserted rules about effects."""
    return tuple((r, r.on_effects) for r in CATALOGUE.values() if r.on_effects and r.asserted)
