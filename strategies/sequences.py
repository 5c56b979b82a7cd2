"""Sequences of steps: two fixed ones, and a state machine that generates others."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from conformance.model.sequence import (
    CREATE_NOTHING,
    CREATES,
    ON_IMAGES,
    STATE_CHANGES,
    Action,
    ModelState,
    Step,
    Steps,
)

FREED: Steps = (
    Step(Action.DRY_RUN, 0),
    Step(Action.REJECTED, 1),
    Step(Action.CREATE, 0),
    Step(Action.CREATE, 1),
    Step(Action.CREATE, 0),
    Step(Action.DEREGISTER, 0),
    Step(Action.DESCRIBE, 0),
    Step(Action.DESCRIBE, 1),
    Step(Action.CREATE, 0),
)
"""Rejected requests reserve no name, and deregistration frees one."""
OUTLIVES: Steps = (
    Step(Action.STOP),
    Step(Action.CONCURRENT, 0),
    Step(Action.START),
    Step(Action.DRY_RUN, 0),
    Step(Action.TERMINATE),
    Step(Action.DESCRIBE, 0),
    Step(Action.LAUNCH, 0),
    Step(Action.CREATE, 1),
    Step(Action.DEREGISTER_WITH_SNAPSHOTS, 0),
    Step(Action.LAUNCH, 0),
)
"""Of two concurrent requests one is accepted, and an image outlives its instance."""
ALWAYS = (FREED, OUTLIVES)
"""Together they have every action at least once."""
FIXED = {"lc.new_name_again": FREED, "lc.not_idempotent": OUTLIVES}
"""The fixed sequence of a rule's property."""


class SequenceTest(RuleBasedStateMachine):
    """Generates a sequence against the model alone, then passes it to ``execute``.

    The endpoint has no influence on what is generated: the same choices give the same sequence.
    So a sequence runs once, however often Hypothesis replays its choices.
    """

    execute: ClassVar[Callable[[Steps], None]]

    def __init__(self) -> None:
        super().__init__()
        self.state = ModelState()
        self.steps: Steps = ()

    def can(self, *actions: Action) -> list[Step]:
        """The steps of these kinds that are possible now."""
        return [step for step in self.state.steps() if step.action in actions]

    def take(self, data: st.DataObject, *actions: Action) -> None:
        """Add one of these steps."""
        step = data.draw(st.sampled_from(self.can(*actions)))
        self.steps = (*self.steps, step)
        self.state = self.state.after(step)

    @precondition(lambda self: self.can(*CREATES))
    @rule(data=st.data())
    def create(self, data: st.DataObject) -> None:
        """CreateImage, with a name that is free or in use."""
        self.take(data, *CREATES)

    @precondition(lambda self: self.can(*CREATE_NOTHING))
    @rule(data=st.data())
    def create_nothing(self, data: st.DataObject) -> None:
        """A request that must not create anything."""
        self.take(data, *CREATE_NOTHING)

    @precondition(lambda self: self.can(*ON_IMAGES))
    @rule(data=st.data())
    def use_image(self, data: st.DataObject) -> None:
        """Describes, launches or deregisters an image."""
        self.take(data, *ON_IMAGES)

    @precondition(lambda self: self.can(*STATE_CHANGES))
    @rule(data=st.data())
    def use_instance(self, data: st.DataObject) -> None:
        """Stops, starts or terminates the instance."""
        self.take(data, *STATE_CHANGES)

    def teardown(self) -> None:
        """Execute the sequence, unless Hypothesis abandoned it half-way."""
        if self.steps and sys.exc_info()[0] is None:
            type(self).execute(self.steps)


def sequence_test(execute: Callable[[Steps], None]) -> type[SequenceTest]:
    """The state machine whose sequences this function executes."""
    return type("SequenceTest", (SequenceTest,), {"execute": staticmethod(execute)})
