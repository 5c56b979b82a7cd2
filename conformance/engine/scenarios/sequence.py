"""One sequence of steps, executed against a target."""

from __future__ import annotations

import contextlib

from conformance.engine.client.api import Refused, numbered
from conformance.engine.core.record import RuleDeviation
from conformance.engine.execution.session import Session
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.scenarios.images import remove
from conformance.engine.scenarios.sequence_checks import SequenceChecks
from conformance.engine.scenarios.sequence_history import SequenceEnded, SequenceHistory
from conformance.engine.scenarios.sequence_images import ImageSteps
from conformance.engine.scenarios.sequence_requests import RequestSteps
from conformance.model.request import Draft, create_image
from conformance.model.sequence import STATE_CHANGES, Action, Steps
from conformance.model.world import Instance

_CALLS = {
    Action.STOP: "StopInstances",
    Action.START: "StartInstances",
    Action.TERMINATE: "TerminateInstances",
}


class SequenceRun:
    """Executes one sequence with one source instance."""

    def __init__(self, session: Session, source: Instance, rejection: Draft | None) -> None:
        """``rejection`` is a draft that the target rejects for another value than name and
        instance."""
        minimal = session.create(create_image())
        known = frozenset(violation.rule for violation in minimal.violations)
        self._history = SequenceHistory(session, source, known)
        self._checks = SequenceChecks(self._history)
        requests = RequestSteps(self._history, self._checks, rejection)
        images = ImageSteps(self._history)
        self._steps = {
            Action.CREATE: requests.create,
            Action.CONCURRENT: requests.create_concurrently,
            Action.DRY_RUN: requests.dry_run,
            Action.REJECTED: requests.reject,
            Action.DESCRIBE: images.describe,
            Action.LAUNCH: images.launch,
            Action.DEREGISTER: images.deregister,
            Action.DEREGISTER_WITH_SNAPSHOTS: images.deregister_with_snapshots,
        }

    @property
    def source(self) -> Instance:
        """The source instance in its state after the last step."""
        return self._history.source

    def execute(self, steps: Steps) -> list[RuleDeviation]:
        """The deviations that the steps show, up to the first step that the target cannot do."""
        with contextlib.suppress(SequenceEnded, Refused, NotAvailable):
            for step in steps:
                if step.action in STATE_CHANGES:
                    self._change_state(step.action)
                else:
                    self._steps[step.action](step.number)
        with contextlib.suppress(Refused):
            self._checks.orphans()
        return self._history.deviations

    def close(self) -> None:
        """Remove the images of the sequence and the instances that were launched of them."""
        history, session = self._history, self._history.session
        remove(session, *(t for t in history.images if t.image_id not in history.deregistered))
        if history.launched:
            with contextlib.suppress(Refused):
                session.api.call("TerminateInstances", numbered("InstanceId", history.launched))
        terminated = [self.source.id] if self.source.state == "terminated" else []
        session.instances.forget([*history.launched, *terminated])

    def _change_state(self, action: Action) -> None:
        history = self._history
        history.session.api.call(_CALLS[action], numbered("InstanceId", [history.source.id]))
        state = STATE_CHANGES[action][1]
        history.source = history.session.instances.settled(history.source, state)
