"""Each generated step is possible in the model, and a seed always gives the same sequences."""

from __future__ import annotations

import pytest
from hypothesis.stateful import run_state_machine_as_test

from conformance.engine.property.explore import quiet, seeded
from conformance.model.sequence import (
    DEREGISTERS,
    MOST_IMAGES,
    Action,
    ModelState,
    Step,
    Steps,
)
from strategies import sequences


def state_after(steps: Steps) -> ModelState:
    state = ModelState()
    for step in steps:
        state = state.after(step)
    return state


def generated(seed: int, examples: int = 60) -> list[Steps]:
    found: list[Steps] = []
    machine = seeded(seed, "sequences")(sequences.sequence_test(found.append))
    run_state_machine_as_test(machine, settings=quiet(examples, 12))
    return found


@pytest.mark.parametrize("sequence", sequences.ALWAYS, ids=["names", "instance"])
def test_each_fixed_step_is_possible(sequence: Steps) -> None:
    now = ModelState()
    for step in sequence:
        assert step in list(now.steps())
        now = now.after(step)


def test_the_fixed_sequences_have_every_action() -> None:
    assert {step.action for steps in sequences.ALWAYS for step in steps} == set(Action)


def test_the_same_seed_gives_the_same_sequences() -> None:
    first = generated(1)
    assert first == generated(1)
    assert first != generated(2)
    assert {step.action for steps in first for step in steps} == set(Action)


def test_a_sequence_makes_a_limited_number_of_images() -> None:
    assert max(len(state_after(steps).images) for steps in generated(1, 200)) == MOST_IMAGES


def test_a_name_is_held_until_its_image_is_deregistered() -> None:
    create = Step(Action.CREATE, 0)
    once = state_after((create, create))
    assert once.images == ("name-0",)
    assert list(once.world.names) == ["name-0"]
    for action in DEREGISTERS:
        again = once.after(Step(action, 0)).after(create)
        assert again.images == ("name-0", "name-0")
        assert again.world.names["name-0"] != once.world.names["name-0"]


def test_nothing_is_made_of_an_instance_that_is_gone() -> None:
    steps = (
        Step(Action.CREATE, 0),
        Step(Action.TERMINATE),
        Step(Action.CREATE, 1),
        Step(Action.CONCURRENT, 1),
    )
    assert state_after(steps).images == ("name-0",)
