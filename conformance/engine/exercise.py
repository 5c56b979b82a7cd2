"""An exercise: one property's work on its rule. Both arms, the judge, the blame, the record."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence

from hypothesis.strategies import SearchStrategy

from conformance.engine import atomicity
from conformance.engine.baseline import Baseline
from conformance.engine.drawing import Drawing
from conformance.engine.effort import Effort
from conformance.engine.errors import CutShort
from conformance.engine.finding import finding_of
from conformance.engine.record import Cost, Finding, Record
from conformance.engine.session import Session
from conformance.engine.sources import NotAvailable
from conformance.engine.trial import Trial
from conformance.model import CATALOGUE, Arm, Kind
from conformance.model.answer import Malformed
from conformance.model.blame import Blamed, Decided, Undecided, blame
from conformance.model.expectation import Accept, Either, Expectation, Reject
from conformance.model.judge import Contradiction
from conformance.model.request import Draft, create_image
from reports.results import (
    Expected,
    Identity,
    Observation,
    Observed,
    expected_of,
    form_of,
    observed_effect,
    observed_of,
)

MAPPINGS = "BlockDeviceMapping"
OF_MAPPINGS = "bdm."
LIST = "bdm.list"
"""The rule that is broken when mappings do together what none of them does alone."""


class Exercise:
    """What a property in the suite works with. ``rule`` is the property's own rule."""

    def __init__(
        self,
        rule_id: str,
        session: Session,
        baseline: Baseline,
        effort: Effort,
        seed: int,
        drawing: Drawing | None = None,
    ) -> None:
        self.rule = CATALOGUE[rule_id]
        self.session = session
        self.record = Record(rule_id, round=drawing.round if drawing else 0)
        self._baseline = baseline
        self.effort = effort
        self.drawing = drawing or Drawing(seed)
        self.seed = self.drawing.seed
        self._carrier: tuple[Draft, str] | None = None
        session.look_after_refused = self.look_for_leftovers
        self._first_seen: dict[Identity, int] = {}
        self._counted: set[tuple[Arm, Draft]] = set()
        self._before = self._cost()

    def keeps(self, *always: Draft, drawn: SearchStrategy[Draft] | None = None) -> None:
        """Requests that keep the rule: these always, and more that are drawn."""
        self._arm(Arm.KEEPS, always, drawn, self.effort.dear)

    def breaks(self, *always: Draft, drawn: SearchStrategy[Draft] | None = None) -> None:
        """Requests that break the rule: these always, and more that are drawn."""
        self._arm(Arm.BREAKS, always, drawn, self.effort.cheap)

    def keeps_among(self, crowd: Draft, *alone: Draft) -> None:
        """Requests that keep the rule: one that keeps many others too, for each makes an image.

        Its mappings keep rules of their own. Where it is refused, those that keep this rule
        ``alone`` decide; and where each of its mappings is accepted alone, that they come in a
        list is what the endpoint cannot do.
        """
        try:
            trial = self._create(crowd)
        except NotAvailable:
            self.keeps(*alone)
            return
        if trial.accepted:
            self.keeps(crowd)
            return
        self.keeps(*alone)
        if all(self._create(piece).accepted for piece in crowd.apart(MAPPINGS)):
            due = trial.expectation
            seen = observed_of(trial.outcome)
            self.deviates(Arm.KEEPS, trial, seen, expected_of(due), rule=LIST)

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
        self._carrier = carrier, rule_id

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

    def observe_among(self, crowd: Draft, *drafts: Draft) -> None:
        """As :meth:`observe`; at quick one request that has much else unsaid does, if accepted."""
        if not self.effort.dear:
            with contextlib.suppress(NotAvailable):
                trial = self._create(crowd)
                if trial.accepted:
                    self.observed(trial)
                    return
                self._note_refused(trial)
        self.observe(*drafts)

    def more(self, *drafts: Draft) -> Sequence[Draft]:
        """Drafts to try beside those that are always tried: none at quick."""
        return drafts if self.effort.dear else ()

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

    def weigh(self, arm: Arm, trial: Trial, before: Iterable[Trial] = ()) -> None:
        """Judge a story's trial as if its request were about the property's rule alone.

        ``before`` are the requests that have to come first.
        """
        due = trial.expectation
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
                observed = observed_of(trial.outcome)
                self.deviates(side, trial, observed, expected_of(due), rule_id, before)

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
        rule_id = rule or self.rule.id
        self.record.add(self._finding(rule_id, arm, trial, seen, expected, before, story=True))

    def untested(self, why: str) -> None:
        """Something decided nothing; says why."""
        if why not in self.record.untested:
            self.record.untested.append(why)

    def not_applicable(self, why: str) -> None:
        """The target lacks what the rule speaks of."""
        self.record.lacking = why

    def cut_short(self, why: str, *, cannot: bool = False) -> None:
        """The run has to end here, or ``cannot`` begin; nothing more is sent."""
        self.record.cut_short, self.record.cannot = why, cannot
        self.session.client.guard.over = why

    def not_recorded(self) -> None:
        """What is judged is a recording that has not got all of the property's requests: what
        was seen so far decides nothing."""
        self.record = Record(self.rule.id, untested=["not in the recording"])

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

    def finish(self, *, last: bool = True) -> Record:
        """Hand in the record. What was refused is looked after before the next image is made;
        after the ``last`` property at once."""
        try:
            if last and not self.record.cut_short:
                self.look_for_leftovers()
        except CutShort as why:
            self.cut_short(str(why))
        self.record.cost = self._cost() - self._before
        self.record.waits = self.session.patience.take_waits()
        self.record = self.record.without(self.session.sources.account)
        return self.record

    # One draft, judged.

    def examine(self, arm: Arm, draft: Draft, *, control: bool = False) -> list[Finding]:
        """What a draft shows: deviations of the property's own rule and of others."""
        trial = self._create(draft)
        due = trial.expectation
        found = [
            self._contradicted(c, trial) for c in trial.contradictions if not self._is_hidden(c)
        ]
        self._note_refused(trial)
        own = "" if control or self.rule.kind is not Kind.REQUEST else self.rule.id
        if own and not self._is_isolated(arm, due):
            return found
        judgement = blame(due, trial.outcome, own, {c.rule for c in trial.contradictions})
        if own and isinstance(judgement, Blamed):
            judgement = self._baseline.excuses(own, judgement, due, trial.outcome)
            if isinstance(judgement, Blamed):
                judgement = self._excused(judgement, arm)
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

    def _contradicted(self, contradiction: Contradiction, trial: Trial) -> Finding:
        """A finding of what contradicts a rule, by the smallest part of the request that shows it.

        What a mapping should do and does only alone breaks the rule that mappings come in lists.
        """
        rule, seen = contradiction.rule, contradiction.seen
        pieces = trial.draft.apart(MAPPINGS)
        if len(pieces) > 1 and (rule == self.rule.id or rule.startswith(OF_MAPPINGS)):
            for piece in map(self._create, pieces):
                for c in piece.contradictions:
                    if c.rule == rule:
                        return self._finding(rule, self._arm_of(c, piece), piece, c.seen)
            rule = LIST if rule.startswith(OF_MAPPINGS) else rule
        return self._finding(rule, self._arm_of(contradiction, trial), trial, seen)

    def _is_hidden(self, contradiction: Contradiction) -> bool:
        """Whether a plainer request breaks a rule without which this one cannot be told."""
        rule_id = contradiction.rule
        behind = [(create_image(), CATALOGUE[rule_id].behind)]
        if rule_id == self.rule.id and self._carrier is not None:
            behind.append(self._carrier)
        return any(
            hiding and any(c.rule == hiding for c in self._create(draft).contradictions)
            for draft, hiding in behind
        )

    def _excused(
        self, judgement: Blamed | Decided | Undecided, arm: Arm
    ) -> Blamed | Decided | Undecided:
        """The judgement on a request, given what the property's requests rest on."""
        if not isinstance(judgement, Blamed) or self._carrier is None:
            return judgement
        carrier, rule_id = self._carrier
        if judgement.rule != self.rule.id:
            return judgement
        try:
            trial = self._create(carrier)
        except NotAvailable:
            return judgement
        broken = {c.rule for c in trial.contradictions}
        ignored = not broken.isdisjoint({rule_id, *CATALOGUE[rule_id].needs})
        if trial.accepted and not (ignored and arm is Arm.BREAKS):
            return judgement
        return Undecided(f"hidden by {rule_id}, which the target breaks")

    def _shows(self, trial: Trial) -> bool:
        """Whether an accepted trial says anything about a rule on effects: there is an image, and
        in it what the rule speaks of."""
        if self.rule.on_effects is None or not trial.accepted:
            return True
        needs = {"st.image.exists", *self.rule.needs} - {self.rule.id}
        broken = [c.rule for c in trial.contradictions if c.rule in needs]
        if broken:
            self.untested(f"not decided: see {broken[0]}")
            return False
        hidden = [c for c in trial.contradictions if c.rule == self.rule.id and self._is_hidden(c)]
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
            due = plainest.expectation
            self.decided(arm)
            self.deviates(arm, plainest, observed_of(plainest.outcome), expected_of(due))
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
            for finding in self.drawing.explore(self, arm, drawn, examples, self._baseline.apply):
                self.record.add(finding)

    def _create(self, draft: Draft) -> Trial:
        return self.session.create(self._baseline.apply(draft))

    def _arm_of(self, contradiction: Contradiction, trial: Trial) -> Arm:
        """Rules about errors speak of refused requests, all others of accepted ones."""
        speaks_of_errors = contradiction.rule.startswith("err.")
        return Arm.BREAKS if speaks_of_errors == trial.accepted else Arm.KEEPS

    def _note_refused(self, trial: Trial) -> None:
        """One that is to leave nothing behind: a success in the wrong form is no refusal."""
        outcome = trial.outcome
        malformed = isinstance(outcome, Malformed) and 200 <= outcome.status < 300
        if not trial.accepted and not malformed:
            self.session.note_refused(trial)

    def _count(self, arm: Arm, draft: Draft) -> None:
        if self.drawing.round and self._baseline.apply(draft) not in self.drawing.drawn:
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
    ) -> Finding:
        found = finding_of(rule_id, arm, trial, seen, expected, before, story=story)
        first = self._first_seen.setdefault(found.identity, self.session.requests)
        return found.seen_after(first)

    def _cost(self) -> Cost:
        session = self.session
        return Cost(
            session.requests,
            session.create_image_requests,
            session.images_created,
            session.client.guard.retried,
            tuple(session.client.guard.answers),
        )

    def look_for_leftovers(self) -> None:
        """One look for all that was refused of late."""
        for rule_id, culprit, seen in atomicity.broken(self.session):
            self.deviates(Arm.BREAKS, culprit, seen, rule=rule_id)
