"""What requests leave behind that a target may refuse late: a name, a changed instance, tags.

Each request is sent twice with the same name. If the first took the name, the second is refused
for it. The instance is looked at before and after all of them, and only if it changed for each.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from conformance.engine.client.api import Refused, filters
from conformance.engine.execution.session import Session
from conformance.engine.observation.trial import Trial
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.residue import Look, is_changed, look_at_running, residue_of
from conformance.engine.resources.instances import NotAvailable
from conformance.model import Arm
from conformance.model.attribution import ATOMIC, ATOMIC_TAGS, rule_of_orphan
from conformance.model.request import Placeholder, Request
from strategies import rejections

_TAKEN = "InvalidAMIName.Duplicate"


def check_late_refusals(exercise: Exercise) -> None:
    """Send the requests and record what they leave behind."""
    session = exercise.session
    before = look_at_running(session)
    refused = list(_refused(exercise))
    for first in refused:
        again = session.executor.execute(first.draft, _again(session, first, before))
        if again.code == _TAKEN != first.code:
            rule = rule_of_orphan(first.request, first.outcome, first.expectation)
            if rule == ATOMIC_TAGS and not _has_image(session, first):
                rule = ATOMIC  # tag.atomic speaks of images and snapshots, not of names
            exercise.check(Arm.BREAKS, again, again.observed, rule=rule, before=[first])
    if not is_changed(session, before):
        return
    for first in refused:
        if residue := residue_of(session, first.draft):
            exercise.check(Arm.BREAKS, residue.trial, residue.seen, rule=residue.rule)
            return


def _again(session: Session, first: Trial, before: Look | None) -> Request:
    """The request again, for the instance that is looked at: the first may have stopped its own."""
    of_running = ("InstanceId", Placeholder.RUNNING) in first.draft.params
    if before is None or not of_running or first.request.name is None:
        return first.request
    return session.binder.bind(first.draft.given(InstanceId=before.id, Name=first.request.name))


def _refused(exercise: Exercise) -> Iterator[Trial]:
    """The trials of the requests that the target refuses."""
    for draft in rejections.LATE:
        try:
            trial = exercise.send(draft)
        except NotAvailable:
            continue
        if not trial.accepted and trial.code:
            yield trial


def _has_image(session: Session, trial: Trial) -> bool:
    """Whether an image has the name of a request."""
    with contextlib.suppress(Refused):
        return bool(session.observer.images(filters({"name": [trial.request.name or ""]})))
    return False
