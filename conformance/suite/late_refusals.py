"""What requests leave behind that a target may refuse late: a name, a changed instance, tags.

Each request is sent twice with the same name. If the first took the name, the second is refused
for it. The instance is looked at before and after all of them, and only if it changed for each.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from conformance.engine.client.api import Refused, filters
from conformance.engine.execution.session import Session
from conformance.engine.observation.trial import Trial
from conformance.engine.property.exercise import Exercise
from conformance.engine.resources.instances import NotAvailable
from conformance.model import Arm
from conformance.model.attribution import ATOMIC, ATOMIC_TAGS, rule_of_orphan
from conformance.model.request import Draft, Placeholder
from conformance.wire.decoding import describe
from strategies import rejections

_TAKEN = "InvalidAMIName.Duplicate"
_INSTANCE = "noreboot.after_failure"
"""The rule that a request breaks which changes its instance."""
_TAGGED = "afterwards the instance or a volume of it has other tags"
_REBOOTED = "afterwards the instance has rebooted"


@dataclass(frozen=True, slots=True)
class _Look:
    """What a refused request must leave as it is."""

    state: str | None
    launch_time: str | None
    flags: Mapping[str, bool | None]
    """DeleteOnTermination of the attached volumes, by device."""
    console: str
    tags: Mapping[str, Mapping[str, str]]
    """The tags of the instance and of its volumes, by id."""

    def change(self, after: _Look) -> str | None:
        """What is different after a request, in words."""
        if after.state != self.state:
            return f"afterwards the instance is {after.state}; before the request: {self.state}"
        if after.flags != self.flags:
            return "afterwards the instance has other volumes or DeleteOnTermination flags"
        if after.tags != self.tags:
            return _TAGGED
        if (after.console, after.launch_time) != (self.console, self.launch_time):
            return _REBOOTED
        return None


def check_late_refusals(exercise: Exercise) -> None:
    """Send the requests and record what they leave behind."""
    session = exercise.session
    before, source = _look(session)
    if before is not None and before.state != "running":
        session.instances.renew(source)  # an earlier request has stopped it
        before, source = _look(session)
    refused = list(_refused(exercise))
    for first in refused:
        again = session.executor.execute(first.draft, first.request)
        if again.code == _TAKEN != first.code:
            rule = rule_of_orphan(first.request, first.outcome, first.expectation)
            if rule == ATOMIC_TAGS and not _has_image(session, first):
                rule = ATOMIC  # tag.atomic speaks of images and snapshots, not of names
            exercise.check(Arm.BREAKS, again, again.observed, rule=rule, before=[first])
    after, _ = _look(session)
    if before is None or after is None or not (change := before.change(after)):
        return
    if change != _REBOOTED:
        session.instances.renew(source)
    any(_changes_instance(exercise, first.draft) for first in refused)


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


def _changes_instance(exercise: Exercise, draft: Draft) -> bool:
    """Whether a request alone changes its instance; recorded.

    A reboot must show twice, as the console may show another one late. An instance that is changed
    otherwise is replaced.
    """
    session, seen = exercise.session, ""
    for _ in range(2):
        now, source = _look(session)
        again = session.create_again(draft)
        then, _ = _look(session)
        change = now.change(then) if now and then else None
        if change is None or again.accepted:
            return False
        seen = change
        if change != _REBOOTED:
            session.instances.renew(source)
            break
        if not session.observer.consoles.is_steady(source):
            return False
    orphan = rule_of_orphan(again.request, again.outcome, again.expectation)
    exercise.check(Arm.BREAKS, again, seen, rule=orphan if seen == _TAGGED else _INSTANCE)
    return True


def _look(session: Session) -> tuple[_Look | None, str]:
    """The running source instance as it is now, if it is shown, and its id."""
    source = session.instances.of(Placeholder.RUNNING).id
    found = session.instances.refresh(source)
    if found is None:
        return None, source
    tags: dict[str, Mapping[str, str]] = {source: dict(found.tags)}
    try:
        wanted = filters({"attachment.instance-id": [source]})
        root = session.api.call("DescribeVolumes", wanted)
        tags |= {each.id: dict(each.tags) for each in describe.volumes(root, source)}
    except Refused:
        pass  # the volumes' tags are not compared
    flags = {volume.device: volume.delete_on_termination for volume in found.volumes}
    console = session.observer.console(source)
    return _Look(found.state, found.launch_time, flags, console, tags), source
