"""What a request of a property builds on: a target that fails that fails the request for it."""

from __future__ import annotations

from collections.abc import Callable, Collection

from conformance.engine.core.record import RuleDeviation
from conformance.engine.observation.trial import Trial
from conformance.engine.property.context import Context
from conformance.engine.property.known import is_kept
from conformance.engine.property.masks import Masks, answered_alike, arm_of_mask, masked_by
from conformance.engine.property.recognition import LIST_BASE, Recognition
from conformance.model import Arm
from conformance.model.attribution import LEAVE_NOTHING, Attributed, Undecided
from conformance.model.expectation import Accept, Reject
from conformance.model.feature import Feature, features_of
from conformance.model.observable import observable_with
from conformance.model.request import Draft, create_image
from reports.results import expected_of

_ROUND_TRIP = "name.roundtrip"
CLIENT_CLASS = "err.class.client"
"""The rule that a crash breaks where a client error is due."""
IN_USE = "InvalidAMIName.Duplicate"


class Requirements:
    """Judges a wrong answer by what else the target does with the request's parts."""

    def __init__(
        self,
        context: Context,
        masks: Masks,
        recognition: Recognition,
        violations: Callable[[Trial], list[RuleDeviation]],
        broken_rule: Callable[[Trial, str], tuple[str, Trial]],
    ) -> None:
        """``violations`` gives the deviations that a trial shows. ``broken_rule`` gives the rule
        that a request about another rule breaks, and the plainest such request."""
        self._context = context
        self._masks = masks
        self._recognition = recognition
        self._violations = violations
        self._broken_rule = broken_rule

    def given(
        self, judgement: Attributed, arm: Arm, trial: Trial, found: list[RuleDeviation]
    ) -> Attributed | Undecided:
        """The judgement, or Undecided if the target fails a requirement of the request.

        What the request that masks it shows is added to ``found``.
        """
        context = self._context
        if judgement.rule not in ("", context.rule.id, CLIENT_CLASS):
            return judgement
        if refused := self._recognition.refused(trial):
            return self._unrecognized(*refused, found)
        if self._takes_name_for_another(trial):
            return Undecided(masked_by(_ROUND_TRIP))
        if trial.code == IN_USE and (left := self._left_by_a_rejection(trial)):
            return Undecided(masked_by(left))
        for draft, rule_id in self._masks.requirements(trial.draft):
            if self._is_met(draft, rule_id):
                continue
            if (plain := context.answer_if_available(draft)) is None:
                continue
            if isinstance(plain.expectation, Reject):
                if answered_alike(plain, trial) and (mask := self._broken(plain, rule_id, found)):
                    return mask
                continue
            if not plain.conforms:
                alike = answered_alike(plain, trial)
                if not alike and self._masks.is_refuted(draft, trial.draft):
                    continue
                return self._broken(plain, rule_id, found) or Undecided(
                    f"inconclusive: the request that keeps {rule_id} was not decided"
                )
            if arm is Arm.BREAKS and judgement.rule and trial.accepted:
                violated = {each.rule for each in context.create(draft).violations}
                if rule_id not in violated and self._is_done(draft, rule_id):
                    continue
                seen = self._violations(context.create(draft))
                blockers = observable_with(rule_id) | {LIST_BASE}
                if ignored := [each for each in seen if each.rule in blockers]:
                    found += seen
                    return Undecided(masked_by(ignored[0].rule))
        own = self._own_feature(trial.draft)
        if not judgement.rule and trial.persists and own:
            return Attributed(context.rule.id)
        due = isinstance(trial.expectation, Accept) and context.rule.on_effects is not None
        if due and not judgement.rule and self._is_of_one_parameter(trial.draft):
            return Attributed(context.rule.id)
        if judgement.rule == CLIENT_CLASS and own:
            plain = context.answer_if_available(own.plain)
            if plain is not None and plain.persists and isinstance(plain.expectation, Accept):
                why = "the target crashes on the request that keeps the rule"
                return Undecided(f"inconclusive: {why}; {plain.summary}")
        return judgement

    def _is_met(self, draft: Draft, rule_id: str) -> bool:
        """Whether other requests show that the target does what a draft not yet sent asks for."""
        if self._context.is_sent(draft):
            return False
        return self._is_done(draft, rule_id, observable_with(rule_id) | {LIST_BASE})

    def _is_done(self, draft: Draft, rule_id: str, blockers: Collection[str] = ()) -> bool:
        """Whether a request shows that the target does what the plain draft of a feature asks.

        Then it does not ignore that, whatever else is wrong.
        """
        return any(
            is_kept(self._context, feature, blockers)
            for feature in self._context.session.features
            if feature.plain == draft and feature.rule == rule_id
        )

    def _is_of_one_parameter(self, draft: Draft) -> bool:
        """Whether a draft has one parameter beside the minimal ones, which the target takes with
        another value: then it refuses the value, of which the property's rule speaks."""
        found = list(features_of(draft, self._context.session.features))
        own = [name for name, _ in draft.params if name not in dict(create_image().params)]
        return len(own) == 1 and 0 < len(found) <= 2 and found[-1].plain != draft

    def _broken(self, plain: Trial, rule_id: str, found: list[RuleDeviation]) -> Undecided | None:
        """The reason that a request gives which breaks its rule, or whichever rule it breaks."""
        rule, plain = self._broken_rule(plain, rule_id)
        if not rule:
            return None
        side = arm_of_mask(plain, rule, rule_id)
        observed, due = plain.observed, expected_of(plain.expectation)
        found.append(self._context.deviation(rule, side, plain, observed, due))
        return Undecided(masked_by(rule))

    def _unrecognized(
        self, rule: str, plain: Trial, found: list[RuleDeviation]
    ) -> Attributed | Undecided:
        """The judgement of a request with a parameter that the target does not recognize."""
        context = self._context
        if rule == context.rule.id:
            return Attributed(rule)
        observed, due = plain.observed, expected_of(plain.expectation)
        found.append(context.deviation(rule, Arm.KEEPS, plain, observed, due))
        return Undecided(masked_by(rule))

    def _takes_name_for_another(self, trial: Trial) -> bool:
        """Whether a free name is refused as in use by a target that keeps other names than sent."""
        if not isinstance(trial.expectation, Accept) or trial.code != IN_USE:
            return False
        return any(self._context.session.violating(_ROUND_TRIP))

    def _left_by_a_rejection(self, trial: Trial) -> str:
        """The rule that a rejected request of the same name broke by leaving something, or nothing.

        The target may then have its name in use.
        """
        session, name = self._context.session, trial.request.name or ""
        others = (each for each in session.trials() if each.draft != trial.draft)
        if not any((each.request.name or "") == name and not each.accepted for each in others):
            return ""
        session.rejections.check()
        self._context.record_leaks()
        return next((rule for rule in LEAVE_NOTHING if rule in session.deviating), "")

    def _own_feature(self, draft: Draft) -> Feature | None:
        """The feature of the property's rule, if the draft has it."""
        own = self._context.rule.id
        features = features_of(draft, self._context.session.features)
        return next((feature for feature in features if feature.rule == own), None)
