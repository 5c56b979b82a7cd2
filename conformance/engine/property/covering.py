"""Runs a keeps arm by covering requests, each of which keeps many rules with one image."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.engine.observation.trial import Trial
from conformance.engine.property.arms import Arms
from conformance.engine.property.context import Context
from conformance.engine.property.evaluate import Evaluator, lacking_evidence_of
from conformance.engine.property.isolate import MAPPING_LIST, isolated
from conformance.engine.property.shrink import components
from conformance.engine.resources.instances import NotAvailable
from conformance.model import CATALOGUE, Arm
from conformance.model.attribution import Undecided
from conformance.model.components import devices_lost, lost
from conformance.model.expectation import Accept
from conformance.model.observable import observable_with
from conformance.model.request import Draft, create_image
from reports.results import expected_of

_MAPPINGS = "BlockDeviceMapping"


class Covering:
    """Puts a covering request in the place of a property's own requests where that is sound."""

    def __init__(self, context: Context, evaluator: Evaluator, arms: Arms) -> None:
        self._context = context
        self._evaluator = evaluator
        self._arms = arms

    def covers(self, covering: Draft, own: Sequence[Draft], arm: Arm = Arm.KEEPS) -> bool:
        """Whether a covering request can stand for the rule's ``own`` requests; it counts if so.

        The target must accept it, at least without components that the own requests lack. It may
        violate nothing that the rule depends on, or that is of its family, unless the minimal
        request does. From standard effort on the rule's own requests are sent all the same.
        """
        context = self._context
        rule = context.rule
        if context.workarounds.refused_for(rule.id):
            return False
        try:
            trial, minimal = context.covering(covering), context.create(create_image())
        except NotAvailable:
            return False
        if self._is_unreadable(trial, minimal):
            return True
        whole = context.workarounds.apply(covering)
        if not trial.accepted or any(lost(whole, trial.draft, each) for each in own):
            return False
        if devices_lost(whole, trial.draft, own) or (not own and trial.draft != whole):
            return False
        if context.session.mappings_interfere and any(each.members(_MAPPINGS) for each in own):
            return False  # the covering request's other mappings may hide what one of them does
        if arm is Arm.KEEPS and self._is_hidden(trial, minimal):
            return True
        violated = {c.rule for c in trial.violations}
        always = {c.rule for c in minimal.violations}
        new = violated - always
        if rule.on_effects is None and not context.effort.accepted_examples:
            new = {id for id in new if not _hides(minimal, id)}  # own requests show no more
            violated -= (always | context.session.deviating) - {rule.id}
        if not context.effort.accepted_examples:
            new -= context.session.deviating  # own requests show no other deviation
        if violated & observable_with(rule.id) or any(_related(id, rule.id) for id in new):
            return False
        if not isinstance(trial.expectation, Accept) or lacking_evidence_of(rule, trial):
            return False
        context.count(arm, trial.draft)
        return not context.effort.accepted_examples

    def _is_hidden(self, trial: Trial, minimal: Trial) -> bool:
        """Whether what the minimal request shows hides the rule's effects in each other request.

        Quick effort then sends none of the rule's own requests. Why is noted.
        """
        rule = self._context.rule
        if rule.on_effects is None or self._context.effort.accepted_examples:
            return False
        if not _hides(minimal, rule.id):
            return False
        return not self._evaluator.shows_effects(trial)

    def _is_unreadable(self, trial: Trial, minimal: Trial) -> bool:
        """Whether no success can be read, so that quick effort's own requests decide nothing.

        A refusal could be read, but the covering request was not refused. Why is noted.
        """
        context = self._context
        if context.effort.accepted_examples:
            return False
        if not (trial.is_unreadable_success and minimal.is_unreadable_success):
            return False
        judged = trial.attributed_to(context.rule.id)
        if isinstance(judged, Undecided):
            context.untested(judged.why, judged.hindrance)
        return isinstance(judged, Undecided)

    def report(self, covering: Draft) -> None:
        """Report a violation of the rule that the covering request shows and no other request."""
        context = self._context
        if context.record.own():
            return
        try:
            trial = context.covering(covering)
        except NotAvailable:
            return
        for violation in trial.violations:
            if violation.rule == context.rule.id and not self._evaluator.is_masked(
                violation, trial
            ):
                context.record.add(isolated(context, violation, trial))

    def keeps_batch(self, batch: Draft, own: Sequence[Draft]) -> None:
        """Keep a rule on mappings by a request with many mappings.

        If the target refuses it, or breaks by it what the rule depends on, the rule's ``own``
        requests decide. If it accepts each mapping by itself, the target breaks the rule on lists
        of mappings.
        """
        context = self._context
        try:
            trial, whole = context.covering(batch), context.create(batch)
        except NotAvailable:
            self._arms.keeps(own)
            return
        minimal = context.create(create_image())
        if self._is_unreadable(whole, minimal):
            return
        sent = context.workarounds.apply(batch)
        if self._is_unreadable(trial, minimal):
            own = [draft for draft in own if lost(sent, trial.draft, draft)]
            if own:
                self._arms.keeps(own)
            return
        if self._is_hidden(trial, minimal):
            return
        violated = {c.rule for c in trial.violations}
        if context.rule.on_effects is None and not context.effort.accepted_examples:
            known = {c.rule for c in minimal.violations} | context.session.deviating
            violated -= known - {context.rule.id}  # own requests show no more
        hidden = not violated.isdisjoint(observable_with(context.rule.id) - {context.rule.id})
        if not trial.accepted or hidden or context.rule.id in violated:
            self._arms.keeps(own)
        elif lacking := [draft for draft in own if lost(sent, trial.draft, draft)]:
            self._arms.keeps(lacking)
        if trial.accepted and not hidden and not context.record.own():
            self._arms.keeps((trial.draft,))
        if not whole.accepted and self._each_mapping_works(whole, trial):
            rule, shown = self._evaluator.broken_rule(whole, MAPPING_LIST)
            observed, due = shown.observed, expected_of(shown.expectation)
            context.record.add(
                context.deviation(
                    rule or MAPPING_LIST, Arm.KEEPS, shown, observed, due, scenario=True
                )
            )

    def _each_mapping_works(self, whole: Trial, composed: Trial) -> bool:
        """Whether the target refuses a batch and accepts each of its mappings by itself.

        Those that it accepts together, in the composed request, are not sent alone.
        """
        context = self._context
        kept = set(components(composed.draft)) if composed.accepted else set()
        return context.is_refused(whole) and all(
            context.create(alone).accepted for alone in components(whole.draft) if alone not in kept
        )


def _hides(minimal: Trial, rule_id: str) -> bool:
    """Whether the minimal request violates what masks each violation of a rule on effects."""
    rule, shown = CATALOGUE[rule_id], {c.rule for c in minimal.violations}
    needed = observable_with(rule_id)
    needed |= observable_with(rule.masked_by) if rule.masked_by else set()
    return rule.on_effects is not None and rule_id not in shown and not shown.isdisjoint(needed)


def _related(violated: str, rule_id: str) -> bool:
    """Whether a violation may be due to what a rule's own requests have.

    Mappings show in the image and in its snapshots.
    """
    families = {CATALOGUE[violated].family, CATALOGUE[rule_id].family}
    return len(families) == 1 or families == {"bdm", "st"}
