"""A life: what is done, step by step, to an instance and to the images that are made of it.

This is the pure side. :class:`ModelState` is what the model knows after some steps: the world in
which the judge judges the next request, with ids and names of its own making.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from conformance.model.expectation import Accept
from conformance.model.judge import judge
from conformance.model.request import create_image
from conformance.model.world import Instance, World

NAMES = 2
"""How many names a life has to do with."""
MOST_IMAGES = 3
"""How many images a life makes at most."""
_SOURCE = "i-0000000000000000f"
_BEGINNING = World({_SOURCE: Instance(_SOURCE, "running", root_device_type="ebs")})


class Action(StrEnum):
    """What a step does. Requests are about a name, by its number; so are images, in the order in
    which they were made."""

    CREATE = "create"
    CONCURRENT = "concurrent"
    """The same request twice at the same moment."""
    DRY_RUN = "dry_run"
    REJECTED = "rejected"
    """A request that breaks a rule which has nothing to do with names or instances."""
    DESCRIBE = "describe"
    LAUNCH = "launch"
    DEREGISTER = "deregister"
    DEREGISTER_WITH_SNAPSHOTS = "deregister_with_snapshots"
    """Deregisters an image and asks for its snapshots to be deleted too."""
    STOP = "stop"
    START = "start"
    TERMINATE = "terminate"


CREATES = (Action.CREATE, Action.CONCURRENT)
CREATE_NOTHING = (Action.DRY_RUN, Action.REJECTED)
DEREGISTERS = (Action.DEREGISTER, Action.DEREGISTER_WITH_SNAPSHOTS)
ON_IMAGES = (Action.DESCRIBE, Action.LAUNCH, *DEREGISTERS)
STATE_CHANGES = {
    Action.STOP: ({"running"}, "stopped"),
    Action.START: ({"stopped"}, "running"),
    Action.TERMINATE: ({"running", "stopped"}, "terminated"),
}
"""What is done to the instance: the states from which it is done, and the one that comes of it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a life."""

    action: Action
    number: int = 0
    """Of the name or of the image; nothing where the instance itself is the subject."""


Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class ModelState:
    """What the model knows after some steps."""

    world: World = _BEGINNING
    images: tuple[str, ...] = ()
    """The name of each image that was made."""

    def steps(self) -> Iterator[Step]:
        """Every step that can be taken now."""
        asked = (Step(act, n) for act in CREATES + CREATE_NOTHING for n in range(NAMES))
        yield from filter(self._may, asked)
        for act in ON_IMAGES:
            for number in range(len(self.images)):
                if act not in DEREGISTERS or self._is_registered(number):
                    yield Step(act, number)
        state = self.world.instances[_SOURCE].state
        for act, (begins, _) in STATE_CHANGES.items():
            # Nothing can be made of an instance that is gone: images come first.
            if state in begins and (self.images or act is not Action.TERMINATE):
                yield Step(act)

    def after(self, step: Step) -> ModelState:
        """What the model knows after one step more."""
        if step.action in STATE_CHANGES:
            moved = replace(self.world.instances[_SOURCE], state=STATE_CHANGES[step.action][1])
            return replace(self, world=replace(self.world, instances={_SOURCE: moved}))
        if step.action in DEREGISTERS:
            name = self.images[step.number]
            names = {n: i for n, i in self.world.names.items() if n != name}
            return replace(self, world=replace(self.world, names=names))
        if self._makes_an_image(step):
            name, image = _name(step.number), _image(len(self.images))
            names = {**self.world.names, name: image}
            return ModelState(replace(self.world, names=names), (*self.images, name))
        return self

    def _may(self, step: Step) -> bool:
        return len(self.images) < MOST_IMAGES or not self._makes_an_image(step)

    def _makes_an_image(self, step: Step) -> bool:
        """Whether a step's request has to be accepted, by the judge."""
        if step.action not in CREATES:
            return False
        draft = create_image(InstanceId=_SOURCE, Name=_name(step.number))
        request = draft.bind(lambda slot: str(slot))
        return isinstance(judge(request, self.world), Accept)

    def _is_registered(self, number: int) -> bool:
        return self.world.names.get(self.images[number]) == _image(number)


def _name(number: int) -> str:
    return f"name-{number}"


def _image(number: int) -> str:
    return f"ami-{number:08x}"
