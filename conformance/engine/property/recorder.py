"""What a property says of its rule, and which rule an answer speaks against: base of its verbs."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.engine.core.effort import Effort
from conformance.engine.execution.session import Session
from conformance.engine.observation.trial import Trial
from conformance.engine.property.context import Context
from conformance.engine.property.evaluate import Evaluator
from conformance.engine.property.generate import Generation
from conformance.engine.property.masks import arm_of_mask, masked_by
from conformance.engine.property.session_parts import SessionParts
from conformance.engine.property.stateful import SequenceTest
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.scenarios.scenarios import Scenarios
from conformance.model import Arm
from conformance.model.attribution import Undecided
from conformance.model.hindrance import Hindrance
from conformance.model.request import Draft
from reports.results import Expected, Observed, expected_of


class Recorder:
    """Fills the record of one property: what decides its rule, what masks it, what it deviates."""

    def __init__(
        self, rule_id: str, parts: SessionParts, effort: Effort, generation: Generation
    ) -> None:
        self.parts = parts
        self._context = Context(
            rule_id, parts.session, parts.workarounds, effort, generation, parts.scenarios.poll
        )
        self._evaluator = Evaluator(self._context)
        self.rule = self._context.rule
        self.effort = effort
        self.generation = generation
        self.record = self._context.record

    @property
    def seed(self) -> int:
        """The seed of this round."""
        return self.generation.seed

    @property
    def session(self) -> Session:
        """The session of the one target."""
        return self.parts.session

    @property
    def scenarios(self) -> Scenarios:
        """The scenarios of the session, each executed once."""
        return self.parts.scenarios

    @property
    def sequences(self) -> SequenceTest:
        """The stateful test of the session."""
        return self.parts.sequences

    def skip(self, why: str, hindrance: Hindrance | None = None) -> None:
        """Record why a request decided nothing, and why another run may decide it."""
        self.record.note(why, hindrance)

    def lacks(self, why: NotAvailable) -> None:
        """Record what the target lacks. A limit that another run may not meet is no lack."""
        if why.hindrance is not None:
            self.skip(str(why), why.hindrance)
        else:
            self.record.lacking = self.record.lacking or str(why)

    def note_unchanged(self, *kinds: str) -> None:
        """Record which of these changes of the instance that differs from its image failed."""
        unchanged = self.session.instances.unchanged
        for kind in kinds:
            if kind in unchanged:
                self.skip(unchanged[kind])

    def why_undecided(self, trial: Trial, rule_id: str) -> str:
        """Why a wrong answer or effect of another rule's request leaves this rule undecided."""
        if mask := self.mask_of(trial, rule_id):
            return masked_by(mask)
        judged = trial.attributed_to(rule_id)
        return judged.why if isinstance(judged, Undecided) else f"not decided: see {rule_id}"

    def broken_rule(self, trial: Trial, rule_id: str) -> tuple[str, Trial]:
        """The rule that a request about ``rule_id`` breaks, and the plainest such request.

        An empty rule: the request breaks none.
        """
        return self._evaluator.broken_rule(trial, rule_id)

    def spoken_against(self, trial: Trial) -> str:
        """The rule that a wrong answer speaks against, whichever property asks, or nothing."""
        return self._evaluator.spoken_against(trial)

    def mask_of(self, trial: Trial, rule_id: str) -> str:
        """The broken rule that explains a wrong answer or effect of another rule's request.

        It may be that rule. Empty if the request shows nothing wrong.
        """
        return self._evaluator.mask_of(trial, rule_id)

    def ignores(self, draft: Draft, rule_id: str) -> bool:
        """Whether the target ignores what a draft of another rule builds on; why is noted."""
        if mask := self._evaluator.ignored(draft, rule_id):
            self.skip(masked_by(mask))
        return bool(mask)

    def _masked(self, trial: Trial, rule_id: str) -> None:
        """Record which rule masks this one, and the deviation that a request of it shows."""
        mask, trial = self.broken_rule(trial, rule_id)
        if not mask:
            self.skip(self.why_undecided(trial, rule_id))
            return
        self.skip(masked_by(mask))
        side = arm_of_mask(trial, mask, rule_id)
        observed, due = trial.observed, expected_of(trial.expectation)
        self._deviates(side, trial, observed, due, mask)

    def _why_refused(self, trial: Trial) -> str:
        """Why a refused conforming request decides nothing about the rule."""
        judged = trial.attributed_to(self.rule.id)
        if isinstance(judged, Undecided):
            return f"inconclusive: {judged.why}"
        mask = self.spoken_against(trial)
        if mask not in ("", self.rule.id):
            return masked_by(mask)
        return f"inconclusive: the first request was not accepted; {trial.summary}"

    def _decided(self, arm: Arm, times: int = 1) -> None:
        self._context.decided(arm, times)

    def _deviates(
        self,
        arm: Arm,
        trial: Trial,
        observed: str | Observed,
        expected: str | Expected | None = None,
        rule: str | None = None,
        before: Iterable[Trial] = (),
    ) -> None:
        """Record a deviation that a scenario shows. ``before`` are the requests that come first."""
        rule_id = rule or self.rule.id
        self.record.add(
            self._context.deviation(rule_id, arm, trial, observed, expected, before, scenario=True)
        )
