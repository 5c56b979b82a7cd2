"""An exercise: one property's work on its rule. Both arms, the judge, the blame, the record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from hypothesis.strategies import SearchStrategy

from conformance.engine.baseline import Baseline
from conformance.engine.effort import Effort
from conformance.engine.errors import CutShort
from conformance.engine.explore import explore
from conformance.engine.record import Cost, Finding, Record
from conformance.engine.session import Session
from conformance.engine.sources import NotAvailable
from conformance.engine.trial import Trial
from conformance.model import CATALOGUE, Arm, Kind, judge
from conformance.model.answer import Rejected
from conformance.model.blame import Blamed, Decided, Undecided, blame
from conformance.model.expectation import Accept, Either, Expectation, Reject
from conformance.model.judge import Contradiction
from conformance.model.request import Draft
from reports.results import (
    Deviation,
    Expected,
    Observation,
    Observed,
    expected_effect,
    expected_of,
    form_of,
    observed_effect,
    observed_of,
)


class Exercise:
    """What a property in the suite works with. ``rule`` is the property's own rule."""

    def __init__(
        self, rule_id: str, session: Session, baseline: Baseline, effort: Effort, seed: int
    ) -> None:
        self.rule = CATALOGUE[rule_id]
        self.session = session
        self.record = Record(rule_id)
        self._baseline = baseline
        self.effort = effort
        self._seed = seed
        self._refused: dict[Draft, Trial] = {}
        self._counted: set[tuple[Arm, Draft]] = set()
        self._before = self._cost()

    def keeps(self, *always: Draft, drawn: SearchStrategy[Draft] | None = None) -> None:
        """Requests that keep the rule: these always, and more that are drawn."""
        self._arm(Arm.KEEPS, always, drawn, self.effort.dear)

    def breaks(self, *always: Draft, drawn: SearchStrategy[Draft] | None = None) -> None:
        """Requests that break the rule: these always, and more that are drawn."""
        self._arm(Arm.BREAKS, always, drawn, self.effort.cheap)

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
            if not trial.accepted:
                self._refused[draft] = trial

    def sample(self, drafts: Sequence[Draft]) -> Sequence[Draft]:
        """What to observe with: at quick the first draft, for each may make an image."""
        return drafts[:1] if not self.effort.dear else drafts

    def observed(self, trial: Trial, seen: str | None = None) -> None:
        """Write down what a request about the rule was answered, or what was seen after it."""
        came_back = observed_of(trial.outcome) if seen is None else observed_effect(seen)
        self.record.observations.append(
            Observation(self.rule.id, trial.request.params, came_back, form_of(trial.request))
        )

    def trial(self, draft: Draft) -> Trial:
        """A trial for a story to go on from. Raises NotAvailable."""
        return self._create(draft)

    def accepted(self, draft: Draft) -> Trial | None:
        """A trial that was accepted, or None, with the reason noted."""
        trial = self._create(draft)
        if not trial.accepted:
            self.untested("the request it begins with was not accepted")
            return None
        return trial

    def weigh(self, arm: Arm, trial: Trial) -> None:
        """Judge a story's trial as if its request were about the property's rule alone."""
        due = judge(trial.request, trial.before)
        contradicted = {c.rule for c in trial.contradictions}
        match blame(due, trial.outcome, self.rule.id, contradicted):
            case Decided():
                self.decided(arm)
            case Undecided(why):
                self.untested(why)
            case Blamed(rule_id):
                if rule_id == self.rule.id:
                    self.decided(arm)
                else:
                    self.untested(f"not decided: see {rule_id}")
                side = arm if rule_id == self.rule.id else Arm.KEEPS
                self.deviates(side, trial, observed_of(trial.outcome), expected_of(due), rule_id)

    def decided(self, arm: Arm, times: int = 1) -> None:
        """A story had its say on an arm."""
        if arm is Arm.KEEPS:
            self.record.keeps += times
        else:
            self.record.breaks += times

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
        self.record.add(self._finding(rule or self.rule.id, arm, trial, seen, expected, before))

    def untested(self, why: str) -> None:
        """Something decided nothing; says why."""
        if why not in self.record.untested:
            self.record.untested.append(why)

    def not_applicable(self, why: str) -> None:
        """The target lacks what the rule speaks of."""
        self.record.lacking = why

    def cut_short(self, why: str) -> None:
        """The run has to end here; nothing more is sent."""
        self.record.cut_short = why
        self.session.client.guard.over = why

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

    def finish(self) -> Record:
        """Look that nothing was left behind, and hand in the record."""
        try:
            if self._refused and not self.record.cut_short:
                self._look_for_leftovers()
        except CutShort as why:
            self.cut_short(str(why))
        self.record.cost = self._cost() - self._before
        return self.record

    # One draft, judged.

    def examine(self, arm: Arm, draft: Draft, *, control: bool = False) -> list[Finding]:
        """What a draft shows: deviations of the property's own rule and of others."""
        trial = self._create(draft)
        due = judge(trial.request, trial.before)
        found = [
            self._finding(c.rule, self._arm_of(c, trial), trial, c.seen)
            for c in trial.contradictions
        ]
        if not trial.accepted:
            self._refused[draft] = trial
        own = "" if control or self.rule.kind is not Kind.REQUEST else self.rule.id
        if own and not self._is_isolated(arm, due):
            return found
        judgement = blame(due, trial.outcome, own, {c.rule for c in trial.contradictions})
        if own and isinstance(judgement, Blamed) and isinstance(due, Accept):
            judgement = self._baseline.excuses(own, judgement)
        match judgement:
            case Decided():
                if self._shows(trial):
                    self._count(arm, draft)
            case Undecided(why):
                self.untested(why)
            case Blamed(""):
                self.untested("a request was not answered as it should be")
            case Blamed(rule_id):
                if rule_id == self.rule.id:
                    self._count(arm, draft)
                else:
                    self.untested(f"not decided: see {rule_id}")
                found.append(
                    self._finding(
                        rule_id,
                        arm if rule_id == own else Arm.KEEPS,
                        trial,
                        observed_of(trial.outcome),
                        expected_of(due),
                    )
                )
        return found

    def _shows(self, trial: Trial) -> bool:
        """Whether an accepted trial says anything about a rule on effects: there is an image."""
        blind = trial.effects is not None and trial.effects.image is None
        if self.rule.kind is Kind.EFFECT and blind and self.rule.id != "st.image.exists":
            self.untested("not decided: see st.image.exists")
            return False
        return True

    def _is_isolated(self, arm: Arm, due: Expectation) -> bool:
        """Whether the draft met the world that its arm supposes.

        Raises AssertionError where a property is not isolated: that is a defect of the suite.
        """
        if arm is Arm.KEEPS:
            if isinstance(due, Accept):
                return True
            self.untested(f"{', '.join(due.rules)} stands in the way")
            return False
        if isinstance(due, Either) or (isinstance(due, Reject) and self.rule.id in due.rules):
            return True
        raise AssertionError(f"{self.rule.id}: a draft of its breaks arm is judged {due}")

    def _arm(
        self,
        arm: Arm,
        always: Iterable[Draft],
        drawn: SearchStrategy[Draft] | None,
        examples: int,
        *,
        control: bool = False,
    ) -> None:
        if arm is Arm.KEEPS and (plainest := self._baseline.refused_for(self.rule.id)):
            due = judge(plainest.request, plainest.before)
            self.decided(arm)
            self.deviates(arm, plainest, observed_of(plainest.outcome), expected_of(due))
            return
        for draft in always:
            for finding in self.examine(arm, draft, control=control):
                self.record.add(finding)
        if drawn is not None and examples:
            for finding in self._explored(arm, drawn, examples):
                self.record.add(finding)

    def _explored(self, arm: Arm, drawn: SearchStrategy[Draft], examples: int) -> list[Finding]:
        return explore(
            drawn,
            lambda draft: self.examine(arm, draft),
            examples=examples,
            seed=self._seed,
            salt=f"{self.rule.id} {arm.value}",
            known={finding.identity for finding in self.record.findings},
            already_sent=lambda draft: self.session.has(self._baseline.apply(draft)),
            most_after_failure=self.effort.shrinking,
        )

    def _create(self, draft: Draft) -> Trial:
        return self.session.create(self._baseline.apply(draft))

    def _arm_of(self, contradiction: Contradiction, trial: Trial) -> Arm:
        """Rules about errors speak of refused requests, all others of accepted ones."""
        speaks_of_errors = contradiction.rule.startswith("err.")
        return Arm.BREAKS if speaks_of_errors == trial.accepted else Arm.KEEPS

    def _count(self, arm: Arm, draft: Draft) -> None:
        if (arm, draft) not in self._counted:
            self._counted.add((arm, draft))
            self.decided(arm)

    def _finding(
        self,
        rule_id: str,
        arm: Arm,
        trial: Trial,
        seen: str | Observed,
        expected: str | Expected | None = None,
        before: Iterable[Trial] = (),
    ) -> Finding:
        statement = expected if isinstance(expected, str) else CATALOGUE[rule_id].statement
        deviation = Deviation(
            arm,
            trial.request.params,
            expected if isinstance(expected, Expected) else expected_effect(statement, rule_id),
            observed_effect(seen) if isinstance(seen, str) else seen,
            form=form_of(trial.request),
        )
        earlier = tuple(t.request.params for t in before)
        if earlier:
            deviation = msgspec.structs.replace(deviation, before=earlier)
        return Finding(rule_id, deviation)

    def _cost(self) -> Cost:
        session = self.session
        return Cost(session.requests, session.create_image_requests, session.images_created)

    # Nothing is left behind.

    def _look_for_leftovers(self) -> None:
        """One look for all that this property had refused; the culprit is sought if it shows."""
        refused = list(self._refused.values())
        if not self.session.leftovers(refused):
            return
        for trial in refused:
            again = self.session.create_again(trial.draft)
            left = self.session.leftovers([again])
            if left:
                dry = isinstance(trial.outcome, Rejected) and trial.request.dry_run == "true"
                rule_id = "dryrun.no_effect" if dry else "err.atomic"
                seen = f"afterwards there is {left[0].kind} that nobody was told of"
                self.deviates(Arm.BREAKS, again, seen, rule=rule_id)
                return
