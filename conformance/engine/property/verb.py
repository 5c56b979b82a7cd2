"""Whether a GET loses what the same request by POST has: then the verb is to blame."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from conformance.engine.core.record import RuleDeviation
from conformance.engine.observation.trial import Trial
from conformance.engine.property.context import Context
from conformance.model.judge import Violation
from conformance.model.request import Draft, create_image

_LISTS = ("bdm.", "tag.")
_AGAIN = 2
"""How often a GET and a POST are compared again."""
VERB = "wire.verb"
"""The rule that a GET and a POST carry the same."""
_EXISTS = "st.image.exists"


def lost_by_get(context: Context, trial: Trial) -> RuleDeviation | None:
    """The deviation of a GET that violates rules of which a POST violates none, or None.

    One rule about a list, or two others, are enough.
    """
    if trial.draft.form.verb != "GET" or not trial.accepted:
        return None
    minimal = _of_minimal(context)
    if not _is_shown(trial) and _EXISTS not in minimal:
        trial = _shown(context, trial.draft)
    violated = {each.rule for each in trial.violations} - minimal
    if not trial.accepted or not _is_enough(violated):
        return None
    form = replace(trial.draft.form, verb="POST")
    posted = context.create_if_available(trial.draft.sent(form=form))
    if posted is None or not posted.accepted:
        return None
    lost = violated - {each.rule for each in posted.violations}
    if not _is_enough(lost):
        return None
    for _ in range(_AGAIN):
        again, posted = (_shown(context, each) for each in (trial.draft, posted.draft))
        if not lost <= {each.rule for each in again.violations} - {
            each.rule for each in posted.violations
        }:
            return None  # it shows now and then, whatever the verb
    first = next(each for each in trial.violations if each.rule in lost)
    observed = f"{first.observed}; the same request by POST keeps {first.rule}"
    return context.violation_deviation(Violation(VERB, observed), trial)


def _shown(context: Context, draft: Draft) -> Trial:
    """A draft sent once more, and again where the target does not show its image."""
    for _ in range(_AGAIN):
        trial = context.session.create_again(draft)
        if _is_shown(trial):
            break
    return trial


def _of_minimal(context: Context) -> set[str]:
    """The rules that the minimal request, a POST, violates: no GET is needed for them."""
    minimal = create_image()
    if not context.is_sent(minimal):
        return set()
    return {each.rule for each in context.create(minimal).violations}


def _is_shown(trial: Trial) -> bool:
    return not any(each.rule == _EXISTS for each in trial.violations)


def _is_enough(rules: Collection[str]) -> bool:
    return len(rules) > 1 or any(rule.startswith(_LISTS) for rule in rules)
