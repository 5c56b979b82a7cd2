"""SequenceTest: sequences of steps that make sense together, some fixed and any number drawn."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from conformance.model.sequence import (
    CHECKS,
    CREATES,
    MOVES,
    TO_IMAGES,
    Action,
    ModelState,
    Step,
    Steps,
)

FREED: Steps = (
    Step(Action.DRY_RUN, 0),
    Step(Action.REFUSED, 1),
    Step(Action.CREATE, 0),
    Step(Action.CREATE, 1),
    Step(Action.CREATE, 0),
    Step(Action.DEREGISTER, 0),
    Step(Action.LOOK, 0),
    Step(Action.LOOK, 1),
    Step(Action.CREATE, 0),
)
"""Nothing that is refused takes a name, and deregistration frees it."""
OUTLIVES: Steps = (
    Step(Action.STOP),
    Step(Action.AT_ONCE, 0),
    Step(Action.START),
    Step(Action.DRY_RUN, 0),
    Step(Action.TERMINATE),
    Step(Action.LOOK, 0),
    Step(Action.LAUNCH, 0),
    Step(Action.CREATE, 1),
    Step(Action.DEREGISTER_ALL, 0),
    Step(Action.LAUNCH, 0),
)
"""Of two requests at once one wins, and an image outlives its instance."""
ALWAYS = (FREED, OUTLIVES)
"""Every step at least once."""


class Living(RuleBasedStateMachine):
    """Draws a life against the model alone, and has it ``told`` once it is whole.

    What an endpoint does in the meantime has no say in what is drawn: the same choices are the
    same life, so that a life can be told once however often Hypothesis asks for it.
    """

    told: ClassVar[Callable[[Steps], None]]

    def __init__(self) -> None:
        super().__init__()
        self.standing = ModelState()
        self.life: Steps = ()

    def can(self, *acts: Action) -> list[Step]:
        """The steps of these kinds that can be taken now."""
        return [step for step in self.standing.steps() if step.act in acts]

    def take(self, data: st.DataObject, *acts: Action) -> None:
        """Take one of these steps."""
        step = data.draw(st.sampled_from(self.can(*acts)))
        self.life = (*self.life, step)
        self.standing = self.standing.after(step)

    @precondition(lambda self: self.can(*CREATES))
    @rule(data=st.data())
    def create(self, data: st.DataObject) -> None:
        """An image is asked for, of a name that is in use or not."""
        self.take(data, *CREATES)

    @precondition(lambda self: self.can(*CHECKS))
    @rule(data=st.data())
    def create_nothing(self, data: st.DataObject) -> None:
        """A request of which nothing may come."""
        self.take(data, *CHECKS)

    @precondition(lambda self: self.can(*TO_IMAGES))
    @rule(data=st.data())
    def handle_an_image(self, data: st.DataObject) -> None:
        """An image is looked at, launched or deregistered."""
        self.take(data, *TO_IMAGES)

    @precondition(lambda self: self.can(*MOVES))
    @rule(data=st.data())
    def move_the_instance(self, data: st.DataObject) -> None:
        """The instance is stopped, started or terminated."""
        self.take(data, *MOVES)

    def teardown(self) -> None:
        """Have the life told, unless Hypothesis gave it up half-way."""
        if self.life and sys.exc_info()[0] is None:
            type(self).told(self.life)


def living(told: Callable[[Steps], None]) -> type[Living]:
    """The machine that has its lives told by this function."""
    return type("Living", (Living,), {"told": staticmethod(told)})
