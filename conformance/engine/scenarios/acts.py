"""What a scenario yields: what it wants sent or seen, or a condition that it waits for.

Each act gives one step of the history. It raises Refused where the answer gives none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol
from zlib import crc32

from conformance.engine.client.api import Refused, filters, numbered
from conformance.engine.client.found import call_once_found, once_found
from conformance.engine.execution.session import Session
from conformance.engine.scenarios.images import existing_snapshots
from conformance.engine.scenarios.trials import created_by
from conformance.model.answer import Accepted
from conformance.model.history import (
    AnyStep,
    Came,
    ConsoleSeen,
    Created,
    Deregistered,
    DeregisterRefused,
    Described,
    Disabled,
    InstanceSeen,
    Launched,
    LaunchRefused,
    Listed,
    Rebooted,
    SnapshotDeleted,
    SnapshotsSeen,
    Tagged,
    TagRefused,
    TagsSeen,
)
from conformance.model.request import Draft, action
from conformance.model.world import Instance
from conformance.wire.decoding import describe


class Act(Protocol):
    """Something to send or to look at now."""

    def perform(self, session: Session) -> AnyStep:
        """The step that it gives. Raises Refused."""


@dataclass(frozen=True, slots=True)
class Until:
    """An act that is repeated until its step satisfies a condition or the window is over."""

    subject: str
    act: Act
    satisfied: Callable[[AnyStep], bool]
    since: float
    """The clock's time of the change that is waited for. The window counts from it."""
    after: float = 0.0
    """Seconds from then on before which no step counts."""
    changes: bool = False
    """Whether the act changes something. Each of its steps is kept then, and none is repeated to
    confirm it."""
    few: bool = False
    """Whether each act costs much, so that fewer are made."""
    imageless: bool = False
    """Whether the scenario makes no image before its next wait: it goes on during a batch."""


@dataclass(frozen=True, slots=True)
class Create:
    """Send the CreateImage request of a draft, unless the session has its trial."""

    draft: Draft
    again: bool = False
    """Send it though the session has a trial of it; of the second its answer alone counts."""
    failed: bool = False
    """Send it in place of a trial whose image failed."""

    def perform(self, session: Session) -> Created:
        if self.failed:
            session.replace_failed(self.draft)
        if self.again and session.has(self.draft):
            with session.answers_alone():
                trial = session.create_again(self.draft)
        elif self.again and not session.client.is_recorded:
            trial = session.answer(self.draft)
        else:  # judging a recording tells no scenario, and finds what a property sent
            trial = session.create(self.draft)
        at = session.registry.created_at(trial.image_id or "")
        return created_by(trial, session.patience.clock.now() if at is None else at)


@dataclass(frozen=True, slots=True)
class Repeat:
    """Send the very request of a draft's trial again, with the same name."""

    draft: Draft

    def perform(self, session: Session) -> Created:
        first = session.create(self.draft)
        trial = session.executor.execute(first.draft, first.request)
        return created_by(trial, session.patience.clock.now())


@dataclass(frozen=True, slots=True)
class SeeImage:
    """Describe an image."""

    image_id: str

    def perform(self, session: Session) -> Described:
        image = session.observer.image(self.image_id)
        return Described(image_id=self.image_id, image=image, at=session.patience.clock.now())


@dataclass(frozen=True, slots=True)
class SeeSnapshots:
    """Describe an image's snapshots."""

    ids: tuple[str, ...]

    def perform(self, session: Session) -> SnapshotsSeen:
        shown = tuple(existing_snapshots(session, list(self.ids)))
        return SnapshotsSeen(asked=self.ids, shown=shown, at=session.patience.clock.now())


@dataclass(frozen=True, slots=True)
class SeeTags:
    """Describe an image and its snapshots for their tags."""

    image_id: str
    ids: tuple[str, ...]

    def perform(self, session: Session) -> TagsSeen:
        image = session.observer.image(self.image_id)
        tags = [image.tags] if image else []
        tags += [each.tags for each in existing_snapshots(session, list(self.ids))]
        return TagsSeen(tags=tuple(tags), at=session.patience.clock.now())


@dataclass(frozen=True, slots=True)
class SeeInstance:
    """Describe an instance."""

    instance_id: str

    def perform(self, session: Session) -> InstanceSeen:
        found = session.instances.refresh(self.instance_id)
        return InstanceSeen(
            instance_id=self.instance_id, instance=found, at=session.patience.clock.now()
        )


