"""The steps of a sequence that describe, launch and deregister its images."""

from __future__ import annotations

from conformance.engine.client.api import WITH_SNAPSHOTS
from conformance.engine.scenarios.images import existing_snapshots, launch, own_snapshots
from conformance.engine.scenarios.sequence_history import SequenceHistory
from conformance.model import Arm
from conformance.model.codes import ACCOUNT, LIMITS
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
        if registered and image is None:
            observed = "DescribeImages does not show it"
            history.deviates("st.image.exists", Arm.KEEPS, trial, observed)
        elif not registered and image is not None:
            observed = "DescribeImages still shows the image after it was deregistered"
            history.deviates("lc.deregister.visible", Arm.BREAKS, trial, observed)

    def launch(self, number: int) -> None:
        """Check that a registered image can be launched and that a deregistered one cannot."""
        history = self._history
        trial = history.image(number)
        image_id = trial.image_id or ""
        if image_id not in history.deregistered:
            history.available_image(trial)
            launched = launch(history.session, image_id)
            if isinstance(launched, str) and launched not in ACCOUNT | LIMITS:
                observed = f"RunInstances of the image: {launched}"
                history.deviates("st.image.launchable", Arm.KEEPS, trial, observed)
        else:
            launched = history.session.patience.until(
                "launch refused",
                lambda: launch(history.session, image_id),
                lambda result: isinstance(result, str),
                acts=True,
            )
            if isinstance(launched, Instance):
                observed = "RunInstances launches the image after it was deregistered"
                history.deviates("lc.deregister", Arm.BREAKS, trial, observed)
        if isinstance(launched, Instance):
            history.launched.append(launched.id)

    def deregister(self, number: int) -> None:
        """Deregister an image and check that its snapshots are left."""
        history = self._history
        trial = history.image(number)
        session = history.session
        ids = own_snapshots(session, trial, history.available_image(trial))
        ids = [s.id for s in existing_snapshots(session, ids)]
        session.executor.deregister(trial)
        history.deregistered.add(trial.image_id or "")
        left = len(existing_snapshots(session, ids))
        if left < len(ids):
            observed = f"{left} of {len(ids)} snapshots are left after deregistration"
            history.deviates("lc.deregister.snapshots", Arm.BREAKS, trial, observed)

    def deregister_with_snapshots(self, number: int) -> None:
        """Deregister an image and have the target delete its snapshots too."""
        history = self._history
        trial = history.image(number)
        session = history.session
        ids = own_snapshots(session, trial, history.available_image(trial))
        session.executor.deregister(trial, WITH_SNAPSHOTS)
        history.deregistered.add(trial.image_id or "")
        for id in set(ids) - {s.id for s in existing_snapshots(session, ids)}:
            session.ledger.gone("snapshot", id)
