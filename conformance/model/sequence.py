"""A sequence: steps applied to one instance and to the images created from it.

This is the pure side. :class:`ModelState` is the model's state after some steps: the world in
which the judge judges the next request, with IDs and names of the model's own.
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
"""How many names a sequence uses."""
MOST_IMAGES = 3
"""How many images a sequence creates at most."""
_SOURCE = "i-0000000000000000f"
_BEGINNING = World({_SOURCE: Instance(_SOURCE, "running", root_device_type="ebs")})


class Action(StrEnum):
    """The kind of a step. A step refers to a name by its number, and to an image by its number in
    the order of creation."""

    CREATE = "create"
    CONCURRENT = "concurrent"
    """The same request twice, concurrently."""
    DRY_RUN = "dry_run"
    REJECTED = "rejected"
    """A request that breaks a rule not about names or instances."""
    DESCRIBE = "describe"
    LAUNCH = "launch"
    DEREGISTER = "deregister"
    DEREGISTER_WITH_SNAPSHOTS = "deregister_with_snapshots"
    """Deregisters an image and requests the deletion of its snapshots."""
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
"""Steps that change the instance's state: the states they start from, and the one they end in."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a sequence."""

    action: Action
    number: int = 0
    """The number of the name or image; unused for a step on the instance."""


Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class ModelState:
    """The model's state after some steps."""

    world: World = _BEGINNING
    images: tuple[str, ...] = ()
    """The name of each created image."""

    def steps(self) -> Iterator[Step]:
        """Every step that is possible now."""
        requests = (Step(each, n) for each in CREATES + CREATE_NOTHING for n in range(NAMES))
        yield from filter(self._is_possible, requests)
        for each in ON_IMAGES:
            for number in range(len(self.images)):
                if each not in DEREGISTERS or self._is_registered(number):
                    yield Step(each, number)
        state = self.world.instances[_SOURCE].state
        for each, (begins, _) in STATE_CHANGES.items():
            # A terminated instance cannot be imaged: the first image comes before.
            if state in begins and (self.images or each is not Action.TERMINATE):
                yield Step(each)

    def after(self, step: Step) -> ModelState:
        """The model's state after one more step."""
        if step.action in STATE_CHANGES:
            moved = replace(self.world.instances[_SOURCE], state=STATE_CHANGES[step.action][1])
            return replace(self, world=replace(self.world, instances={_SOURCE: moved}))
        if step.action in DEREGISTERS:
            name = self.images[step.number]
            names = {n: i for n, i in self.world.names.items() if n != name}
            return replace(self, world=replace(self.world, names=names))
        if self._creates_an_image(step):
            name, image = _name(step.number), _image(len(self.images))
            names = {**self.world.names, name: image}
            return ModelState(replace(self.world, names=names), (*self.images, name))
        return self

    def _is_possible(self, step: Step) -> bool:
        return len(self.images) < MOST_IMAGES or not self._creates_an_image(step)

    def _creates_an_image(self, step: Step) -> bool:
        """Whether the judge expects a step's request to be accepted."""
        if step.action not in CREATES:
            return False
        draft = create_image(InstanceId=_SOURCE, Name=_name(step.number))
        request = draft.bind(str)
        return isinstance(judge(request, self.world), Accept)

    def _is_registered(self, number: int) -> bool:
        return self.world.names.get(self.images[number]) == _image(number)


def _name(number: int) -> str:
    return f"name-{number}"


def _image(number: int) -> str:
    return f"ami-{number:08x}"
