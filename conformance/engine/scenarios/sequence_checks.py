"""Checks of the answers in a sequence: which rule an unexpected answer violates.

A rule's own property cannot observe what a request does to later ones. These checks can.
"""

from __future__ import annotations

from conformance.engine.execution.leaks import left_behind
from conformance.engine.observation.orphans import uncertain_snapshots
from conformance.engine.observation.trial import Trial
from conformance.engine.scenarios.sequence_history import (
    SequenceEnded,
    SequenceHistory,
    error_code,
    is_dry_run,
)
from conformance.model import CATALOGUE, Arm
from conformance.model.answer import is_client_error
from conformance.model.attribution import ATOMIC, DRY_RUN, Attributed
from conformance.model.expectation import Accept, Expectation, Reject
from conformance.model.observable import observable_with

DUPLICATE = "InvalidAMIName.Duplicate"


class SequenceChecks:
    """Checks each trial of a sequence against those before it."""

    def __init__(self, history: SequenceHistory) -> None:
        self._history = history

    def outcome(self, trial: Trial, due: Expectation, own: str | None = None) -> None:
        """Attribute an outcome that the documents do not allow. ``own`` is the rule that the
        request is about, if known. Raises SequenceEnded for an image that existed before."""
        history = self._history
        self._request_id(trial)
        if isinstance(due, Reject):
            arm, own = Arm.BREAKS, own or due.rules[0]
            if trial.image_id in {t.image_id for t in history.images} - {None}:
                history.deviates("lc.not_idempotent", arm, trial, trial.observed, due)
                raise SequenceEnded
            if is_client_error(trial.outcome):
                return  # the rule's own property checks the error code
        else:
            arm, own = Arm.KEEPS, self._rejecting_rule(trial)
        match trial.attributed_to(own):
            case Attributed(rule) if rule == own == ATOMIC:
                leaking = history.earlier(trial)[-1]
                history.deviates(own, Arm.BREAKS, leaking, "afterwards its name is in use")
            case Attributed(rule_id) if rule_id:
                side = arm if rule_id == own else Arm.KEEPS
                history.deviates(rule_id, side, trial, trial.observed, due)

    def executed(self, trial: Trial) -> None:
        """Add a checked trial to the history."""
        self._history.trials.append(trial)
        if not trial.accepted:
            self._history.unchecked.append(trial)

    def created(self, trial: Trial, due: Expectation) -> None:
        """Add the image of a request that had to be accepted, and check its effects.

        Raises SequenceEnded if there is no such image or if an effect violates a rule.
        """
        if not isinstance(due, Accept):
            return
        if not trial.accepted:
            raise SequenceEnded
        history = self._history
        violated = {v.rule for v in trial.violations}
        new = [v for v in trial.violations if self._is_new(v.rule, violated)]
        if new and self._orphans_beside(trial):
            raise SequenceEnded  # the effects may be those of a rejected request
        for violation in new:
            history.deviates(violation.rule, Arm.KEEPS, trial, violation.observed)
        twin = next((t for t in history.images if t.image_id == trial.image_id), None)
        if twin is not None:
            observed = "two images have the same id"
            history.deviates("resp.unique_id", Arm.KEEPS, trial, observed, before=[twin])
            raise SequenceEnded
        history.images.append(trial)
        if new:
            raise SequenceEnded

    def _orphans_beside(self, trial: Trial) -> bool:
        """As :meth:`orphans`; a snapshot that may not be the trial's own can be an orphan."""
        owners = self._history.session.registry.owners
        uncertain = uncertain_snapshots(trial)
        for id in uncertain:
            owners.pop(id, None)
        found = self.orphans()
        for id in uncertain:
            owners.setdefault(id, trial.image_id or "")
        return found

    def orphans(self) -> bool:
        """Whether the rejected requests that were not yet checked left orphans; if so, the rule is
        recorded.

        An orphaned image has the name of its request. Otherwise one request of each kind is sent
        again.
        """
        history = self._history
        rejected, history.unchecked = history.unchecked, []
        found = history.session.rejections.orphans(rejected) if rejected else []
        # An accepted request whose answer named another image made the one of its name.
        accepted = {t.request.name for t in history.trials if t.accepted} - {None}
        orphans = [orphan for orphan in found if orphan.name not in accepted]
        if not orphans:
            return False
        names = {orphan.name for orphan in orphans if orphan.name}
        leaking = next((t for t in rejected if t.request.name in names), None)
        if leaking is None:
            leaking = self._reproduced(rejected)
        if leaking is not None:
            rule_id = DRY_RUN if is_dry_run(leaking) else ATOMIC
            history.deviates(rule_id, Arm.BREAKS, leaking, left_behind(orphans[0]), before=())
        return True

    def _reproduced(self, rejected: list[Trial]) -> Trial | None:
        """A request that leaves an orphan again; one with and one without DryRun are sent."""
        session = self._history.session
        for trial in {is_dry_run(trial): trial for trial in reversed(rejected)}.values():
            again = session.create_again(trial.draft)
            if not again.accepted and session.rejections.orphans([again]):
                return again
        return None

    def _is_new(self, rule_id: str, violated: set[str]) -> bool:
        """Whether a violated rule is about effects, and nothing masks it.

        The minimal request keeps it and what masks it. The trial violates nothing that it requires.
        """
        rule = CATALOGUE[rule_id]
        if rule.on_effects is None or (observable_with(rule_id) - {rule_id}) & violated:
            return False
        return not (observable_with(rule_id) | {rule.masked_by}) & self._history.known

    def _rejecting_rule(self, trial: Trial) -> str:
        """The rule that is violated if a request that keeps every rule is rejected."""
        history = self._history
        earlier = history.earlier(trial)
        if error_code(trial) == DUPLICATE and earlier:
            if any(t.accepted for t in earlier):
                return "name.reuse_after_deregister"
            dry = {is_dry_run(t) for t in earlier}
            if len(dry) == 2:
                return ""  # a shorter sequence shows which of them took the name
            return DRY_RUN if True in dry else ATOMIC
        source = trial.before.instances.get(history.source.id)
        if source is not None and source.state == "stopped":
            return "inst.state.stopped"
        return "lc.new_name_again" if history.images else ""

    def _request_id(self, trial: Trial) -> None:
        """Check that no earlier answer has the same request id."""
        element = "requestId" if trial.accepted else "RequestID"
        rule_id = "resp.requestId" if trial.accepted else "err.requestID"
        own = _text(trial, element)
        history = self._history
        twin = next((t for t in history.trials if own and _text(t, element) == own), None)
        if twin is not None:
            observed = f"two answers have the same {element}"
            history.deviates(rule_id, Arm.KEEPS, trial, observed, before=[twin])


def _text(trial: Trial, element: str) -> str | None:
    root = trial.answer.root if trial.answer else None
    return root.value(element) if root else None
