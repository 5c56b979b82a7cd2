"""The verbs of a property: they send drafts, and decide about its rule.

A property is written once, for any :class:`Exercise`: against one target it fills a record
(``target_exercise``), against two it reports disagreements (``conformance.comparison``). The verbs
stay in one module, so that a reader finds the whole vocabulary of a property in one place.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from hypothesis.strategies import SearchStrategy

from conformance.engine.core.effort import Effort
from conformance.engine.core.record import Record
from conformance.engine.execution.session import Session
from conformance.engine.observation.trial import Trial
from conformance.engine.property.generate import Generation
from conformance.engine.property.masks import answered_alike, arm_of_mask, masked_by
from conformance.engine.property.session_parts import SessionParts
from conformance.engine.property.stateful import SequenceTest
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.scenarios.scenario import Scenario
from conformance.engine.scenarios.scenarios import Scenarios
from conformance.model import CATALOGUE, Arm
from conformance.model.attribution import Attributed, Decided, Undecided
from conformance.model.hindrance import Hindrance
from conformance.model.history import Ended
from conformance.model.judge import history_findings
from conformance.model.request import Draft
from conformance.model.rule import Decides, Lacks, Violates
from reports.results import (
    Expected,
    Observation,
    Observed,
    expected_of,
    form_of,
    observed_effect,
)


class Exercise(ABC):
    """One property at work on its rule."""

    def __init__(
        self, rule_id: str, effort: Effort, generation: Generation, record: Record
    ) -> None:
        self.rule = CATALOGUE[rule_id]
        self.effort = effort
        self.generation = generation
        self.record = record

    @property
    def seed(self) -> int:
        """The seed of this round."""
        return self.generation.seed

    def select(
        self, drafts: Sequence[Draft], *, at_quick: int, at_random: bool = False
    ) -> Sequence[Draft]:
        """All of the drafts; at quick effort the first few, or a few that the seed decides."""
        seed = f"{self.seed} {self.rule.id}" if at_random else None
        return self.effort.select(drafts, at_quick, seed)

    # Requests that the rule speaks of.

    @abstractmethod
    def keeps(
        self,
        *drafts: Draft,
        generated: SearchStrategy[Draft] | None = None,
        via: Draft | None = None,
        batch: Draft | None = None,
    ) -> None:
        """Requests that keep the rule: the drafts, then generated ones.

        ``via`` is a covering request. If it conforms in everything, it stands for the drafts,
        which are then sent from standard effort on. ``batch`` has many mappings, and is the second
        choice. Raises NotAvailable if the target lacks what every draft needs.
        """

    @abstractmethod
    def breaks(self, *drafts: Draft, generated: SearchStrategy[Draft] | None = None) -> None:
        """Requests that break the rule: the drafts, then generated ones. Raises NotAvailable."""

    @abstractmethod
    def control(self, *drafts: Draft, via: Draft | None = None, one: bool = False) -> None:
        """Requests for the breaks arm of a permission. Other rules judge them.

        ``one``: the first draft that is answered as expected is enough. ``via`` is a covering
        request that can stand for the drafts, of which one is enough then.
        """

    @abstractmethod
    def combine(self, *drafts: Draft) -> None:
        """Combinations of what is accepted separately."""

    @abstractmethod
    def whole(
        self, required: Callable[[str], Collection[str]], decided_by: Mapping[Draft, str]
    ) -> None:
        """Whole requests: every parameter from one of its value classes.

        ``required`` gives the rules that a rule requires; those that the target breaks mask it.
        ``decided_by`` gives the rule whose property sends a request.

        Quick effort sends a few that must be rejected. Standard effort covers each pair of classes.
        """

    def observe(self, *drafts: Draft, via: Draft | None = None) -> None:
        """Requests about which the documents are silent: the answers are recorded.

        ``via`` has many unspecified values. At quick effort it stands for the drafts if accepted,
        at least with the values of the drafts.
        """
        if via is not None and not self.effort.accepted_examples:
            trials = [self.send_covering(via, draft) for draft in drafts]
            if drafts and all(trial is not None and trial.accepted for trial in trials):
                self.observed(next(filter(None, trials)))
                return
            if (trial := self.send_if_available(via)) is not None and not trial.accepted:
                self._note_rejected(trial)
        for draft in drafts:
            try:
                trial = self.send(draft)
            except NotAvailable as why:
                self.skip(str(why), why.hindrance)
                continue
            self.observed(trial)
            self._note_rejected(trial)

    @abstractmethod
    def requires(self, draft: Draft, rule_id: str) -> None:
        """The property's requests build on ``draft``, which keeps another rule.

        If the target refuses that draft, a refusal of a later request speaks against that rule. If
        the target ignores what the draft asks for, it ignores what is wrong with it as well.
        """

    def is_masked(self, draft: Draft, rule_id: str, *, accepted: bool) -> bool:
        """Whether a draft of another rule is answered wrongly, so that it masks this rule.

        ``accepted``: that rule wants the draft accepted. The reason is recorded.
        """
        if (trial := self.send(draft)).accepted is accepted:
            return False
        self._masked(trial, rule_id)
        return True

    def _masked(self, trial: Trial, rule_id: str) -> None:
        """Record which rule masks this one, and the deviation that a request of it shows."""
        mask, trial = self.broken_rule(trial, rule_id)
        if not mask:
            self.skip(f"not decided: see {rule_id}")
            return
        self.skip(masked_by(mask))
        side = arm_of_mask(trial, mask, rule_id)
        observed, due = trial.observed, expected_of(trial.expectation)
        self.deviates(side, trial, observed, due, mask)

    def broken_rule(self, trial: Trial, rule_id: str) -> tuple[str, Trial]:
        """The rule that a request about ``rule_id`` breaks, and the plainest such request.

        An empty rule: the request breaks none.
        """
        broken = trial.attributed_to(rule_id)
        return (broken.rule if isinstance(broken, Attributed) else ""), trial

    # Single requests.

    @abstractmethod
    def send(self, draft: Draft) -> Trial:
        """Send a draft once. Raises NotAvailable."""

    @abstractmethod
    def send_if_available(self, draft: Draft) -> Trial | None:
        """As :meth:`send`; None if the target lacks something that the draft needs."""

    @abstractmethod
    def send_covering(self, covering: Draft, needed: Draft) -> Trial | None:
        """The trial of a covering request, or of the one composed in its place if it fails.

        None if the target lacks something that it needs, or if the composed request has not all
        of ``needed``.
        """

    def send_accepted(self, draft: Draft) -> Trial | None:
        """As :meth:`send`; None, with the reason recorded, if the endpoint refuses it."""
        trial = self.send(draft)
        if not trial.accepted:
            self.skip(f"inconclusive: the first request was not accepted; {trial.summary}")
            return None
        return trial

    @abstractmethod
    def covers(self, covering: Draft, own: Sequence[Draft] = (), arm: Arm = Arm.KEEPS) -> bool:
        """Whether a covering request keeps all that the rule needs, so that it stands for others.

        ``own`` are the rule's own requests. If the target refuses a part of the covering request
        that they lack, it stands for them without that part.
        """

    @abstractmethod
    def _note_rejected(self, trial: Trial) -> None:
        """Queue a rejected request for the check that it leaves no orphan."""

    # What the property says.

    def decided(self, arm: Arm, times: int = 1) -> None:
        """Count requests that decided an arm."""
        if arm is Arm.KEEPS:
            self.record.keeps += times
        else:
            self.record.breaks += times

    def skip(self, why: str, hindrance: Hindrance | None = None) -> None:
        """Record why a request decided nothing, and why another run may decide it."""
        self.record.note(why, hindrance)

    def lacks(self, why: NotAvailable) -> None:
        """Record what the target lacks. A limit that another run may not meet is no lack."""
        if why.hindrance is not None:
            self.skip(str(why), why.hindrance)
        else:
            self.record.lacking = self.record.lacking or str(why)

    @abstractmethod
    def note_unchanged(self, *kinds: str) -> None:
        """Record which of these changes of the instance that differs from its image failed."""

    def observed(self, trial: Trial, observed: str | None = None) -> None:
        """Record the answer to a request, or else what was observed after it."""
        came_back = trial.observed if observed is None else observed_effect(observed)
        self.record.observations.append(
            Observation(self.rule.id, trial.request.params, came_back, form_of(trial.request))
        )

    @abstractmethod
    def deviates(
        self,
        arm: Arm,
        trial: Trial,
        observed: str | Observed,
        expected: str | Expected | None = None,
        rule: str | None = None,
        before: Iterable[Trial] = (),
    ) -> None:
        """Record a deviation that a scenario shows. ``before`` are the requests that come first."""

    def judge(
        self,
        arm: Arm,
        trial: Trial,
        before: Iterable[Trial] = (),
        *,
        unless_as: Mapping[str, Draft] = MappingProxyType({}),
    ) -> None:
        """Judge a trial of a scenario by the property's rule. ``before`` as in :meth:`deviates`.

        A request in ``unless_as``, by the rule that it breaks, masks the rule if the target answers
        it as wrongly as the trial.
        """
        due = trial.expectation
        for rule_id, draft in unless_as.items():
            if answered_alike(plain := self.send(draft), trial):
                self._masked(plain, rule_id)
                return
        match trial.attributed_to(self.rule.id):
            case Decided():
                self.decided(arm)
            case Undecided(why):
                self.skip(why)
            case Attributed(rule_id):
                rule_id, trial = self.broken_rule(trial, rule_id)
                if rule_id == self.rule.id:
                    self.decided(arm)
                else:
                    self.skip(f"not decided: see {rule_id}")
                side = arm if rule_id == self.rule.id else Arm.KEEPS
                observed = trial.observed
                self.deviates(side, trial, observed, expected_of(due), rule_id, before)

    @abstractmethod
    def check(self, trial: Trial) -> None:
        """Record the violations that a trial's answer and effects show."""

    def check_distinct(self, element: str, *drafts: Draft) -> None:
        """Check that no two answers have the same text in an element of the root.

        The rule is not decided by fewer than two answers with the element.
        """
        shown: dict[str, Trial] = {}
        answers = 0
        for trial in filter(None, map(self.send_if_available, drafts)):
            root = trial.answer.root if trial.answer else None
            if root is None or not (text := root.value(element)):
                continue
            answers += 1
            if (first := shown.setdefault(text, trial)) is not trial:
                observed = f"two answers have the same {element}"
                self.deviates(Arm.KEEPS, trial, observed, before=(first,))
                return
        if answers < 2:
            self.record.keeps = 0
            self.skip(self._why_hidden(element, drafts))

    def _why_hidden(self, element: str, drafts: Iterable[Draft]) -> str:
        for trial in filter(None, map(self.send_if_available, drafts)):
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
            self.decided(arm)

    @abstractmethod
    def check_rejections(self) -> None:
        """Check the rejected requests so far for orphans."""

    def verifies_signatures(self) -> bool:
        """Whether the target refuses a request with a wrong signature."""
        return self.session.binder.verifies_signatures()

    # Scenarios.

    def check_history(
        self, scenario: Scenario, given: Callable[[Exercise], bool] | None = None
    ) -> None:
        """Judge the rule by the history of a scenario. Raises NotAvailable.

        ``given`` is asked before a violation counts, and records why it does not.
        """
        history = self.scenarios.history(scenario)
        findings = list(history_findings(self.rule.id, history))
        ended = history.last(Ended)
        violated = {each.arm for each in findings if isinstance(each, Violates)}
        if violated and given is not None and not given(self):
            findings = [each for each in findings if getattr(each, "arm", None) not in violated]
        for finding in findings:
            match finding:
                case Decides(arm):
                    self.decided(arm)
                case Lacks(why):
                    self.skip(why, ended.hindrance if ended and ended.why == why else None)
                case Violates(arm, observed, created, rule_id):
                    trial = self.scenarios.trial(scenario, created)
                    self.deviates(arm, trial, observed, rule=rule_id or None)

    @property
    @abstractmethod
    def parts(self) -> SessionParts:
        """The session of the one target and its parts, for steps that are more than requests."""

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
