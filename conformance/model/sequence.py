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
    AT_ONCE = "at_once"
    """The same request twice at the same moment."""
    DRY_RUN = "dry_run"
    REFUSED = "refused"
    """A request that breaks a rule which has nothing to do with names or instances."""
    LOOK = "look"
    LAUNCH = "launch"
    DEREGISTER = "deregister"
    DEREGISTER_ALL = "deregister_all"
    """Deregisters an image and asks for its snapshots to be deleted too."""
    STOP = "stop"
    START = "start"
    TERMINATE = "terminate"


CREATES = (Action.CREATE, Action.AT_ONCE)
CHECKS = (Action.DRY_RUN, Action.REFUSED)
DEREGISTERS = (Action.DEREGISTER, Action.DEREGISTER_ALL)
TO_IMAGES = (Action.LOOK, Action.LAUNCH, *DEREGISTERS)
MOVES = {
    Action.STOP: ({"running"}, "stopped"),
    Action.START: ({"stopped"}, "running"),
    Action.TERMINATE: ({"running", "stopped"}, "terminated"),
}
"""What is done to the instance: the states from which it is done, and the one that comes of it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a life."""

    act: Action
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
        asked = (Step(act, n) for act in CREATES + CHECKS for n in range(NAMES))
        yield from filter(self._may, asked)
        for act in TO_IMAGES:
            for number in range(len(self.images)):
                if act not in DEREGISTERS or self._is_registered(number):
                    yield Step(act, number)
        state = self.world.instances[_SOURCE].state
        for act, (begins, _) in MOVES.items():
            # Nothing can be made of an instance that is gone: images come first.
            if state in begins and (self.images or act is not Action.TERMINATE):
                yield Step(act)

    def after(self, step: Step) -> ModelState:
        """What the model knows after one step more."""
        if step.act in MOVES:
            moved = replace(self.world.instances[_SOURCE], state=MOVES[step.act][1])
            return replace(self, world=replace(self.world, instances={_SOURCE: moved}))
        if step.act in DEREGISTERS:
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
        if step.act not in CREATES:
            return False
        draft = create_image(InstanceId=_SOURCE, Name=_name(step.number))
        request = draft.bind(lambda slot: str(slot))
        return isinstance(judge(request, self.world), Accept)

    def _is_registered(self, number: int) -> bool:
        return self.world.names.get(self.images[number]) == _image(number)


def standing(life: Steps) -> ModelState:
    """What the model knows after a life."""
    now = ModelState()
    for step in life:
        now = now.after(step)
    return now


def _name(number: int) -> str:
    return f"name-{number}"


def _image(number: int) -> str:
    return f"ami-{number:08x}"
