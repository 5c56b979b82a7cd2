"""One draft, judged: what it decides of a rule, and which rules it speaks against."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.engine.core.effort import Effort
from conformance.engine.core.record import Record, RuleDeviation
from conformance.engine.execution.session import Session
from conformance.engine.execution.workarounds import Workarounds
from conformance.engine.observation.deviation import finding_of
from conformance.engine.observation.trial import Trial
from conformance.engine.property.draw import Drawing
from conformance.engine.property.shrink import parts, reduced
from conformance.engine.resources.instances import NotAvailable
from conformance.model import CATALOGUE, Arm, Kind
from conformance.model.answer import Malformed
from conformance.model.attribution import Attributed, Decided, Undecided, attribute
from conformance.model.expectation import Accept, Either, Expectation, Reject
from conformance.model.judge import Violation
from conformance.model.request import Draft, create_image
from reports.results import Expected, Identity, Observed, expected_of, observed_of

OF_MAPPINGS = "bdm."
LIST = "bdm.list"
"""The rule that is broken when mappings do together what none of them does alone."""


class Evaluator:
    """Judges drafts for one property; ``rule`` is the property's own rule."""

    def __init__(
        self,
        rule_id: str,
        session: Session,
        workarounds: Workarounds,
        effort: Effort,
        drawing: Drawing,
    ) -> None:
        self.rule = CATALOGUE[rule_id]
        self.session = session
        self.record = Record(rule_id, round=drawing.round)
        self._workarounds = workarounds
        self.effort = effort
        self.drawing = drawing
        self._carriers: list[tuple[Draft, str]] = []
        self._first_seen: dict[Identity, int] = {}
        self._counted: set[tuple[Arm, Draft]] = set()

    def decided(self, arm: Arm, times: int = 1) -> None:
        """A story had its say on an arm."""
        if arm is Arm.KEEPS:
            self.record.keeps += times
        else:
            self.record.breaks += times

    def untested(self, why: str) -> None:
        """Something decided nothing; says why."""
        if why not in self.record.untested:
            self.record.untested.append(why)

    def examine(self, arm: Arm, draft: Draft, *, control: bool = False) -> list[RuleDeviation]:
        """What a draft shows: deviations of the property's own rule and of others."""
        trial = self._create(draft)
        due = trial.expectation
        found = [self._violated(c, trial) for c in trial.violations if not self._is_hidden(c)]
        self._note_refused(trial)
        own = "" if control or self.rule.kind is not Kind.REQUEST else self.rule.id
        if own and not self._is_isolated(arm, due):
            return found
        judgement = attribute(due, trial.outcome, own, {c.rule for c in trial.violations})
        if own and isinstance(judgement, Attributed):
            judgement = self._workarounds.excuses(own, judgement, due, trial.outcome)
            if isinstance(judgement, Attributed):
                judgement = self._excused(judgement, arm)
        match judgement:
            case Decided():
                if self._shows(trial):
                    self._count(arm, draft)
            case Undecided(why):
                self.untested(why)
            case Attributed(""):
                self.untested("a request was not answered as it should be")
            case Attributed(rule_id):
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

    def _violated(self, violation: Violation, trial: Trial) -> RuleDeviation:
        """A finding of what contradicts a rule, by the smallest part of the request that shows it.

        What a mapping should do and does only alone breaks the rule that mappings come in lists.
        """
        rule = violation.rule
        pieces = tuple(parts(trial.draft))
        if len(pieces) > 1 and (rule == self.rule.id or rule.startswith(OF_MAPPINGS)):
            for piece in map(self._create, pieces):
                for c in piece.violations:
                    if c.rule == rule:
                        return self._finding(rule, self._arm_of(c, piece), piece, c.observed)
            return self._smallest(violation, trial)
        return self._finding(rule, self._arm_of(violation, trial), trial, violation.observed)

    def _smallest(self, violation: Violation, trial: Trial) -> RuleDeviation:
        """A finding of the same contradiction by the smallest request that shows it, of which no
        part does so alone.

        What several mappings do wrong together breaks the rule that they come in lists.
        """

        def shows(draft: Draft) -> tuple[Violation, Trial] | None:
            smaller = self.trial_if_any(draft)
            good = smaller is not None and isinstance(smaller.expectation, Accept)
            found = smaller.violations if smaller and good else ()
            same = next((c for c in found if c.rule == violation.rule), None)
            return (same, smaller) if same and smaller else None

        most = self.effort.max_shrinks
        smallest, trial = reduced(trial.draft, (violation, trial), shows, most)
        of_a_list = len(trial.draft.members("BlockDeviceMapping")) > 1
        rule = LIST if of_a_list and smallest.rule.startswith(OF_MAPPINGS) else smallest.rule
        return self._finding(rule, self._arm_of(smallest, trial), trial, smallest.observed)

    def _is_hidden(self, violation: Violation) -> bool:
        """Whether a plainer request breaks a rule without which this one cannot be told."""
        rule_id = violation.rule
        masked_by = [(create_image(), CATALOGUE[rule_id].masked_by)]
        if rule_id == self.rule.id:
            masked_by += self._carriers
        return any(
            hiding
            and (trial := self.trial_if_any(draft)) is not None
            and any(c.rule == hiding for c in trial.violations)
            for draft, hiding in masked_by
        )

    def _excused(
        self, judgement: Attributed | Decided | Undecided, arm: Arm
    ) -> Attributed | Decided | Undecided:
        """The judgement on a request, given what the property's requests rest on."""
        if not isinstance(judgement, Attributed) or judgement.rule != self.rule.id:
            return judgement
        for carrier, rule_id in self._carriers:
            if (trial := self.trial_if_any(carrier)) is None:
                continue
            broken = {c.rule for c in trial.violations}
            ignored = not broken.isdisjoint({rule_id, *CATALOGUE[rule_id].requires})
            if not trial.accepted or (ignored and arm is Arm.BREAKS):
                return Undecided(f"hidden by {rule_id}, which the target breaks")
        return judgement

    def _shows(self, trial: Trial) -> bool:
        """Whether an accepted trial says anything about a rule on effects: there is an image, and
        in it what the rule speaks of."""
        if self.rule.on_effects is None or not trial.accepted:
            return True
        requires = {"st.image.exists", *self.rule.requires} - {self.rule.id}
        broken = [c.rule for c in trial.violations if c.rule in requires]
        if broken:
            self.untested(f"not decided: see {broken[0]}")
            return False
        hidden = [c for c in trial.violations if c.rule == self.rule.id and self._is_hidden(c)]
        if hidden:
            self.untested("hidden by what plainer requests show already")
        return not hidden

    def _is_isolated(self, arm: Arm, due: Expectation) -> bool:
        """Whether the draft met the world that its arm supposes.

        Where it did not the endpoint has changed that world (a volume is gone), or the property
        is not isolated: no rule may stand in the way of another where all are kept.
        """
        if arm is Arm.KEEPS:
            isolated = isinstance(due, Accept)
        else:
            isolated = isinstance(due, Either) or (
                isinstance(due, Reject) and self.rule.id in due.rules
            )
        if not isolated:
            self.untested(f"{', '.join(due.rules) or 'nothing to refuse'} stands in the way")
        return isolated

    def trial_if_any(self, draft: Draft) -> Trial | None:
        """The trial of a draft; None where the target lacks what it asks for."""
        try:
            return self._create(draft)
        except NotAvailable:
            return None

    def _create(self, draft: Draft) -> Trial:
        return self.session.create(self._workarounds.apply(draft))

    def _arm_of(self, violation: Violation, trial: Trial) -> Arm:
        """Rules about errors speak of refused requests, all others of accepted ones."""
        speaks_of_errors = violation.rule.startswith("err.")
        return Arm.BREAKS if speaks_of_errors == trial.accepted else Arm.KEEPS

    def _note_refused(self, trial: Trial) -> None:
        """One that is to leave nothing behind: a success in the wrong form is no refusal."""
        outcome = trial.outcome
        malformed = isinstance(outcome, Malformed) and 200 <= outcome.status < 300
        if not trial.accepted and not malformed:
            self.session.note_refused(trial)

    def _count(self, arm: Arm, draft: Draft) -> None:
        if self.drawing.round and self._workarounds.apply(draft) not in self.drawing.drawn:
            return  # one that is always tried, and was counted in the first round
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
        *,
        story: bool = False,
    ) -> RuleDeviation:
        found = finding_of(rule_id, arm, trial, seen, expected, before, story=story)
        first = self._first_seen.setdefault(found.identity, self.session.requests)
        return found.seen_after(first)
