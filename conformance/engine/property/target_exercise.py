"""A property at work on one target: its verbs fill the record that the run judges."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from hypothesis.strategies import SearchStrategy

from conformance.engine.core.effort import Effort
from conformance.engine.core.record import Cost, Record
from conformance.engine.execution.crashes import Masked
from conformance.engine.observation.trial import Trial
from conformance.engine.property.arms import Arms
from conformance.engine.property.combinations import evaluate_combination
from conformance.engine.property.context import Context, arm_of
from conformance.engine.property.covering import Covering
from conformance.engine.property.evaluate import Evaluator
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.generate import Generation
from conformance.engine.property.session_parts import SessionParts
from conformance.engine.property.whole import WholeRequests
from conformance.engine.resources.instances import NotAvailable
from conformance.model import Arm
from conformance.model.components import lost
from conformance.model.expectation import Accept
from conformance.model.request import Draft
from reports.results import Expected, Observed


class TargetExercise(Exercise):
    """The verbs of a property, against the target of a session."""

    def __init__(
        self,
        rule_id: str,
        parts: SessionParts,
        effort: Effort,
        generation: Generation,
    ) -> None:
        context = Context(
            rule_id, parts.session, parts.workarounds, effort, generation, parts.scenarios.poll
        )
        super().__init__(rule_id, effort, generation, context.record)
        self._parts = parts
        self._context = context
        self._evaluator = Evaluator(context)
        self._arms = Arms(context, self._evaluator)
        self._covering = Covering(context, self._evaluator, self._arms)
        self._before = self._cost()

    @property
    def parts(self) -> SessionParts:
        return self._parts

    def keeps(
        self,
        *drafts: Draft,
        generated: SearchStrategy[Draft] | None = None,
        via: Draft | None = None,
        batch: Draft | None = None,
    ) -> None:
        covered = via is not None and self._covering.covers(via, drafts)
        with self._partly():
            if batch is None:
                self._arms.keeps(() if covered else drafts, generated)
            elif not covered:
                self._covering.keeps_batch(batch, drafts)
        if via is not None:
            self._covering.report(via)

    def breaks(self, *drafts: Draft, generated: SearchStrategy[Draft] | None = None) -> None:
        with self._partly():
            self._arms.breaks(drafts, generated)

    def control(self, *drafts: Draft, via: Draft | None = None, one: bool = False) -> None:
        if via is not None and self._covering.covers(via, drafts, Arm.BREAKS):
            return
        with self._partly():
            if one or via is not None:
                self._arms.control_with_one(drafts)
            else:
                self._arms.control(drafts)

    @contextlib.contextmanager
    def _partly(self) -> Iterator[None]:
        """Record what the target lacks for these requests; the property's others are sent."""
        try:
            yield
        except Masked as why:
            self.skip(str(why))
        except NotAvailable as why:
            self.lacks(why)

    def combine(self, *drafts: Draft, decided_by: Mapping[Draft, str]) -> None:
        for draft in drafts:
            for deviation in evaluate_combination(self._context, draft, decided_by):
                self.record.add(deviation)

    def whole(
        self,
        required: Callable[[str], Collection[str]],
        decided_by: Mapping[Draft, str],
        masks: Mapping[str, Sequence[tuple[Draft, bool]]],
    ) -> None:
        WholeRequests(self._context, self._arms, required, decided_by, masks).run()

    def requires(self, draft: Draft, rule_id: str) -> None:
        self._context.requirements.append((draft, rule_id))

    def _create(self, draft: Draft) -> Trial:
        return self._context.create(draft)

    def answer(self, draft: Draft) -> Trial:
        return self._context.answer(draft)

    def _covering_trial(self, covering: Draft, needed: Draft) -> Trial | None:
        try:
            trial = self._context.covering(covering)
        except NotAvailable:
            return None
        return None if lost(covering, trial.draft, needed) else trial

    def covers(self, covering: Draft, own: Sequence[Draft] = (), arm: Arm = Arm.KEEPS) -> bool:
        return self._covering.covers(covering, own, arm)

    def note_unchanged(self, *kinds: str) -> None:
        unchanged = self.session.instances.unchanged
        for kind in kinds:
            if kind in unchanged:
                self.skip(unchanged[kind])

    def _note_rejected(self, trial: Trial) -> None:
        self._context.note_rejected(trial)

    def _deviates(
        self,
        arm: Arm,
        trial: Trial,
        observed: str | Observed,
        expected: str | Expected | None = None,
        rule: str | None = None,
        before: Iterable[Trial] = (),
    ) -> None:
        rule_id = rule or self.rule.id
        self.record.add(
            self._context.deviation(rule_id, arm, trial, observed, expected, before, scenario=True)
        )

    def broken_rule(self, trial: Trial, rule_id: str) -> tuple[str, Trial]:
        return self._evaluator.broken_rule(trial, rule_id)

    def spoken_against(self, trial: Trial) -> str:
        return self._evaluator.spoken_against(trial)

    def mask_of(self, trial: Trial, rule_id: str) -> str:
        return self._evaluator.mask_of(trial, rule_id)

    def check_effects(self, trial: Trial) -> None:
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

    def check_rejections(self) -> None:
        self.session.rejections.check()
        self._context.record_leaks()

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
