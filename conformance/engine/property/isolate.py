"""Attributes a violation to the smallest request that shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from conformance.engine.core.record import RuleDeviation
from conformance.engine.observation.trial import Trial
from conformance.engine.property.context import Context
from conformance.engine.property.shrink import components, shrink
from conformance.model.components import components_of, parameter_of
from conformance.model.expectation import Accept
from conformance.model.judge import Violation
from conformance.model.request import Draft

MAPPING_RULES = "bdm."
MAPPING_LIST = "bdm.list"
"""The rule that is broken if mappings fail together and each of them works by itself."""


def isolated(context: Context, violation: Violation, trial: Trial) -> RuleDeviation:
    """The deviation shown by one component of the request, or else by the shrunk request."""
    rule = violation.rule
    found = tuple(components(trial.draft))
    if len(found) > 1 and (rule == context.rule.id or rule.startswith(MAPPING_RULES)):
        for alone in map(context.create, found):
            for c in alone.violations:
                if c.rule == rule:
                    return context.violation_deviation(c, alone)
        return shrunk(context, violation, trial)
    return context.violation_deviation(violation, trial)


def shrunk(context: Context, violation: Violation, trial: Trial) -> RuleDeviation:
    """The deviation shown by the smallest request with the same violation.

    Each component of that request conforms by itself. Several mappings that fail together break
    the rule on lists of mappings. What shows in each list as long is not shrunk again.
    """
    known = context.session.smallest.get(violation.rule)
    if known is not None and _is_part(known[1].draft, trial.draft):
        return context.violation_deviation(*known)

    def shows(draft: Draft) -> tuple[Violation, Trial] | None:
        smaller = context.create_if_available(draft)
        good = smaller is not None and isinstance(smaller.expectation, Accept)
        found = smaller.violations if smaller and good else ()
        same = next((c for c in found if c.rule == violation.rule), None)
        return (same, smaller) if same and smaller else None

    most = context.effort.max_shrinks
    smallest, trial = shrink(trial.draft, (violation, trial), shows, most)
    of_a_list = len(trial.draft.members("BlockDeviceMapping")) > 1
    interferes = of_a_list and smallest.rule.startswith(MAPPING_RULES)
    context.session.mappings_interfere |= interferes
    rule = MAPPING_LIST if interferes else smallest.rule
    context.session.smallest[violation.rule] = smallest, trial, rule
    return context.violation_deviation(smallest, trial, rule)


def _is_part(smaller: Draft, draft: Draft) -> bool:
    """Whether a draft has each parameter that a smaller one has, and lists at least as long."""
    wanted, given = (Counter(map(parameter_of, components_of(each))) for each in (smaller, draft))
    return wanted <= given


def refused_with_same_code(context: Context, trial: Trial) -> Callable[[Draft], Trial | None]:
    """A function that sends a conforming draft. It returns the trial if the code is the same."""
    code = getattr(trial.outcome, "code", "")

    def shows(draft: Draft) -> Trial | None:
        smaller = context.create_if_available(draft)
        if smaller is None or not isinstance(smaller.expectation, Accept):
            return None
        same = getattr(smaller.outcome, "code", "") == code
        return smaller if same and context.is_refused(smaller) else None

    return shows
