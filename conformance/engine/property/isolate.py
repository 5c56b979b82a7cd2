"""Attributes a violation to the smallest request that shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from conformance.engine.core.record import RuleDeviation
from conformance.engine.observation.trial import Trial
from conformance.engine.property.context import Context
from conformance.engine.property.shrink import needed, shrink
from conformance.model.components import LISTS, Component, components_of, parameter_of, restricted
from conformance.model.expectation import Accept
from conformance.model.judge import Violation
from conformance.model.request import Draft

MAPPING_RULES = "bdm."
MAPPING_LIST = "bdm.list"
"""The rule that is broken if mappings fail together and each of them works by itself."""
_FEW = 3
"""Components that a request may still need for quick effort to shrink it further."""
_FURTHER = 20
"""Requests that quick effort sends for that. Each creates an image."""


def isolated(context: Context, violation: Violation, trial: Trial) -> RuleDeviation:
    """The deviation that a request shows, of a smaller request where the property's rule is wrong.

    So it is with rules on mappings, which a covering request has many of.
    """
    rule = violation.rule
    is_about_it = rule == context.rule.id or rule.startswith(MAPPING_RULES)
    if len(components_of(trial.draft)) < 2 or not is_about_it or _is_plain(context, rule, trial):
        return context.violation_deviation(violation, trial)
    return smallest(context, violation, trial)


def _is_plain(context: Context, rule: str, trial: Trial) -> bool:
    """Whether quick effort takes a request for the smallest: it is the plainest of the rule."""
    plain = (each.plain for each in context.session.features if each.rule == rule)
    return not context.effort.accepted_examples and trial.draft in plain


def smallest(context: Context, violation: Violation, trial: Trial) -> RuleDeviation:
    """The deviation shown by one component of the request, or else by the shrunk request."""
    rule, parts = violation.rule, components_of(trial.draft)
    if not context.effort.accepted_examples and (known := _known(context, rule, trial.draft)):
        return context.violation_deviation(*known)
    if alone := _component(context, violation, trial.draft, parts):
        context.session.smallest[rule] = *alone, rule
        return context.violation_deviation(*alone)
    return shrunk(context, violation, trial)


def _known(context: Context, rule: str, draft: Draft) -> tuple[Violation, Trial, str] | None:
    """The smallest request that is known to violate a rule, if a draft has as much as it."""
    known = context.session.smallest.get(rule)
    return known if known is not None and _is_part(known[1].draft, draft) else None


def _component(
    context: Context, violation: Violation, draft: Draft, parts: Sequence[Component]
) -> tuple[Violation, Trial] | None:
    """The same violation in a request with one of these components, if one shows it.

    Those that were sent already come first. From standard effort on each is sent until then; quick
    effort halves the others, and looks no further into a half that shows nothing.
    """

    def shown(group: Sequence[Component]) -> tuple[Violation, Trial] | None:
        trial = context.create(restricted(draft, group))
        same = next((c for c in trial.violations if c.rule == violation.rule), None)
        return (same, trial) if same else None

    if violation.rule.startswith(MAPPING_RULES):
        parts = [part for part in parts if parameter_of(part) == LISTS[0]] or parts

    def is_sent(part: Component) -> bool:
        return context.is_sent(restricted(draft, [part]))

    known = [part for part in parts if is_sent(part)]
    rest = [part for part in parts if part not in known]
    each_alone = bool(context.effort.accepted_examples)
    for part in parts if each_alone else known:
        if alone := shown([part]):
            return alone
    while rest and not each_alone:
        half = rest[: (len(rest) + 1) // 2]
        found = shown(half)
        if found and len(half) == 1:
            return found
        rest = half if found else rest[len(half) :]
    return None


def shrunk(context: Context, violation: Violation, trial: Trial) -> RuleDeviation:
    """The deviation shown by the smallest request with the same violation.

    Each component of that request conforms by itself. Several mappings that fail together break
    the rule on lists of mappings. What shows in each list as long is not shrunk again.
    """
    if known := _known(context, violation.rule, trial.draft):
        return context.violation_deviation(*known)

    def shows(draft: Draft) -> tuple[Violation, Trial] | None:
        other = context.create_if_available(draft)
        good = other is not None and isinstance(other.expectation, Accept)
        found = other.violations if other and good else ()
        same = next((c for c in found if c.rule == violation.rule), None)
        return (same, other) if same and other else None

    shown, most = (violation, trial), context.effort.max_shrinks
    if not context.effort.accepted_examples:
        shown = needed(trial.draft, shown, shows)
        most = _FURTHER if len(components_of(shown[1].draft)) <= _FEW else 0
    smaller, trial = shrink(shown[1].draft, shown, shows, most)
    of_a_list = len(trial.draft.members("BlockDeviceMapping")) > 1
    interferes = of_a_list and smaller.rule.startswith(MAPPING_RULES)
    context.session.mappings_interfere |= interferes
    rule = MAPPING_LIST if interferes else smaller.rule
    context.session.smallest[violation.rule] = smaller, trial, rule
    return context.violation_deviation(smaller, trial, rule)


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
