"""The steps of a sequence that send CreateImage requests."""

from __future__ import annotations

from conformance.engine.execution.concurrent import create_concurrently
from conformance.engine.scenarios.sequence_checks import SequenceChecks
from conformance.engine.scenarios.sequence_history import SequenceEnded, SequenceHistory
from conformance.model.expectation import Accept, Reject
from conformance.model.judge import judge
from conformance.model.request import Draft, Placeholder, create_image
from conformance.model.sequence_judge import DUPLICATE, error_code, of_pair, own_of_dry_run

_IN_USE = create_image(Name=Placeholder.USED_NAME)


class RequestSteps:
    """Steps about a name, by its number. Each raises SequenceEnded if the sequence cannot go on."""

    def __init__(
        self, history: SequenceHistory, checks: SequenceChecks, rejection: Draft | None
    ) -> None:
        """``rejection`` is a draft that the target rejects for another value than name and
        instance."""
        self._history = history
        self._checks = checks
        self._rejection = rejection

    def create(self, number: int) -> None:
        """Create an image with this name."""
        session, draft = self._history.session, self._history.draft(number)
        if self._is_let_through(draft):
            return
        trial = self._history.execute(draft)
        due = trial.expectation
        if isinstance(due, Accept) and error_code(trial) == DUPLICATE:
            # The target may hold a name for a while after its image is gone.
            trial = session.patience.until(
                "name free again",
                lambda: session.executor.execute(trial.draft, trial.request),
                lambda now: error_code(now) != DUPLICATE,
                acts=True,
            )
        self._checks.outcome(trial, due)
        self._checks.executed(trial)
        self._checks.created(trial, due)

    def _is_let_through(self, draft: Draft) -> bool:
        """Whether the run knows that the target wrongly accepts a name in use, as this one is.

        One more such image shows nothing new.
        """
        session = self._history.session
        known = session.create(_IN_USE) if session.has(_IN_USE) else None
        if known is None or not known.accepted or not isinstance(known.expectation, Reject):
            return False
        due = judge(session.binder.bind(draft), session.executor.world())
        return isinstance(due, Reject) and due.rules == known.expectation.rules

    def create_concurrently(self, number: int) -> None:
        """Send two concurrent requests with this name: one of them is due to be accepted."""
        history = self._history
        draft = history.draft(number)
        request = history.session.binder.bind(draft)
        first, second = create_concurrently(history.session, draft, request, request)
        due = first.expectation
        history.judge(of_pair(first, second, due))
        self._checks.outcome(first, due)
        history.trials.append(first)
        self._checks.outcome(second, second.expectation)
        history.trials.append(second)
        self._checks.created(first, due)

    def dry_run(self, number: int) -> None:
        """Send a dry run with this name."""
        trial = self._history.execute(self._history.draft(number).given(DryRun="true"))
        self._checks.outcome(trial, trial.expectation, own_of_dry_run(trial))
        self._checks.executed(trial)
        if trial.accepted:
            raise SequenceEnded  # nothing says whether the name is in use

    def reject(self, number: int) -> None:
        """Send a request with this name that breaks a rule about something else."""
        if self._rejection is None:
            return
        draft = self._history.draft(number)
        values = {k: v for k, v in draft.params if k in ("InstanceId", "Name")}
        trial = self._history.execute(self._rejection.having(values))
        self._checks.outcome(trial, trial.expectation)
        self._checks.executed(trial)
