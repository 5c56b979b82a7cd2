"""Evaluates one draft: what it decides about the property's rule, and which rules it violates."""

from __future__ import annotations

from conformance.engine.core.record import RuleDeviation
from conformance.engine.execution.crashes import Masked
from conformance.engine.observation.trial import Trial
from conformance.engine.property.context import Context
from conformance.engine.property.isolate import isolated
from conformance.engine.property.known import is_accepted, is_kept, is_read
from conformance.engine.property.masks import Masks, masked_by
from conformance.engine.property.recognition import LIST_BASE, Recognition
from conformance.engine.property.requirements import Requirements
from conformance.engine.property.verb import lost_by_get
from conformance.model import Arm, Kind, Rule
from conformance.model.attribution import Attributed, Decided, Undecided
from conformance.model.expectation import Accept, Either, Expectation, Reject
from conformance.model.feature import features_of, required_features
from conformance.model.judge import Violation, judge, lacking_evidence
from conformance.model.observable import observable_with
from conformance.model.request import Draft, Placeholder, create_image
from reports.results import expected_of

_EXISTS = "st.image.exists"
UNSHOWN = "the target does not show the size or the encryption of a volume or snapshot"


class Evaluator:
    """Evaluates drafts for one property."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._masks = Masks(context)
        self._recognition = Recognition(context)
        self._requirements = Requirements(
            context, self._masks, self._recognition, self.violations, self.broken_rule
        )

    def evaluate(self, arm: Arm, draft: Draft, *, control: bool = False) -> list[RuleDeviation]:
        """Send a draft. The deviations that it shows, from the property's rule and from others.

        A ``control`` is judged by other rules alone. Raises NotAvailable.
        """
        context = self._context
        rule = context.rule
        try:
            trial = context.create(draft)
        except Masked as masked:
            return self._masked(arm, masked)
        if arm is Arm.BREAKS and not control:
            trial = self._plainest(draft, trial)
        due = trial.expectation
        found = self.violations(trial)
        context.note_rejected(trial)
        own = "" if control or rule.kind is not Kind.REQUEST else rule.id
        if own and not self._meets_its_arm(arm, trial):
            return found
        judgement = trial.attributed_to(own)
        if isinstance(judgement, Attributed):
            if own:
                judgement = context.workarounds.excuses(own, judgement, trial)
            if isinstance(judgement, Attributed):
                wrong = judgement.rule == rule.id
                judgement = self._requirements.given(judgement, arm, trial, found)
                if wrong and isinstance(judgement, Undecided):
                    context.masked(judgement.why)
                    return found
        match judgement:
            case Decided():
                if self.shows_effects(trial):
                    context.count(arm, draft)
            case Undecided(why, hindrance):
                context.untested(why, hindrance)
            case Attributed(""):
                context.untested(self._why_no_control(trial))
            case Attributed(rule_id):
                if rule_id == rule.id:
                    context.count(arm, draft)
                else:
                    context.untested(f"not decided: see {rule_id}")
                side = arm if rule_id == own else Arm.KEEPS
                observed = trial.observed
                found.append(context.deviation(rule_id, side, trial, observed, expected_of(due)))
        return found

    def _why_no_control(self, control: Trial) -> str:
        """Why a control that was answered wrongly decides nothing."""
        broken = self.spoken_against(control)
        named = broken not in ("", self._context.rule.id)
        if named and isinstance(control.expectation, Accept):
            return masked_by(broken)
        why = f"inconclusive: a control was answered wrongly; {control.summary}"
        return f"{why}; it speaks against {broken}" if named else why

    def _plainest(self, draft: Draft, trial: Trial) -> Trial:
        """The trial of a draft without the workaround, if that is rejected for another reason.

        What a workaround adds can allow more error codes.
        """
        context = self._context
        if trial.draft == draft or trial.accepted or not trial.conforms:
            return trial
        plain = context.session.create(draft)
        return trial if context.workarounds.is_refused_alike(plain) else plain

    def _masked(self, arm: Arm, masked: Masked) -> list[RuleDeviation]:
        """The deviation that the minimal request of a masking feature shows."""
        context, rule_id = self._context, masked.feature.rule
        if blocked := context.workarounds.blocked:
            context.untested(masked_by(blocked))
            return []
        plain = context.create(masked.feature.plain)
        if rule_id == context.rule.id:
            context.count(arm, plain.draft)
        else:
            context.untested(str(masked))
        observed, due = plain.observed, expected_of(plain.expectation)
        return [context.deviation(rule_id, Arm.KEEPS, plain, observed, due)]

    def violations(self, trial: Trial) -> list[RuleDeviation]:
        """The deviations that the answer and the effects of a trial show."""
        context, found = self._context, []
        if trial.violations and trial.accepted and lacks_its_device(trial):
            context.untested("inconclusive: an earlier request has taken a volume of the instance")
            return []
        if trial.violations and (lost := lost_by_get(context, trial)):
            return [lost]
        for violation in trial.violations:
            if mask := self._masks.mask_of(violation.rule, trial):
                found.append(context.violation_deviation(mask.violation, mask.trial))
            else:
                found.append(isolated(context, violation, trial))
        return found

    def mask_of(self, trial: Trial, rule_id: str) -> str:
        """The broken rule that explains a wrong answer or effect of a rule's request, or nothing.

        It may be the rule itself.
        """
        if not trial.accepted:
            features = self._context.session.features
            of_answers = any(each.rule == rule_id for each in features)
            return self.broken_rule(trial, rule_id)[0] if of_answers else self.spoken_against(trial)
        if mask := self._masks.mask_of(rule_id, trial):
            return mask.violation.rule
        return rule_id if any(c.rule == rule_id for c in trial.violations) else ""

    def spoken_against(self, trial: Trial) -> str:
        """The rule that a wrong answer speaks against, whichever property asks, or nothing."""
        due = trial.expectation
        if isinstance(due, Reject):
            return self.broken_rule(trial, due.rules[0])[0]
        if not isinstance(due, Accept):
            return ""
        *_, last = features_of(trial.draft, self._context.session.features)
        rule, shown = self.broken_rule(trial, last.rule)
        if rule == last.rule and shown.draft == trial.draft != last.plain:
            alone = self._context.create_if_available(last.plain)
            if alone is not None and alone.conforms:
                return ""  # the request combines it with something else
        return rule

    def ignored(self, draft: Draft, rule_id: str) -> str:
        """The rule that shows that the target ignores what a draft of a rule builds on, or nothing.

        The target may then ignore what is wrong with the draft as well.
        """
        session = self._context.session
        for feature in required_features(draft, rule_id, session.features):
            works = feature.rule not in session.deviating and is_kept(self._context, feature)
            if feature.plain == create_image() or works:
                continue
            plain = self._context.create_if_available(feature.plain)
            if plain is not None and plain.accepted:
                blockers = observable_with(feature.rule) | {LIST_BASE}
                seen = (each.rule for each in self.violations(plain))
                if mask := next((each for each in seen if each in blockers), ""):
                    return mask
        return ""

    def is_masked(self, violation: Violation, trial: Trial) -> bool:
        """Whether the target breaks a rule that this violation of a trial depends on."""
        return self._masks.mask_of(violation.rule, trial) is not None

    def broken_rule(self, trial: Trial, rule_id: str) -> tuple[str, Trial]:
        """The rule that a request about ``rule_id`` breaks, and the plainest such request.

        An empty rule: the request breaks none.
        """
        if refused := self._recognition.refused(trial):
            return refused
        workarounds = self._context.workarounds
        if (mask := workarounds.mask_of(trial)) and workarounds.minimal is not None:
            return mask, workarounds.minimal
        broken = trial.attributed_to(rule_id)
        if not isinstance(broken, Attributed):
            return "", trial
        context = self._context
        for feature in required_features(trial.draft, rule_id, context.session.features):
            if not context.is_sent(feature.plain) and is_accepted(context, feature):
                continue
            plain = context.answer_if_available(feature.plain)
            if plain is not None and isinstance(plain.attributed_to(feature.rule), Attributed):
                return self.broken_rule(plain, feature.rule)
        return broken.rule, trial

    def shows_effects(self, trial: Trial) -> bool:
        """Whether an accepted trial shows what a rule on effects speaks of; else why is noted."""
        context = self._context
        rule = context.rule
        if rule.on_effects is None or not trial.accepted:
            return True
        violated = any(c.rule == rule.id for c in trial.violations)
        if mask := self._masks.mask_of(rule.id, trial):
            note = context.masked if violated else context.untested
            note(str(mask))
            return False
        if not violated and (ignored := self._unread(trial.draft)):
            context.masked(masked_by(ignored))
        if not violated and (lacking := lacking_evidence_of(rule, trial)):
            hindrance = trial.effects.hindrance if trial.effects else None
            context.untested(lacking, hindrance)
            return False
        return True

    def _unread(self, draft: Draft) -> str:
        """The rule of a feature of a draft that the target ignores, or nothing.

        A rule apart from the feature's effects is kept by a target that ignores the feature.
        """
        context = self._context
        for feature in features_of(draft, context.session.features):
            if context.rule.id in feature.apart and context.is_sent(feature.plain):
                violated = {each.rule for each in context.create(feature.plain).violations}
                if feature.rule in violated and not is_read(context, feature):
                    return feature.rule
        return ""

    def _meets_its_arm(self, arm: Arm, trial: Trial) -> bool:
        """Whether the request's expectation is the one of its arm.

        It is not if the endpoint changed its state (a volume is gone), or if the property sends a
        request that violates a second rule.
        """
        context, due = self._context, trial.expectation
        if isinstance(due, Either) and self._breaks(judge(trial.request, trial.before.if_shown())):
            context.untested(f"inconclusive: {UNSHOWN}; {trial.summary}")
            return False
        if arm is Arm.KEEPS:
            meets = isinstance(due, Accept)
        else:
            meets = isinstance(due, Either) or self._breaks(due)
        if not meets and self._lost_its_name(arm, trial):
            context.untested(masked_by(_EXISTS))
        elif not meets:
            others = ", ".join(id for id in due.rules if id != context.rule.id)
            own = "keeps" if arm is Arm.BREAKS else "breaks"
            why = f"also concerns {others}" if others else f"{own} the rule in the target's state"
            context.untested(f"inconclusive: a request {why}; {trial.summary}")
        return meets

    def _lost_its_name(self, arm: Arm, trial: Trial) -> bool:
        """Whether a name in use is free, as the target shows an image no more that had it."""
        named = ("Name", Placeholder.USED_NAME) in trial.draft.params
        free = arm is Arm.BREAKS and named and isinstance(trial.expectation, Accept)
        return free and _EXISTS in self._context.session.deviating

    def _breaks(self, due: Expectation) -> bool:
        """Whether the property's rule is one of those for which a request must be rejected."""
        return isinstance(due, Reject) and self._context.rule.id in due.rules


def lacks_its_device(trial: Trial) -> bool:
    """Whether a request changes a device that its source instance has lost before."""
    source = trial.before.instances.get(trial.request.instance_id or "")
    if source is None or not source.volumes:
        return False
    attached = {volume.device for volume in source.volumes}
    asked = dict(trial.request.params)
    return any(
        isinstance(value, Placeholder) and asked[name] not in attached
        for name, value in trial.draft.params
        if name.endswith(".DeviceName")
    )


def lacking_evidence_of(rule: Rule, trial: Trial) -> str | None:
    """Why an accepted trial shows nothing that could contradict the rule, or None if it does."""
    if rule.on_effects is None or not trial.accepted:
        return None
    if trial.effects is None:
        return "inconclusive: the effects of the request were not observed"
    return lacking_evidence(rule, trial.request, trial.before, trial.effects)
