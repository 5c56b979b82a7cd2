"""The verbs of a property: they send drafts, and decide about its rule.

A story is a function over eight verbs: ``keeps``, ``breaks``, ``control`` and ``observe`` send
drafts; ``send`` sends one and returns its trial; ``check`` decides, ``skip`` gives a reason, and
``is_masked`` asks whether another rule stands before this one. The other methods serve the steps of
``spec`` and of the suite. ``sender`` has the verbs that send. ``recorder`` fills the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from conformance.engine.core.effort import Effort
from conformance.engine.core.record import Cost, Record
from conformance.engine.observation.trial import Trial
from conformance.engine.property.context import arm_of
from conformance.engine.property.generate import Generation
from conformance.engine.property.masks import UNIQUE_ID, answered_alike, masked_by
from conformance.engine.property.sender import Sender
from conformance.engine.property.session_parts import SessionParts
from conformance.engine.scenarios.scenario import Scenario
from conformance.model import CATALOGUE, Arm
from conformance.model.attribution import Attributed, Decided, Undecided
from conformance.model.expectation import Accept
from conformance.model.history import Created, Ended
from conformance.model.judge import history_findings
from conformance.model.request import Draft
from conformance.model.rule import Decides, Lacks, Violates
from reports.results import Observed, expected_of


class Exercise(Sender):
    """One property at work on its rule, against the target of a session."""

    def __init__(
        self, rule_id: str, parts: SessionParts, effort: Effort, generation: Generation
    ) -> None:
        super().__init__(rule_id, parts, effort, generation)
        self._before = self._cost()

    def check(
        self,
        arm: Arm,
        trial: Trial | None = None,
        observed: str | Observed | None = None,
        *,
        rule: str | None = None,
        before: Iterable[Trial] = (),
        unless_as: Mapping[str, Draft] = MappingProxyType({}),
        times: int = 1,
    ) -> None:
        """Decide an arm: by a trial's outcome, or by what its scenario has shown.

        Without a trial, that many requests (``times``) kept the rule. ``observed`` contradicts the
        rule, or another one. ``before`` are the requests that come first. A request in
        ``unless_as``, by the rule that it breaks, masks the rule if it is answered as wrongly.
        """
        if trial is None:
            self._decided(arm, times)
        elif isinstance(observed, str) and self._is_of_a_reused_id(trial.image_id, rule):
            self.skip(masked_by(UNIQUE_ID))
        elif observed is not None:
            self._deviates(arm, trial, observed, None, rule, before)
        else:
            self._judge(arm, trial, before, unless_as)

    def _is_of_a_reused_id(self, image_id: str | None, rule_id: str | None = None) -> bool:
        """Whether answers to several requests named an image, so that it is of none of them."""
        is_about_it = (rule_id or self.rule.id) == UNIQUE_ID
        return image_id in self.session.registry.reused and not is_about_it

    def _judge(
        self, arm: Arm, trial: Trial, before: Iterable[Trial], unless_as: Mapping[str, Draft]
    ) -> None:
        """Judge a trial of a scenario by the property's rule."""
        due = trial.expectation
        for rule_id, draft in unless_as.items():
            if answered_alike(plain := self.send(draft), trial):
                self._masked(plain, rule_id)
                return
        match trial.attributed_to(self.rule.id):
            case Decided():
                self._decided(arm)
            case Undecided(why):
                self.skip(why)
            case Attributed(rule_id):
                rule_id, trial = self.broken_rule(trial, rule_id)
                if rule_id == self.rule.id:
                    self._decided(arm)
                else:
                    self.skip(f"not decided: see {rule_id}")
                side = arm if rule_id == self.rule.id else Arm.KEEPS
                observed = trial.observed
                self._deviates(side, trial, observed, expected_of(due), rule_id, before)

    def is_masked(self, draft: Draft, rule_id: str, *, accepted: bool) -> bool:
        """Whether a draft of another rule is answered wrongly, so that it masks this rule.

        ``accepted``: that rule wants the draft accepted. The reason is recorded.
        """
        trial = self.send(draft)
        if trial.accepted is accepted and not trial.is_unreadable_success:
            return False
        self._masked(trial, rule_id)
        return True

    def check_effects(self, trial: Trial) -> None:
        """Record the violations that a trial's answer and effects show."""
        for deviation in self._evaluator.violations(trial):
            self.record.add(deviation)

    def check_answers(self) -> None:
        """Check the answers of the whole session for violations of the property's rule.

        Some answers are wrong only now and then. A rejected request may be rejected for a reason
        of its own (a signature, for instance), so only rightly accepted requests count.
        """
        if self.rule.on_answer is None or self.record.own():
            return
        for trial, violation in self.session.violating(self.rule.id):
            conforming = trial.accepted and isinstance(trial.expectation, Accept)
            if conforming and not self._evaluator.is_masked(violation, trial):
                arm, observed = arm_of(violation, trial), violation.observed
                self.record.add(self._context.deviation(self.rule.id, arm, trial, observed))
                return

    def check_distinct(self, element: str, *drafts: Draft) -> None:
        """Check that no two answers have the same text in an element of the root.

        The rule is not decided by fewer than two answers with the element.
        """
        shown: dict[str, Trial] = {}
        answers = 0
        for trial in filter(None, map(self._sent, drafts)):
            root = trial.answer.root if trial.answer else None
            if root is None or not (text := root.value(element)):
                continue
            answers += 1
            if (first := shown.setdefault(text, trial)) is not trial:
                observed = f"two answers have the same {element}"
                self._deviates(Arm.KEEPS, trial, observed, before=(first,))
                return
        if answers < 2:
            self.record.keeps = 0
            self.skip(self._why_hidden(element, drafts))

    def _why_hidden(self, element: str, drafts: Iterable[Draft]) -> str:
        for trial in filter(None, map(self._sent, drafts)):
            for violation in trial.violations:
                if CATALOGUE[violation.rule].on_answer:
                    return masked_by(violation.rule)
        return f"inconclusive: fewer than two answers show {element}"

    def leaves_nothing(self, arm: Arm) -> None:
        """Decide an arm if no rejected request so far left an orphan, and the images show that."""
        rejections = self.session.rejections
        if rejections.orphans([]):
            return
        if rejections.unread:
            self.skip(rejections.unread)
        else:
            self._decided(arm)

    def check_rejections(self) -> None:
        """Check the rejected requests so far for orphans."""
        self.session.rejections.check()
        self._context.record_leaks()

    def verifies_signatures(self) -> bool:
        """Whether the target refuses a request with a wrong signature."""
        return self.session.binder.verifies_signatures()

    def check_history(
        self, scenario: Scenario, given: Callable[[Exercise], bool] | None = None
    ) -> None:
        """Judge the rule by the history of a scenario. Raises NotAvailable.

        ``given`` is asked before a violation counts, and records why it does not.
        """
        history = self.scenarios.history(scenario)
        created, ended = history.last(Created), history.last(Ended)
        if created is not None and self._is_of_a_reused_id(created.image_id):
            self.skip(masked_by(UNIQUE_ID))
            return
        if created is not None and created.image_id is None:
            trial = self.scenarios.trial(scenario, created)
            mask = self.parts.workarounds.mask_of(trial)
            mask = mask or next((each.rule for each in trial.violations), "")
            if mask not in ("", self.rule.id):
                self.skip(masked_by(mask))
                return
        findings = list(history_findings(self.rule.id, history))
        violated = {each.arm for each in findings if isinstance(each, Violates)}
        if violated and given is not None and not given(self):
            findings = [each for each in findings if getattr(each, "arm", None) not in violated]
        for finding in findings:
            match finding:
                case Decides(arm):
                    self._decided(arm)
                case Lacks(why):
                    self.skip(why, ended.hindrance if ended and ended.why == why else None)
                case Violates(arm, observed, created):
                    trial = self.scenarios.trial(scenario, created)
                    self._deviates(arm, trial, observed)

    def close(self) -> Record:
        """The record with what the property cost, and with nothing that names the account."""
        self._context.record_leaks()
        self.record.cost = self._cost() - self._before
        self.record.waits = self.session.patience.take_waits()
        instances = self.session.instances
        return self.record.without(instances.account).without(instances.owner)

    def _cost(self) -> Cost:
        session = self.session
        return Cost(
            session.api.requests,
            session.client.guard.create_image_requests,
            session.registry.created,
            session.client.guard.retried,
            tuple(session.client.guard.answers),
        )
