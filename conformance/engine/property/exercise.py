"""The verbs of a property: they send drafts, and decide about its rule.

A story is a function over eight verbs: ``keeps``, ``breaks``, ``control`` and ``observe`` send
drafts; ``send`` sends one and returns its trial; ``check`` decides, ``skip`` gives a reason, and
``is_masked`` asks whether another rule stands before this one. The other methods serve the steps of
``spec`` and of the suite. ``target_exercise`` fills the record. The verbs stay in one module, so
that a reader finds the whole vocabulary of a property in one place.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, overload

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
from conformance.model.history import Created, Ended
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

UNIQUE_ID = "resp.unique_id"
"""The rule that is broken if two answers name one image: what it shows is of no request."""


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
    def combine(self, *drafts: Draft, decided_by: Mapping[Draft, str]) -> None:
        """Combinations of what is accepted separately.

        ``decided_by`` gives the rule whose property sends a request.
        """

    @abstractmethod
    def whole(
        self,
        required: Callable[[str], Collection[str]],
        decided_by: Mapping[Draft, str],
        masks: Mapping[str, Sequence[tuple[Draft, bool]]],
    ) -> None:
        """Whole requests: every parameter from one of its value classes.

        ``required`` gives the rules that a rule requires; those that the target breaks mask it.
        ``decided_by`` gives the rule whose property sends a request. ``masks`` gives the
        requests of other rules that mask a rule, and whether those rules want them accepted.

        Quick effort sends a few that must be rejected. Standard effort covers each pair of classes.
        """

    def observe(
        self,
        *requests: Draft | Trial,
        via: Draft | None = None,
        whole: Draft | None = None,
        seen: str | None = None,
    ) -> None:
        """Requests about which the documents are silent: the answers are recorded.

        ``via`` has many unspecified values. At quick effort it stands for the drafts if accepted,
        at least with the values of the drafts. ``whole`` does so only if all of it is accepted.
        ``seen`` is what a trial's scenario showed, in place
        of its answer.
        """
        if whole is not None and not self.effort.accepted_examples:
            if (trial := self._sent(whole)) is not None and trial.accepted:
                self._observed(trial, None)
                return
            if trial is not None:
                self._note_rejected(trial)
        if via is not None and not self.effort.accepted_examples:
            drafts = [each for each in requests if not isinstance(each, Trial)]
            trials = [self.send(draft, via=via) for draft in drafts]
            if drafts and all(trial is not None and trial.accepted for trial in trials):
                self._observed(next(filter(None, trials)), None)
                return
            if (trial := self._sent(via)) is not None and not trial.accepted:
                self._note_rejected(trial)
        for each in requests:
            if isinstance(each, Trial):
                self._observed(each, seen)
                continue
            try:
                trial = self.answer(each)
            except NotAvailable as why:
                self.skip(str(why), why.hindrance)
                continue
            self._observed(trial, seen)
            self._note_rejected(trial)

    def _observed(self, trial: Trial, seen: str | None) -> None:
        came_back = trial.observed if seen is None else observed_effect(seen)
        self.record.observations.append(
            Observation(self.rule.id, trial.request.params, came_back, form_of(trial.request))
        )

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
        trial = self.send(draft)
        if trial.accepted is accepted and not trial.is_unreadable_success:
            return False
        self._masked(trial, rule_id)
        return True

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
        broken = trial.attributed_to(rule_id)
        return (broken.rule if isinstance(broken, Attributed) else ""), trial

    @abstractmethod
    def spoken_against(self, trial: Trial) -> str:
        """The rule that a wrong answer speaks against, whichever property asks, or nothing."""

    @abstractmethod
    def mask_of(self, trial: Trial, rule_id: str) -> str:
        """The broken rule that explains a wrong answer or effect of another rule's request.

        It may be that rule. Empty if the request shows nothing wrong.
        """

    # Single requests.

    @overload
    def send(self, draft: Draft) -> Trial: ...

    @overload
    def send(self, draft: Draft, *, unless: Literal["refused", "lacking"]) -> Trial | None: ...

    @overload
    def send(self, draft: Draft, *, via: Draft) -> Trial | None: ...

    def send(
        self,
        draft: Draft,
        *,
        unless: Literal["refused", "lacking"] | None = None,
        via: Draft | None = None,
    ) -> Trial | None:
        """Send a draft once. Raises NotAvailable.

        ``unless``: None where the target refuses the draft, which is recorded as the reason, or
        where it lacks something that the draft needs.

        ``via``: the trial of a covering request in place of the draft, or of the one composed in
        its place if it fails. None if the target lacks something that it needs, or if the composed
        request has not all of the draft.
        """
        if via is not None:
            return self._covering_trial(via, draft)
        if unless == "lacking":
            with contextlib.suppress(NotAvailable):
                return self._create(draft)
            return None
        trial = self._create(draft)
        if unless == "refused" and not trial.accepted:
            self.skip(self._why_refused(trial))
            return None
        return trial

    def _why_refused(self, trial: Trial) -> str:
        """Why a refused conforming request decides nothing about the rule."""
        judged = trial.attributed_to(self.rule.id)
        if isinstance(judged, Undecided):
            return f"inconclusive: {judged.why}"
        mask = self.spoken_against(trial)
        if mask not in ("", self.rule.id):
            return masked_by(mask)
        return f"inconclusive: the first request was not accepted; {trial.summary}"

    @abstractmethod
    def _create(self, draft: Draft) -> Trial:
        """The trial of a draft. Raises NotAvailable."""

    @abstractmethod
    def answer(self, draft: Draft) -> Trial:
        """The trial of a draft whose answer alone counts. Raises NotAvailable."""

    @abstractmethod
    def _covering_trial(self, covering: Draft, needed: Draft) -> Trial | None:
        """See ``via`` of :meth:`send`."""

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

    def _decided(self, arm: Arm, times: int = 1) -> None:
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

    @abstractmethod
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

    @abstractmethod
    def check_effects(self, trial: Trial) -> None:
        """Record the violations that a trial's answer and effects show."""

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

    def _sent(self, draft: Draft) -> Trial | None:
        return self.send(draft, unless="lacking")

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
