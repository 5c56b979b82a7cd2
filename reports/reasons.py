"""The reasons of rules without a verdict: which broken rule masks them, and the reason in short."""

from __future__ import annotations

import re
from collections.abc import Iterable

from reports.results import RuleResult

_MASKED = re.compile(r"masked by ([\w.]+), which the target breaks|not decided: see ([\w.]+)")
_DETAIL = re.compile(r"^(inconclusive: [^;:]+|needs [^:]+(?=: (?!give ))): .*$")
OTHER = "no reason recorded"


def masked_by(rule_id: str) -> str:
    """The reason of a rule that a run cannot test because the target breaks another."""
    return f"masked by {rule_id}, which the target breaks"


def mask_in(reason: str) -> str:
    """The id of the rule that masks another, as the other's reason names it; empty if none does."""
    found = _MASKED.match(reason)
    return (found[1] or "") if found else ""


def masks_of(rule: RuleResult) -> tuple[str, ...]:
    """The ids of the rules that the rule's reason names as its masks, in order."""
    found = _MASKED.findall(rule.reason or "")
    return tuple(dict.fromkeys((first or second).rstrip(".") for first, second in found))


def in_short(reason: str | None) -> str:
    """The first reason, without the request and the answer that are its example."""
    first = (reason or OTHER).split("; ")[0]
    first = _DETAIL.sub(r"\1", first)
    return re.sub(r" with status \d+$", "", first)


def by_reason(rules: Iterable[RuleResult]) -> dict[str, list[RuleResult]]:
    """Rules by their reason in short, the most frequent reason first."""
    groups: dict[str, list[RuleResult]] = {}
    for rule in rules:
        groups.setdefault(in_short(rule.reason), []).append(rule)
    return dict(sorted(groups.items(), key=lambda each: -len(each[1])))
