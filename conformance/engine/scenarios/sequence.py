"""One sequence of steps, executed against a target.

It is a story: it yields a condition before each step that would wait for it. Without a scheduler
the step itself waits.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import replace

from conformance.engine.client.api import Refused, numbered
from conformance.engine.core.record import RuleDeviation
from conformance.engine.execution.session import Session
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.scenarios.acts import SeeImage, SeeInstance, Until
from conformance.engine.scenarios.images import completed, remove
from conformance.engine.scenarios.sequence_checks import SequenceChecks
from conformance.engine.scenarios.sequence_history import SequenceEnded, SequenceHistory
from conformance.engine.scenarios.sequence_images import ImageSteps
from conformance.engine.scenarios.sequence_requests import RequestSteps
from conformance.model.history import AnyStep, InstanceSeen
from conformance.model.request import Draft, create_image
from conformance.model.sequence import CREATES, STATE_CHANGES, Action, Steps
from conformance.model.world import Instance

_CALLS = {
    Action.STOP: "StopInstances",
    Action.START: "StartInstances",
    Action.TERMINATE: "TerminateInstances",
}
_OF_AVAILABLE = {Action.LAUNCH, Action.DEREGISTER, Action.DEREGISTER_WITH_SNAPSHOTS}
"""Actions that wait until their image is available, unless it is deregistered."""
Waits = Generator[Until, AnyStep | None, None]
"""What waits for conditions; it is sent the step that satisfied each, or None."""


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

    @property
    def deviations(self) -> list[RuleDeviation]:
        """The deviations that the steps so far show."""
        return self._history.deviations

    def story(self, steps: Steps) -> Waits:
        """Execute the steps, up to the first that the target cannot do."""
        with contextlib.suppress(SequenceEnded, Refused, NotAvailable):
            for step in steps:
                if step.action in STATE_CHANGES:
                    yield from self._change_state(step.action)
                    continue
                if step.action in CREATES:
                    yield from self._free()
                if step.action in _OF_AVAILABLE:
                    yield from self._available(step.number)
                self._steps[step.action](step.number)
        with contextlib.suppress(Refused):
            self._checks.orphans()

    def close(self) -> None:
        """Remove the images of the sequence and the instances that were launched of them."""
        history, session = self._history, self._history.session
        remove(session, *(t for t in history.images if t.image_id not in history.deregistered))
        session.instances.end(history.launched)
        terminated = [self.source.id] if self.source.state == "terminated" else []
        session.instances.forget([*history.launched, *terminated])

    def _change_state(self, action: Action) -> Waits:
        history, moving = self._history, self._history.source
        since = change(history.session, moving, action)
        history.source = replace(moving, state="")
        history.source = yield from settled(
            history.session, moving, STATE_CHANGES[action][1], since
        )

    def _free(self) -> Waits:
        """Wait until an image of the source instance may be created, where a limit is known."""
        session, id = self._history.session, self._history.source.id
        if (ahead := session.placement.busy_for(id)) > 0:
            now = session.patience.clock.now()
            yield Until("free instance", SeeInstance(id), lambda step: True, now, after=ahead)

    def _available(self, number: int) -> Waits:
        """Wait for the image of this number, if a step waits for it."""
        history = self._history
        image_id = history.image(number).image_id or ""
        if image_id not in history.deregistered and image_id not in history.available:
            since = history.session.registry.created_at(image_id)
            if since is not None:
                yield Until("image complete", SeeImage(image_id), completed, since)


def change(session: Session, instance: Instance, action: Action) -> float:
    """Have an instance change its state. Returns the clock's time. Raises Refused."""
    since = session.patience.clock.now()
    session.api.call(_CALLS[action], numbered("InstanceId", [instance.id]))
    return since


def settled(
    session: Session, instance: Instance, state: str, since: float, *, imageless: bool = False
) -> Generator[Until, AnyStep | None, Instance]:
    """An instance once it is in a state that it began to reach at a time of the clock.

    ``imageless`` as in :class:`Until`. Raises NotAvailable where the window ends before.
    """

    def reached(step: AnyStep) -> bool:
        shown = step.instance if isinstance(step, InstanceSeen) else None
        return shown is not None and shown.state == state

    look = SeeInstance(instance.id)
    seen = yield Until(f"{state} instance", look, reached, since, imageless=imageless)
    if isinstance(seen, InstanceSeen) and seen.instance is not None and reached(seen):
        return session.instances.arrived(seen.instance)
    return session.instances.settled(instance, state)
