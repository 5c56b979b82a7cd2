"""The steps of a sequence that describe, launch and deregister its images."""

from __future__ import annotations

from conformance.engine.client.api import WITH_SNAPSHOTS
from conformance.engine.scenarios.images import (
    existing_snapshots,
    launch,
    launch_registered,
    own_snapshots,
)
from conformance.engine.scenarios.sequence_history import SequenceHistory
from conformance.model.sequence_judge import of_deregistration, of_description, of_launch
from conformance.model.world import Instance


class ImageSteps:
    """Steps about an image, by its number. Each raises SequenceEnded if there is none."""

    def __init__(self, history: SequenceHistory) -> None:
        self._history = history

    def describe(self, number: int) -> None:
        """Check that the endpoint shows a registered image and no deregistered one."""
        history = self._history
        trial = history.image(number)
        registered = trial.image_id not in history.deregistered
        image = history.session.observer.image_once(
            "image of a sequence",
            trial.image_id or "",
            lambda i: (i is not None) is registered,
        )
        if image is not None and image.state == "available":
            history.available[image.id] = image
        history.judge(of_description(trial, registered=registered, shown=image is not None))

    def launch(self, number: int) -> None:
        """Check that a registered image can be launched and that a deregistered one cannot."""
        history = self._history
        trial = history.image(number)
        image_id = trial.image_id or ""
        registered = image_id not in history.deregistered
        if registered:
            history.available_image(trial)
            launched = launch_registered(history.session, image_id)
        else:
            launched = history.session.patience.until(
                "launch refused",
                lambda: launch(history.session, image_id),
                lambda result: isinstance(result, str),
                acts=True,
                few=True,
            )
        refused = launched if isinstance(launched, str) else ""
        history.judge(of_launch(trial, registered=registered, refused=refused))
        if isinstance(launched, Instance):
            history.launched.append(launched.id)

    def deregister(self, number: int) -> None:
        """Deregister an image and check that its snapshots are left."""
        history = self._history
        trial = history.image(number)
        session = history.session
        image = history.available_image(trial)
        ids = own_snapshots(session, trial, image)
        ids = [s.id for s in existing_snapshots(session, ids)]
        session.executor.deregister(trial, shown=image)
        history.deregistered.add(trial.image_id or "")
        left = len(existing_snapshots(session, ids))
        history.judge(of_deregistration(trial, len(ids), left))

    def deregister_with_snapshots(self, number: int) -> None:
        """Deregister an image and have the target delete its snapshots too."""
        history = self._history
        trial = history.image(number)
        session = history.session
        image = history.available_image(trial)
        session.executor.deregister(trial, WITH_SNAPSHOTS, shown=image)
        history.deregistered.add(trial.image_id or "")
