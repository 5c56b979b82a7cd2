"""A history: the typed steps of a scenario, which rules about several requests are decided by.

A scenario sends and looks; what it sent and saw is data. So a recorded history is judged without
its endpoint, also by rules that are newer than it. The steps stay in one module, as they are one
vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, TypeVar

import msgspec

from conformance.model.answer import (
    Accepted,
    Answer,
    Indeterminate,
    Limited,
    Malformed,
    Outcome,
    Rejected,
    Throttled,
)
from conformance.model.hindrance import Hindrance
from conformance.model.world import Effects, Image, Instance, Snapshot, World


class Came(msgspec.Struct, frozen=True, omit_defaults=True):
    """An outcome as data."""

    kind: Literal["accepted", "rejected", "malformed", "throttled", "limited", "indeterminate"]
    text: str = ""
    """The image id, the error code, or why the response is neither."""
    status: int = 0
    message: str = ""
    """The error's message, or the first line of a malformed body."""

    @staticmethod
    def of(outcome: Outcome) -> Came:
        """An outcome of the model as data."""
        match outcome:
            case Accepted(image_id):
                return Came("accepted", image_id)
            case Rejected(code, status, message):
                return Came("rejected", code, status, message)
            case Malformed(why, status, body):
                return Came("malformed", why, status, body)
            case Throttled(code, status):
                return Came("throttled", code, status)
            case Limited(code, status):
                return Came("limited", code, status)
        return Came("indeterminate", outcome.why)

    @property
    def outcome(self) -> Outcome:
        """The outcome of the model."""
        match self.kind:
            case "accepted":
                return Accepted(self.text)
            case "rejected":
                return Rejected(self.text, self.status, self.message)
            case "malformed":
                return Malformed(self.text, self.status, self.message)
            case "throttled":
                return Throttled(self.text, self.status)
            case "limited":
                return Limited(self.text, self.status)
        return Indeterminate(self.text)

    @property
    def words(self) -> str:
        """The outcome in a few words."""
        if self.kind == "malformed":
            return f"the answer is in no documented form ({self.text})"
        return "a success" if self.kind == "accepted" else self.code or "no answer"

    @property
    def code(self) -> str:
        """The error code, or nothing."""
        return self.text if self.kind in ("rejected", "throttled", "limited") else ""


class Step(msgspec.Struct, frozen=True, kw_only=True, tag_field="step", omit_defaults=True):
    """One step of a history."""

    at: float = 0.0
    """The run's clock when the step ended, in seconds."""


class Created(Step, frozen=True, kw_only=True, tag="created"):
    """CreateImage was sent. The fields are those of the trial of the request."""

    params: tuple[tuple[str, str], ...]
    summary: str
    """The request and its outcome in a few words."""
    before: World
    """The world before the request, as far as the request names it."""
    came: Came
    answer: Answer | None = None
    effects: Effects | None = None
    crashes: int = 0
    persists: bool = False

    @property
    def image_id(self) -> str | None:
        """The id of the image, or None if the request was not accepted."""
        return self.came.text if self.came.kind == "accepted" else None

    def parameter(self, name: str) -> str | None:
        """The value of a parameter, or None."""
        return dict(self.params).get(name)


class Described(Step, frozen=True, kw_only=True, tag="described"):
    """DescribeImages was asked for an image by its id."""

    image_id: str
    image: Image | None
    """None: the response shows no such image."""


class SnapshotsSeen(Step, frozen=True, kw_only=True, tag="snapshots"):
    """DescribeSnapshots was asked for an image's snapshots by their ids."""

    asked: tuple[str, ...]
    shown: tuple[Snapshot, ...]


class TagsSeen(Step, frozen=True, kw_only=True, tag="tags"):
    """DescribeImages and DescribeSnapshots were asked for tags."""

    tags: tuple[Mapping[str, str], ...]
    """The tags of each resource that is shown."""


class InstanceSeen(Step, frozen=True, kw_only=True, tag="instance"):
    """DescribeInstances was asked for an instance by its id."""

    instance_id: str
    instance: Instance | None


class ConsoleSeen(Step, frozen=True, kw_only=True, tag="console"):
    """GetConsoleOutput was asked for an instance's console."""

    instance_id: str
    digest: int
    """Two equal digests: the console shows no boot between the two steps."""


