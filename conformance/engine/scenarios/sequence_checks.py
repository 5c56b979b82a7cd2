"""Checks in a sequence that have to look at the endpoint: orphans of its rejected requests."""

from __future__ import annotations

from conformance.engine.execution.leaks import left_behind
from conformance.engine.observation.orphans import uncertain_snapshots
from conformance.engine.observation.trial import Trial
from conformance.engine.scenarios.sequence_history import SequenceEnded, SequenceHistory
from conformance.model.expectation import Accept, Expectation
from conformance.model.sequence_judge import is_dry_run, of_answer, of_effects, of_image, of_orphan


class SequenceChecks:
    """Checks each trial of a sequence against those before it."""

    def __init__(self, history: SequenceHistory) -> None:
        self._history = history

    def outcome(self, trial: Trial, due: Expectation, own: str | None = None) -> None:
        """Judge an answer. ``own`` is the rule that the request is about, if known. Raises
        SequenceEnded."""
        history = self._history
        history.judge(of_answer(trial, due, history.trials, history.images, own))

    def executed(self, trial: Trial) -> None:
        """Add a checked trial to the history."""
        self._history.trials.append(trial)
        if not trial.accepted:
            self._history.unchecked.append(trial)

    def created(self, trial: Trial, due: Expectation) -> None:
        """Add the image of a request that had to be accepted, and judge its effects.

        Raises SequenceEnded if there is no such image or if an effect violates a rule.
        """
        if not isinstance(due, Accept):
            return
        if not trial.accepted:
            raise SequenceEnded
        history = self._history
        effects = of_effects(trial, history.known)
        if effects.ends and self._orphans_beside(trial):
            raise SequenceEnded  # the effects may be those of a rejected request
        history.record(effects)
        history.judge(of_image(trial, history.images))
        if trial.image_id in history.session.registry.reused:
            raise SequenceEnded  # what the image shows is of no request
        history.images.append(trial)
        if effects.ends:
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
            history.record(of_orphan(leaking, left_behind(orphans[0])))
        return True

    def _reproduced(self, rejected: list[Trial]) -> Trial | None:
        """A request that leaves an orphan again; one with and one without DryRun are sent."""
        session = self._history.session
        for trial in {is_dry_run(trial): trial for trial in reversed(rejected)}.values():
            again = session.create_again(trial.draft)
            if not again.accepted and session.rejections.orphans([again]):
                return again
        return None