@dataclass(frozen=True, slots=True)
class SeeConsole:
    """Read the console output of an instance."""

    instance_id: str
    moment: Literal["before", "after", "later"] = "later"
    """Before or after a request, what was read last counts if the run changed nothing since."""

    def perform(self, session: Session) -> ConsoleSeen:
        consoles = session.observer.consoles
        match self.moment:
            case "before":
                text = consoles.before(self.instance_id)
            case "after":
                text = consoles.after(self.instance_id)
            case "later":
                text = consoles.read(self.instance_id)
        digest = crc32(text.encode())
        return ConsoleSeen(
            instance_id=self.instance_id, digest=digest, at=session.patience.clock.now()
        )


@dataclass(frozen=True, slots=True)
class SeeListing:
    """List the account's images, and see whether one is among them."""

    image_id: str
    disabled_too: bool = False

    def perform(self, session: Session) -> Listed:
        more = [("IncludeDisabled", "true")] if self.disabled_too else []
        if session.api.is_large:
            more += filters({"image-id": [self.image_id]})
        pages = session.api.pages("DescribeImages", [("Owner.1", "self"), *more])
        there = any(i.id == self.image_id for root in pages for i in describe.images(root))
        return Listed(
            image_id=self.image_id,
            there=there,
            disabled_too=self.disabled_too,
            at=session.patience.clock.now(),
        )


@dataclass(frozen=True, slots=True)
class Launch:
    """Launch an instance that no image is made of: of an image, or of the run's own choice."""

    image_id: str = ""
    exists: bool = False
    """Whether the image is registered: the target may not find it at once."""

    def perform(self, session: Session) -> Launched | LaunchRefused:
        clock, instances = session.patience.clock.now, session.instances

        def launch() -> Instance:
            if not self.image_id:
                return instances.spares.take_other()
            return instances.launch(self.image_id, added=False, imaged=False)

        try:
            patience = session.patience if self.exists else None
            made = once_found(patience, "RunInstances", launch)
        except Refused as refused:
            if refused.hindrance is not None:
                raise  # a quota, for instance: it says nothing about the image
            why = refused.code or str(refused)
            return LaunchRefused(image_id=self.image_id, why=why, at=clock())
        return Launched(image_id=self.image_id, instance=made, at=instances.moved_at(made.id))


@dataclass(frozen=True, slots=True)
class Tag:
    """Give resources a tag."""

    ids: tuple[str, ...]
    key: str
    value: str

    def perform(self, session: Session) -> Tagged | TagRefused:
        tag = [("Tag.1.Key", self.key), ("Tag.1.Value", self.value)]
        try:
            params = [*numbered("ResourceId", self.ids), *tag]
            call_once_found(session.api, session.patience, "CreateTags", params)
        except Refused as refused:
            if not refused.denies:
                raise
            return TagRefused(ids=self.ids, code=refused.code, at=session.patience.clock.now())
        at = session.patience.clock.now()
        return Tagged(ids=self.ids, key=self.key, value=self.value, at=at)


@dataclass(frozen=True, slots=True)
class Deregister:
    """Deregister the image of a draft's trial."""

    draft: Draft

    def perform(self, session: Session) -> Deregistered | DeregisterRefused:
        trial, clock = session.create(self.draft), session.patience.clock.now
        image_id = trial.image_id or ""
        try:
            session.executor.deregister(trial)
        except Refused as refused:
            if not refused.denies:
                raise
            return DeregisterRefused(
                image_id=image_id, code=refused.code, what=refused.what, at=clock()
            )
        return Deregistered(image_id=image_id, at=clock())


@dataclass(frozen=True, slots=True)
class DeleteSnapshot:
    """Delete a snapshot."""

    snapshot_id: str

    def perform(self, session: Session) -> SnapshotDeleted:
        request = action("DeleteSnapshot", [("SnapshotId", self.snapshot_id)])
        outcome = session.api.answered(request).outcome
        if isinstance(outcome, Accepted):
            session.ledger.gone("snapshot", self.snapshot_id)
        at = session.patience.clock.now()
        return SnapshotDeleted(snapshot_id=self.snapshot_id, came=Came.of(outcome), at=at)


@dataclass(frozen=True, slots=True)
class Disable:
    """Disable an image."""

    image_id: str
    exists: bool = True
    """Whether the image is registered: the target may not find it at once."""

    def perform(self, session: Session) -> Disabled:
        patience = session.patience if self.exists else None
        params = [("ImageId", self.image_id)]
        once_found(
            patience, "DisableImage", lambda: session.api.call("DisableImage", params, once=True)
        )
        return Disabled(image_id=self.image_id, at=session.patience.clock.now())


@dataclass(frozen=True, slots=True)
class Reboot:
    """Reboot an instance."""

    instance_id: str

    def perform(self, session: Session) -> Rebooted:
        session.api.call("RebootInstances", [("InstanceId.1", self.instance_id)])
        return Rebooted(instance_id=self.instance_id, at=session.patience.clock.now())
