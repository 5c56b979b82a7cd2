"""An exercise: one property's work on its rule. Both arms, stories, the record."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from hypothesis.strategies import SearchStrategy

from conformance.engine.core.effort import Effort
from conformance.engine.core.record import Cost, Record, RuleDeviation
from conformance.engine.execution.session import Session
from conformance.engine.execution.workarounds import Workarounds
from conformance.engine.observation.orphans import Orphan
from conformance.engine.observation.trial import Trial
from conformance.engine.property import leaks
from conformance.engine.property.draw import Drawing
from conformance.engine.property.evaluate import LIST, Evaluator
from conformance.engine.property.shrink import parts, reduced
from conformance.engine.property.stateful import SequenceTest
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.scenarios.cache import ScenarioCache
from conformance.model import Arm
from conformance.model.answer import Rejected
from conformance.model.attribution import Attributed, Decided, Undecided, attribute
from conformance.model.expectation import Accept
from conformance.model.request import Draft, create_image
from reports.results import (
    Expected,
    Observation,
    Observed,
    expected_of,
    form_of,
    observed_effect,
    observed_of,
)


class Exercise(Evaluator):
    """What a property in the suite works with."""

    def __init__(
        self,
        rule_id: str,
        session: Session,
        workarounds: Workarounds,
        effort: Effort,
        seed: int,
        drawing: Drawing | None = None,
    ) -> None:
        super().__init__(rule_id, session, workarounds, effort, drawing or Drawing(seed))
        self.seed = self.drawing.seed
        session.check_rejections = self.check_rejections
        self._before = self._cost()

    @property
    def scenarios(self) -> ScenarioCache:
        """The scenarios of the session."""
        return ScenarioCache.of(self.session)

    def sequences(self, rejections: Sequence[Draft]) -> SequenceTest:
        """The stateful test of the session; ``rejections`` are what its sequences have refused."""
        return SequenceTest.of(self.session, rejections)

    def keeps(self, *always: Draft, drawn: SearchStrategy[Draft] | None = None) -> None:
        """Requests that keep the rule: these always, and more that are drawn."""
        self._arm(Arm.KEEPS, always, drawn, self.effort.accepted_examples)

    def breaks(self, *always: Draft, drawn: SearchStrategy[Draft] | None = None) -> None:
        """Requests that break the rule: these always, and more that are drawn."""
        self._arm(Arm.BREAKS, always, drawn, self.effort.rejected_examples)

    def keeps_in(
        self, cover: Draft, *own: Draft, drawn: SearchStrategy[Draft] | None = None
    ) -> None:
        """As :meth:`keeps`, by a ``cover`` that keeps many rules at once, for each makes an image.

        Where anything is wrong with that one, the rule's ``own`` requests decide; from standard
        effort on they are sent all the same.
        """
        if self.covered(cover):
            own = ()
        self._arm(Arm.KEEPS, own, drawn, self.effort.accepted_examples)
        self._see_combined(cover)

    def control_in(self, cover: Draft, *own: Draft) -> None:
        """As :meth:`control_any`, by a cover where nothing is wrong with it."""
        if not self.covered(cover, Arm.BREAKS):
            self.control_any(*own)

    def keeps_among(self, cover: Draft, batch: Draft, *alone: Draft) -> None:
        """As :meth:`keeps_in`, of mappings, which keep rules of their own.

        Next after the cover comes a crowd of mappings. Where that is refused, those that keep
        this rule ``alone`` decide; and where each of its mappings is accepted alone, that they
        come in a list is what the endpoint cannot do.
        """
        if not self.covered(cover):
            self._keeps_among(batch, alone)
        self._see_combined(cover)

    def _keeps_among(self, batch: Draft, alone: Sequence[Draft]) -> None:
        try:
            trial = self._create(batch)
        except NotAvailable:
            self.keeps(*alone)
            return
        wrong = self.rule.id in {c.rule for c in trial.violations}
        if not trial.accepted or wrong:
            self.keeps(*alone)
        if trial.accepted:
            if not self.record.own():
                self.keeps(batch)
            return
        if self._is_refused(trial) and all(self._create(p).accepted for p in parts(batch)):
            due = trial.expectation
            seen = observed_of(trial.outcome)
            self.deviates(Arm.KEEPS, trial, seen, expected_of(due), rule=LIST)

    def covered(self, cover: Draft, arm: Arm = Arm.KEEPS) -> bool:
        """Whether a cover does in the place of a rule's own requests: it is accepted and does
        nothing wrong that the plainest request does not do. It counts then."""
        if self._workarounds.refused_for(self.rule.id):
            return False
        try:
            trial, minimal = self._create(cover), self._create(create_image())
        except NotAvailable:
            return False
        broken = {c.rule for c in trial.violations}
        news = broken - {c.rule for c in minimal.violations}
        needed = {self.rule.id, "st.image.exists", *self.rule.requires}
        if not trial.accepted or news or broken & needed:
            return False
        if not isinstance(trial.expectation, Accept):
            return False
        self._count(arm, cover)
        return not self.effort.accepted_examples

    def combines(self, *always: Draft, drawn: SearchStrategy[Draft]) -> None:
        """What is accepted in requests of their own is so in one request too.

        These are put together always, and more that are drawn from standard effort on. What a
        part does wrong alone is not the combination's fault: it is left out.
        """
        for draft in always:
            for finding in self._combined(draft):
                self.record.add(finding)
        if self.effort.accepted_examples or self.drawing.examples:
            self._explored(
                "combined", self._combined, drawn, self.effort.accepted_examples, together=True
            )

    def _combined(self, draft: Draft) -> list[RuleDeviation]:
        if (trial := self.trial_if_any(draft)) is None or not isinstance(trial.expectation, Accept):
            return []
        minimal = {c.rule for c in self._create(create_image()).violations}
        news = [c for c in trial.violations if c.rule not in minimal]
        refused = self._is_refused(trial)
        if not news and not refused:
            return []
        pieces = [self.trial_if_any(piece) for piece in parts(draft)]
        if not all(p and p.accepted and {c.rule for c in p.violations} <= minimal for p in pieces):
            self.untested("a part of a combined request is not accepted alone, or wrong alone")
            return []
        if refused:
            trial = reduced(draft, trial, self._refused_alike(trial), self.effort.max_shrinks)
            seen, due = observed_of(trial.outcome), expected_of(trial.expectation)
            return [self._finding(self.rule.id, Arm.KEEPS, trial, seen, due)]
        return [self._smallest(violation, trial) for violation in news]

    def _refused_alike(self, trial: Trial) -> Callable[[Draft], Trial | None]:
        """The trial of a draft that is refused with the same code, and should not be."""
        code = getattr(trial.outcome, "code", "")

        def shows(draft: Draft) -> Trial | None:
            smaller = self.trial_if_any(draft)
            if smaller is None or not isinstance(smaller.expectation, Accept):
                return None
            same = getattr(smaller.outcome, "code", "") == code
            return smaller if same and self._is_refused(smaller) else None

        return shows

    def _is_refused(self, trial: Trial) -> bool:
        """Whether a good request was refused by the endpoint: not by a quota or the account, nor
        by a server error, which say nothing of what may be combined."""
        violated = {c.rule for c in trial.violations}
        refused = isinstance(trial.outcome, Rejected)
        judgement = attribute(trial.expectation, trial.outcome, self.rule.id, violated)
        return refused and isinstance(judgement, Attributed)

    def _see_combined(self, cover: Draft) -> None:
        """What a cover shows and none of the rule's own requests does."""
        if self.record.own():
            return
        if (trial := self.trial_if_any(cover)) is None:
            return
        for violation in trial.violations:
            if violation.rule == self.rule.id and not self._is_hidden(violation):
                self.record.add(self._violated(violation, trial))

    def check_answers(self) -> None:
        """What is wrong with answers now and then: with some that other properties have had.

        Only with those to requests that were rightly accepted. What came of others may be for
        somebody else to tell: of a signature that is not understood, for instance.
        """
        if self.rule.on_answer is None or self.record.own():
            return
        for trial, violation in self.session.violating(self.rule.id):
            good = trial.accepted and isinstance(trial.expectation, Accept)
            if good and not self._is_hidden(violation):
                arm = self._arm_of(violation, trial)
                self.record.add(self._finding(self.rule.id, arm, trial, violation.observed))
                return

    def keeps_if(self, carrier: Draft, rule_id: str, *drafts: Draft) -> None:
        """As :meth:`keeps`, where ``carrier`` is accepted; whether it is, is rule ``rule_id``'s."""
        if self._create(carrier).accepted:
            self.keeps(*drafts)
        else:
            self.untested(f"hidden by {rule_id}, which the target breaks")

    def rests_on(self, carrier: Draft, rule_id: str) -> None:
        """This rule's requests have what ``carrier`` has, and rule ``rule_id`` speaks of that.

        Where the carrier is refused already a refusal of theirs is that rule's; and where an
        endpoint ignores what the carrier has, it ignores what is wrong with it as well.
        """
        self._carriers.append((carrier, rule_id))

    def control(self, *drafts: Draft) -> None:
        """The other side of a permission or a promise, which other rules decide.

        It counts for the ``breaks`` arm when it is answered as it should be; when it is not, that
        is told by the property whose rule it is.
        """
        self._arm(Arm.BREAKS, drafts, None, 0, control=True)

    def control_any(self, *drafts: Draft) -> None:
        """As :meth:`control`, with the first of several that is answered as it should be.

        For promises about what comes after a success: any refused request shows their other side,
        and which of them an endpoint refuses is for others to say.
        """
        before, reasons = self.record.breaks, len(self.record.untested)
        for draft in drafts:
            try:
                self._arm(Arm.BREAKS, (draft,), None, 0, control=True)
            except NotAvailable:
                continue
            if self.record.breaks > before:
                del self.record.untested[reasons:]
                return

    def observe(self, *drafts: Draft) -> None:
        """Requests about which the documents are silent: what came back is written down."""
        for draft in drafts:
            try:
                trial = self._create(draft)
            except NotAvailable as why:
                self.untested(str(why))
                continue
            self.observed(trial)
            self._note_refused(trial)

    def observe_among(self, batch: Draft, *drafts: Draft) -> None:
        """As :meth:`observe`; at quick one request that has much else unsaid does, if accepted."""
        if not self.effort.accepted_examples:
            with contextlib.suppress(NotAvailable):
                trial = self._create(batch)
                if trial.accepted:
                    self.observed(trial)
                    return
                self._note_refused(trial)
        self.observe(*drafts)

    def more(self, *drafts: Draft) -> Sequence[Draft]:
        """Drafts to try beside those that are always tried: none at quick."""
        return drafts if self.effort.accepted_examples else ()

    def some_of(self, drafts: Sequence[Draft], most: int) -> Sequence[Draft]:
        """Of a long list of requests to refuse so many at quick, others with another seed."""
        if self.effort.accepted_examples or len(drafts) <= most:
            return drafts
        return random.Random(f"{self.seed} {self.rule.id}").sample(drafts, most)

    def sample(self, drafts: Sequence[Draft]) -> Sequence[Draft]:
        """What to observe with: at quick the first draft, for each may make an image."""
        return drafts[:1] if not self.effort.accepted_examples else drafts

    def observed(self, trial: Trial, seen: str | None = None) -> None:
        """Write down what a request about the rule was answered, or what was seen after it."""
        came_back = observed_of(trial.outcome) if seen is None else observed_effect(seen)
        self.record.observations.append(
            Observation(self.rule.id, trial.request.params, came_back, form_of(trial.request))
        )

    def trial(self, draft: Draft) -> Trial:
        """A trial for a story to go on from. Raises NotAvailable."""
        return self._create(draft)

    def see(self, trial: Trial) -> None:
        """Record what a trial's answer and effects contradict."""
        for violation in trial.violations:
            if not self._is_hidden(violation):
                self.record.add(self._violated(violation, trial))

    def accepted(self, draft: Draft) -> Trial | None:
        """A trial that was accepted, or None, with the reason noted."""
        trial = self._create(draft)
        if not trial.accepted:
            self.untested("the request it begins with was not accepted")
            return None
        return trial

    def weigh(self, arm: Arm, trial: Trial, before: Iterable[Trial] = ()) -> None:
        """Judge a story's trial as if its request were about the property's rule alone.

        ``before`` are the requests that have to come first.
        """
        due = trial.expectation
        violated = {c.rule for c in trial.violations}
        match attribute(due, trial.outcome, self.rule.id, violated):
            case Decided():
                self.decided(arm)
            case Undecided(why):
                self.untested(why)
            case Attributed(rule_id):
                if rule_id == self.rule.id:
                    self.decided(arm)
                else:
                    self.untested(f"not decided: see {rule_id}")
                side = arm if rule_id == self.rule.id else Arm.KEEPS
                observed = observed_of(trial.outcome)
                self.deviates(side, trial, observed, expected_of(due), rule_id, before)

    def deviates(
        self,
        arm: Arm,
        trial: Trial,
        seen: str | Observed,
        expected: str | Expected | None = None,
        rule: str | None = None,
        before: Iterable[Trial] = (),
    ) -> None:
        """A story saw its rule broken. ``before`` are the requests that have to come first."""
        rule_id = rule or self.rule.id
        self.record.add(self._finding(rule_id, arm, trial, seen, expected, before, story=True))

    def told_apart(self, element: str, first: Draft, second: Draft) -> None:
        """Two answers have to differ in the text of an element directly inside the root."""
        trials = [self._create(draft) for draft in (first, second)]
        texts = [t.answer.root.value(element) for t in trials if t.answer and t.answer.root]
        if len(texts) == 2 and texts[0] and texts[0] == texts[1]:
            seen = f"two answers have the same {element}"
            self.deviates(Arm.KEEPS, trials[1], seen, before=trials[:1])

    def masked_by(self, draft: Draft, rule_id: str) -> bool:
        """Whether a draft that breaks another rule is accepted: then this one cannot be told.

        One defect, one rule: an endpoint that ignores unknown parameters ignores each of them.
        """
        if self._create(draft).accepted:
            self.untested(f"hidden by {rule_id}, which the target breaks")
            return True
        return False

    def close(self) -> Record:
        """The record with what the property cost, and with nothing that names the account."""
        self.record.cost = self._cost() - self._before
        self.record.waits = self.session.patience.take_waits()
        self.record = self.record.without(self.session.sources.account)
        return self.record

    def _arm(
        self,
        arm: Arm,
        always: Iterable[Draft],
        drawn: SearchStrategy[Draft] | None,
        examples: int,
        *,
        control: bool = False,
    ) -> None:
        if arm is Arm.KEEPS and (minimal := self._workarounds.refused_for(self.rule.id)):
            due = minimal.expectation
            self.decided(arm)
            self.deviates(arm, minimal, observed_of(minimal.outcome), expected_of(due))
            return
        lacking, sent = None, False
        for draft in always:
            try:
                found = self.examine(arm, draft, control=control)
            except NotAvailable as why:
                lacking = why
                continue
            sent = True
            for finding in found:
                self.record.add(finding)
        if lacking is not None and not sent:
            raise lacking
        if drawn is not None and (examples or self.drawing.examples):
            keeps = arm is Arm.KEEPS
            examine = partial(self.examine, arm)
            self._explored(arm.value, examine, drawn, examples, together=keeps)

    def _explored(
        self,
        part: str,
        examine: Callable[[Draft], list[RuleDeviation]],
        drawn: SearchStrategy[Draft],
        examples: int,
        *,
        together: bool,
    ) -> None:
        """Requests that are to be accepted are sent and looked at ``together``."""
        found = self.drawing.explore(
            self.session,
            self.record,
            part,
            examine,
            drawn,
            examples,
            self._workarounds.apply,
            shrinks=self.effort.max_shrinks,
            together=together,
        )
        for finding in found:
            self.record.add(finding)

    def _cost(self) -> Cost:
        session = self.session
        return Cost(
            session.requests,
            session.create_image_requests,
            session.images_created,
            session.client.guard.retried,
            tuple(session.client.guard.answers),
        )

    def check_rejections(self, left: list[Orphan] | None = None) -> bool:
        """One look for all that was refused of late; whether any of it has left something, which
        may be ``left`` that was seen already."""
        broken = list(leaks.broken(self.session, left))
        for rule_id, culprit, seen in broken:
            self.deviates(Arm.BREAKS, culprit, seen, rule=rule_id)
        return bool(broken)
