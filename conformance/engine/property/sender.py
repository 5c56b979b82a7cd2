"""The verbs of a property that send drafts: keeps, breaks, control, observe and send."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Literal, overload

from hypothesis.strategies import SearchStrategy

from conformance.engine.core.effort import Effort
from conformance.engine.core.record import RuleDeviation
from conformance.engine.execution.crashes import Masked
from conformance.engine.observation.trial import Trial
from conformance.engine.property.arms import Arms
from conformance.engine.property.combinations import evaluate_combination, refused_features
from conformance.engine.property.covering import Covering
from conformance.engine.property.generate import Generation
from conformance.engine.property.let_through import is_let_through
from conformance.engine.property.recorder import Recorder
from conformance.engine.property.session_parts import SessionParts
from conformance.engine.property.whole import WholeRequests
from conformance.engine.resources.instances import NotAvailable
from conformance.model import Arm
from conformance.model.components import lost, without
from conformance.model.request import Draft, create_image
from reports.results import Observation, form_of, observed_effect


class Sender(Recorder):
    """Sends the drafts of one property."""

    def __init__(
        self, rule_id: str, parts: SessionParts, effort: Effort, generation: Generation
    ) -> None:
        super().__init__(rule_id, parts, effort, generation)
        self._arms = Arms(self._context, self._evaluator)
        self._covering = Covering(self._context, self._evaluator, self._arms)

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
        choice.
        """
        covered = via is not None and self._covering.covers(via, drafts)
        with self._partly():
            if batch is None:
                self._arms.keeps(() if covered else drafts, generated)
            elif not covered:
                self._covering.keeps_batch(batch, drafts)
        if via is not None:
            self._covering.report(via)

    def breaks(self, *drafts: Draft, generated: SearchStrategy[Draft] | None = None) -> None:
        """Requests that break the rule: the drafts, then generated ones."""
        with self._partly():
            self._arms.breaks(drafts, generated)

    def control(self, *drafts: Draft, via: Draft | None = None, one: bool = False) -> None:
        """Requests for the breaks arm of a permission. Other rules judge them.

        ``one``: the first draft that is answered as expected is enough. ``via`` is a covering
        request that can stand for the drafts, of which one is enough then.
        """
        if via is not None and any(
            self._covering.covers(via, (draft,), Arm.BREAKS) for draft in drafts
        ):
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

    def combine(
        self, *drafts: Draft, decided_by: Mapping[Draft, str], rule: str | None = None
    ) -> None:
        """Combinations of what is accepted separately.

        ``decided_by`` gives the rule whose property sends a request. ``rule`` is the one that a
        refused combination breaks, in place of the property's own.
        """
        for draft in drafts:
            for deviation in evaluate_combination(self._context, draft, decided_by):
                if rule and deviation.rule == self.rule.id:
                    deviation = RuleDeviation(rule, deviation.deviation)
                self.record.add(deviation)

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
        WholeRequests(self._context, self._arms, required, decided_by, masks).run()

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
        ``seen`` is what a trial's scenario showed, in place of its answer. Quick effort sends no
        draft where the success of the minimal request is unreadable.
        """
        drafts = [each for each in requests if not isinstance(each, Trial)]
        if drafts and not self.effort.accepted_examples:
            minimal = self._sent(create_image())
            if minimal is not None and minimal.is_unreadable_success:
                self.skip(self.why_undecided(minimal, self.rule.id))
                return
        if whole is not None and not self.effort.accepted_examples:
            if (trial := self._sent(whole)) is not None and trial.accepted:
                self._observed(trial, None)
                return
            if trial is not None:
                self._note_rejected(trial)
        if via is not None and not self.effort.accepted_examples:
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

    def requires(self, draft: Draft, rule_id: str) -> None:
        """The property's requests build on ``draft``, which keeps another rule.

        If the target refuses that draft, a refusal of a later request speaks against that rule. If
        the target ignores what the draft asks for, it ignores what is wrong with it as well.
        """
        self._context.requirements.append((draft, rule_id))

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
                return self._context.create(draft)
            return None
        trial = self._context.create(draft)
        if unless == "refused" and not trial.accepted:
            self.skip(self._why_refused(trial))
            return None
        return trial

    def without_refused(self, draft: Draft) -> Draft:
        """A draft without the parts that the target is known to refuse by themselves."""
        return without(draft, refused_features(self._context), but="")

    def let_through(self, draft: Draft) -> Trial | None:
        """The trial of a draft that the target is known to let through, or None. It sends none."""
        if not self._context.is_sent(draft):
            return None
        trial = self._context.create(draft)
        return trial if is_let_through(trial) else None

    def _sent(self, draft: Draft) -> Trial | None:
        return self.send(draft, unless="lacking")

    def answer(self, draft: Draft) -> Trial:
        """The trial of a draft whose answer alone counts. Raises NotAvailable."""
        return self._context.answer(draft)

    def _covering_trial(self, covering: Draft, needed: Draft) -> Trial | None:
        """See ``via`` of :meth:`send`."""
        try:
            trial = self._context.covering(covering)
        except NotAvailable:
            return None
        return None if lost(covering, trial.draft, needed) else trial

    def covers(self, covering: Draft, own: Sequence[Draft] = (), arm: Arm = Arm.KEEPS) -> bool:
        """Whether a covering request keeps all that the rule needs, so that it stands for others.

        ``own`` are the rule's own requests. If the target refuses a part of the covering request
        that they lack, it stands for them without that part.
        """
        return self._covering.covers(covering, own, arm)

    def _note_rejected(self, trial: Trial) -> None:
        """Queue a rejected request for the check that it leaves no orphan."""
        self._context.note_rejected(trial)
