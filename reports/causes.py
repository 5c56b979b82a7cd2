"""Causes: one defect of a target breaks rules, and masks others that the run could not decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.model import CATALOGUE
from reports.reasons import masks_of
from reports.results import Results, RuleResult, Verdict

_BROKEN = (Verdict.FAIL, Verdict.KNOWN)


@dataclass(frozen=True, slots=True)
class Cause:
    """The rules that one defect breaks, the most basic first, and the rules that it masks."""

    broken: tuple[RuleResult, ...]
    masked: tuple[RuleResult, ...] = ()

    @property
    def first(self) -> RuleResult:
        """The rule that names the cause."""
        return self.broken[0]


def causes(results: Results) -> list[Cause]:
    """Every broken rule, each in one cause, in the order of the results.

    A broken rule joins the cause of a broken rule that it requires, if that one masks rules.
    """
    rules = {rule.id: rule for rule in results.rules}
    broken = [rule for rule in results.rules if rule.status in _BROKEN]
    masked: dict[str, list[RuleResult]] = {rule.id: [] for rule in broken}
    for rule in results.rules:
        if rule.status not in _BROKEN and (mask := mask_of(rule, rules)):
            masked[mask].append(rule)
    joined: dict[str, list[RuleResult]] = {}
    for rule in broken:
        joined.setdefault(_leader(rule, masked), []).append(rule)
    found = []
    for leader, group in joined.items():
        group.sort(key=lambda rule: rule.id != leader)
        all_masked = tuple(each for rule in group for each in masked[rule.id])
        found.append(Cause(tuple(group), all_masked))
    return found


def mask_of(rule: RuleResult, rules: Mapping[str, RuleResult]) -> str:
    """The broken rule that masks a rule, directly or through others; empty if none does."""
    seen = {rule.id}
    waiting = list(masks_of(rule))
    while waiting:
        id = waiting.pop(0)
        if id in seen or id not in rules:
            continue
        seen.add(id)
        if rules[id].status in _BROKEN:
            return id
        waiting += masks_of(rules[id])
    return ""


def _leader(rule: RuleResult, masked: Mapping[str, list[RuleResult]]) -> str:
    """The broken rule that masks others and that this one requires; else the rule itself."""
    known = CATALOGUE.get(rule.id)
    needed = () if known is None else (known.masked_by, *known.requires)
    return next((id for id in needed if masked.get(id)), rule.id)
