"""SequenceTest make sense to the model, and what is drawn depends on the seed alone."""

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
    standing,
)
from strategies import sequences


def drawn(seed: int, examples: int = 60) -> list[Steps]:
    found: list[Steps] = []
    machine = seeded(seed, "lives")(sequences.living(found.append))
    run_state_machine_as_test(machine, settings=quiet(examples, 12))
    return found


@pytest.mark.parametrize("life", sequences.ALWAYS, ids=["names", "instance"])
def test_what_is_always_told_makes_sense(life: Steps) -> None:
    now = ModelState()
    for step in life:
        assert step in list(now.steps())
        now = now.after(step)


def test_every_act_is_always_told() -> None:
    assert {step.act for life in sequences.ALWAYS for step in life} == set(Action)


def test_the_same_seed_draws_the_same_lives() -> None:
    first = drawn(1)
    assert first == drawn(1)
    assert first != drawn(2)
    assert {step.act for life in first for step in life} == set(Action)


def test_a_life_makes_so_many_images_at_most() -> None:
    assert max(len(standing(life).images) for life in drawn(1)) == MOST_IMAGES


def test_a_name_is_held_until_its_image_is_deregistered() -> None:
    create = Step(Action.CREATE, 0)
    once = standing((create, create))
    assert once.images == ("name-0",)
    assert list(once.world.names) == ["name-0"]
    for act in DEREGISTERS:
        again = once.after(Step(act, 0)).after(create)
        assert again.images == ("name-0", "name-0")
        assert again.world.names["name-0"] != once.world.names["name-0"]


def test_nothing_is_made_of_an_instance_that_is_gone() -> None:
    life = (
        Step(Action.CREATE, 0),
        Step(Action.TERMINATE),
        Step(Action.CREATE, 1),
        Step(Action.AT_ONCE, 1),
    )
    assert standing(life).images == ("name-0",)
