"""What refused requests must leave as it is: their source instance, its volumes and its tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conformance.engine.client.api import Refused, filters
from conformance.engine.execution.session import Session
from conformance.engine.observation.trial import Trial
from conformance.model.attribution import rule_of_orphan
from conformance.model.request import Draft, Placeholder
from conformance.wire.decoding import describe

_INSTANCE = "noreboot.after_failure"
"""The rule that a request breaks which changes its instance."""
_TAGGED = "afterwards the instance or a volume of it has other tags"
_REBOOTED = "afterwards the instance has rebooted"


@dataclass(frozen=True, slots=True)
class Look:
    """The running source instance at one time."""

    id: str
    state: str | None
    launch_time: str | None
    flags: Mapping[str, bool | None]
    """DeleteOnTermination of the attached volumes, by device."""
    console: str
    tags: Mapping[str, Mapping[str, str]]
    """The tags of the instance and of its volumes, by id."""

    def change(self, after: Look) -> str | None:
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


@dataclass(frozen=True, slots=True)
class Residue:
    """A refused request that changes its source instance."""

    rule: str
    trial: Trial
    seen: str


def look(session: Session, console: Callable[[str], str] | None = None) -> Look | None:
    """The running source instance as it is now, or None if the target does not show it.

    ``console`` gives the text of its console, if it needs not be read again.
    """
    source = session.instances.of(Placeholder.RUNNING).id
    found = session.instances.refresh(source)
    if found is None:
        return None
    tags: dict[str, Mapping[str, str]] = {source: dict(found.tags)}
    try:
        wanted = filters({"attachment.instance-id": [source]})
        root = session.api.call("DescribeVolumes", wanted)
        tags |= {each.id: dict(each.tags) for each in describe.volumes(root, source)}
    except Refused:
        pass  # the volumes' tags are not compared
    flags = {volume.device: volume.delete_on_termination for volume in found.volumes}
    text = (console or session.observer.consoles.read)(source)
    return Look(source, found.state, found.launch_time, flags, text, tags)


def look_at_running(session: Session) -> Look | None:
    """As :func:`look`; an instance that an earlier request has stopped is replaced first."""
    seen = look(session, session.observer.consoles.last)
    if seen is not None and seen.state != "running":
        session.instances.renew(seen.id)
        seen = look(session)
    return seen


def is_changed(session: Session, before: Look | None) -> bool:
    """Whether the instance is another than before. One that no reboot changed is replaced."""
    after = look(session)
    if before is None or after is None or not (change := before.change(after)):
        return False
    if change != _REBOOTED:
        session.instances.renew(before.id)
    return True


def residue_of(session: Session, draft: Draft) -> Residue | None:
    """What a request leaves that is sent again alone, or None.

    A reboot must show twice, as the console may show another one late. An instance that is changed
    otherwise is replaced.
    """
    seen = ""
    for _ in range(2):
        now = look(session)
        again = session.create_again(draft)
        then = look(session)
        change = now.change(then) if now and then else None
        if now is None or change is None or again.accepted:
            return None
        seen = change
        if change != _REBOOTED:
            session.instances.renew(now.id)
            break
        if not session.observer.consoles.is_steady(now.id):
            return None
    orphan = rule_of_orphan(again.request, again.outcome, again.expectation)
    return Residue(orphan if seen == _TAGGED else _INSTANCE, again, seen)
