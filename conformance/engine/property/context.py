"""The context of one property: its rule, its record, the session and the workarounds."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable

from conformance.engine.core.effort import Effort
from conformance.engine.core.record import Record, RuleDeviation
from conformance.engine.execution.session import Session
from conformance.engine.execution.workarounds import Workarounds
from conformance.engine.observation.deviation import deviation_of
from conformance.engine.observation.trial import Trial
from conformance.engine.property.generate import Generation
from conformance.engine.resources.instances import NotAvailable
from conformance.model import CATALOGUE, Arm
from conformance.model.answer import Malformed, Rejected
from conformance.model.attribution import Attributed
from conformance.model.hindrance import Hindrance
from conformance.model.judge import Violation
from conformance.model.request import Draft, create_image
from reports.results import Expected, Identity, Observed

BUILDS_ON: dict[str, tuple[tuple[Draft, str], ...]] = {}
"""By rule: drafts that its property's requests build on, each with the rule that it keeps."""


class Context:
    """The property of one rule in one round. It sends drafts and fills the property's record."""

    def __init__(
        self,
        rule_id: str,
        session: Session,
        workarounds: Workarounds,
        effort: Effort,
        generation: Generation,
        between: Callable[[], None] = lambda: None,
    ) -> None:
        """``between`` is called before each request: scenarios go on there."""
        self.rule = CATALOGUE[rule_id]
        self.session = session
        self.workarounds = workarounds
        self.effort = effort
        self.generation = generation
        self.record = Record(rule_id, round=generation.round)
        self._between = between
        self.requirements: list[tuple[Draft, str]] = []
        """Drafts that the property's requests build on, each with the rule that it keeps."""
        self._first_seen: dict[Identity, int] = {}
        self._counted: set[tuple[Arm, Draft]] = set()

    def create(self, draft: Draft) -> Trial:
        """Send a draft once, with the workaround that the target needs. Raises NotAvailable."""
        draft = self.workarounds.apply(draft)
        if not self.session.has(draft):
            self._between()
        trial = self.session.create(draft)
        if self.session.rejections.leaks:
            self.record_leaks()
        return trial

    def send_together(self, drafts: Iterable[Draft]) -> None:
        """Send new drafts that are evaluated next; their effects are observed together."""
        new = [each for each in map(self.workarounds.apply, drafts) if not self.session.has(each)]
        if len(new) < 2:
            return
        self._between()
        with self.session.observing_together():
            for draft in new:
                with contextlib.suppress(NotAvailable):
                    self.session.create(draft)

    def answer(self, draft: Draft) -> Trial:
        """As :meth:`create`, for a draft whose answer alone counts. Raises NotAvailable."""
        draft = self.workarounds.apply(draft)
        if not self.session.has(draft):
            self._between()
        trial = self.session.answer(draft)
        if self.session.rejections.leaks:
            self.record_leaks()
        return trial

    def is_sent(self, draft: Draft) -> bool:
        """Whether :meth:`create` would send nothing, as the draft was sent before."""
        return self.session.has(self.workarounds.apply(draft))

    def covering(self, draft: Draft) -> Trial:
        """The trial of a covering request, or of the one composed in its place if it fails.

        Raises NotAvailable.
        """
        base = self.workarounds.apply(create_image())
        return self.session.covering(self.workarounds.apply(draft), base)

    def create_if_available(self, draft: Draft) -> Trial | None:
        """As :meth:`create`; None if the target lacks something that the draft needs."""
        try:
            return self.create(draft)
        except NotAvailable:
            return None

    def answer_if_available(self, draft: Draft) -> Trial | None:
        """As :meth:`answer`; None if the target lacks something that the draft needs."""
        try:
            return self.answer(draft)
        except NotAvailable:
            return None

    def record_leaks(self) -> None:
        """Record the leaks that checks of rejected requests have found."""
        for leak in self.session.rejections.take_leaks():
            self.record.add(
                self.deviation(leak.rule, Arm.BREAKS, leak.trial, leak.observed, scenario=True)
            )

    def note_rejected(self, trial: Trial) -> None:
        """Queue a rejected request for the orphan check. A malformed success is no rejection."""
        malformed = isinstance(trial.outcome, Malformed)
        if not trial.accepted and not (malformed and trial.is_unreadable_success):
            self.session.rejections.add(trial)

    def is_refused(self, trial: Trial) -> bool:
        """Whether the endpoint refused a conforming request.

        A quota, an account restriction and a server error say nothing about the request.
        """
        refused = isinstance(trial.outcome, Rejected)
        return refused and isinstance(trial.attributed_to(self.rule.id), Attributed)

    def decided(self, arm: Arm, times: int = 1) -> None:
        """Count requests that decided an arm."""
        if arm is Arm.KEEPS:
            self.record.keeps += times
        else:
            self.record.breaks += times

    def count(self, arm: Arm, draft: Draft) -> None:
        """Count a draft for an arm, once. A later round counts generated drafts only."""
        generation = self.generation
        if generation.round and self.workarounds.apply(draft) not in generation.sent:
            return
        if (arm, draft) not in self._counted:
            self._counted.add((arm, draft))
            self.decided(arm)

    def untested(self, why: str, hindrance: Hindrance | None = None) -> None:
        """Note why a request decided nothing, and why another run may decide it."""
        self.record.note(why, hindrance)

    def masked(self, why: str) -> None:
        """Note why a wrong answer to a request of the rule does not speak against the rule."""
        if why not in self.record.masked:
            self.record.masked.append(why)

    def deviation(
        self,
        rule_id: str,
        arm: Arm,
        trial: Trial,
        observed: str | Observed,
        expected: str | Expected | None = None,
        before: Iterable[Trial] = (),
        *,
        scenario: bool = False,
    ) -> RuleDeviation:
        """A deviation from a rule, with the number of requests before it first showed."""
        found = deviation_of(rule_id, arm, trial, observed, expected, before, scenario=scenario)
        sent = self.session.api.requests - self.session.requests_apart
        first = self._first_seen.setdefault(found.identity, sent)
        self.session.deviating.add(rule_id)
        self.session.found.add(found.identity)
        return found.seen_after(first)

    def is_found(self, violation: Violation, trial: Trial) -> bool:
        """Whether the run has found the deviation of a violation in another request."""
        arm = arm_of(violation, trial)
        found = deviation_of(violation.rule, arm, trial, violation.observed)
        return found.identity in self.session.found

    def violation_deviation(
        self, violation: Violation, trial: Trial, rule_id: str | None = None
    ) -> RuleDeviation:
        """The deviation of a violation, from another rule if ``rule_id`` is given."""
        rule_id = rule_id or violation.rule
        return self.deviation(rule_id, arm_of(violation, trial), trial, violation.observed)


def arm_of(violation: Violation, trial: Trial) -> Arm:
    """The arm of a violation: rules on errors speak of rejected requests, others of accepted."""
    on_errors = violation.rule.startswith("err.")
    return Arm.BREAKS if on_errors == trial.accepted else Arm.KEEPS