class Listed(Step, frozen=True, kw_only=True, tag="listed"):
    """DescribeImages was asked for all images of the account."""

    image_id: str
    there: bool
    """Whether the image is among them."""
    disabled_too: bool = False
    """Whether IncludeDisabled was set."""


class Launched(Step, frozen=True, kw_only=True, tag="launched"):
    """RunInstances launched an instance of an image."""

    image_id: str
    instance: Instance


class LaunchRefused(Step, frozen=True, kw_only=True, tag="launch refused"):
    """RunInstances launched nothing."""

    image_id: str
    why: str
    """The error code, or what came back in its place."""


class Tagged(Step, frozen=True, kw_only=True, tag="tagged"):
    """CreateTags gave resources a tag."""

    ids: tuple[str, ...]
    key: str
    value: str


class TagRefused(Step, frozen=True, kw_only=True, tag="tag refused"):
    """CreateTags refused to give resources a tag."""

    ids: tuple[str, ...]
    code: str


class Deregistered(Step, frozen=True, kw_only=True, tag="deregistered"):
    """DeregisterImage accepted to deregister an image."""

    image_id: str


class DeregisterRefused(Step, frozen=True, kw_only=True, tag="deregister refused"):
    """DeregisterImage refused to deregister an image."""

    image_id: str
    code: str
    what: str


class SnapshotDeleted(Step, frozen=True, kw_only=True, tag="snapshot deleted"):
    """DeleteSnapshot was sent; ``came`` says whether it was accepted."""

    snapshot_id: str
    came: Came


class Disabled(Step, frozen=True, kw_only=True, tag="disabled"):
    """DisableImage accepted to disable an image."""

    image_id: str


class Rebooted(Step, frozen=True, kw_only=True, tag="rebooted"):
    """RebootInstances accepted to reboot an instance."""

    instance_id: str


class Unread(Step, frozen=True, kw_only=True, tag="unread"):
    """A call failed that says nothing of the resources that it asked for."""

    of: Literal["snapshots", "tags", "deregistration", "disabled images"]
    why: str


class Ended(Step, frozen=True, kw_only=True, tag="ended"):
    """The scenario ended early: its history decides nothing."""

    why: str
    lacks: bool = False
    """Whether the target lacks something that the scenario needs."""
    hindrance: Hindrance | None = None
    """Why another run may tell it to its end."""


AnyStep = (
    Created
    | Described
    | SnapshotsSeen
    | TagsSeen
    | InstanceSeen
    | ConsoleSeen
    | Listed
    | Launched
    | LaunchRefused
    | Tagged
    | TagRefused
    | Deregistered
    | DeregisterRefused
    | SnapshotDeleted
    | Disabled
    | Rebooted
    | Unread
    | Ended
)
S = TypeVar("S", bound=Step)


class History(msgspec.Struct, frozen=True):
    """The steps of a scenario, in their order."""

    scenario: str
    steps: tuple[AnyStep, ...] = ()

    @property
    def ended(self) -> str:
        """Why the scenario ended early, or nothing."""
        last = self.last(Ended)
        return last.why if last else ""

    def all(self, kind: type[S]) -> Iterator[S]:
        """The steps of a kind."""
        return (step for step in self.steps if isinstance(step, kind))

    def first(self, kind: type[S]) -> S | None:
        """The first step of a kind, or None."""
        return next(self.all(kind), None)

    def last(self, kind: type[S]) -> S | None:
        """The last step of a kind, or None."""
        return next((step for step in reversed(self.steps) if isinstance(step, kind)), None)

    def before(self, step: Step | None) -> History:
        """The history up to a step; all of it without one."""
        return self._part(step, 0)

    def since(self, step: Step | None) -> History:
        """The history after a step; nothing without one."""
        return self._part(step, 1)

    def _part(self, step: Step | None, side: Literal[0, 1]) -> History:
        place = next((n for n, each in enumerate(self.steps) if each is step), len(self.steps))
        part = self.steps[place + 1 :] if side else self.steps[:place]
        return History(self.scenario, part)


def tags_among(tags: Iterable[Mapping[str, str]], key: str, value: str) -> list[bool]:
    """For each resource, whether it has the tag."""
    return [(key, value) in each.items() for each in tags]
