"""The stateful test, shared out between four properties so that several workers can run it.

A deviation is attributed to the rule that the sequence breaks, whichever property ran it.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.engine.core.record import RuleDeviation
from conformance.engine.observation.trial import Trial
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.spec import Needs
from conformance.engine.resources.instances import NotAvailable
from conformance.model.deregistration import is_left
from conformance.model.request import Placeholder, create_image
from conformance.model.sequence import Steps
from conformance.suite.scenarios import DEREGISTRATION
from strategies import rejections
from strategies.sequences import sequence_test

SHARES = ("lc.new_name_again", "lc.not_idempotent", "lc.deregister", "lc.deregister.visible")
"""The rules whose properties each execute a share of the generated sequences."""
_AFTER_DEREGISTRATION = ("lc.deregister.visible", "name.reuse_after_deregister")
"""The rules that an image breaks which is there though it was deregistered."""


def run_sequences(exercise: Exercise, *fixed: Steps) -> None:
    """Execute the fixed sequences and the property's share of the generated ones."""
    test = exercise.sequences
    try:
        for steps in fixed if not exercise.record.round else ():
            for deviation in test.execute(steps, rejections.UNRELATED, exercise.scenarios):
                _add(exercise, deviation)
        known = {deviation.identity for deviation in exercise.record.deviations}
        effort = exercise.effort
        exercise.record.generates = bool(effort.accepted_examples)  # quick effort generates none
        for deviation in test.explore(
            sequence_test,
            rejections.UNRELATED,
            sequences=effort.sequences,
            seed=exercise.seed,
            share=(SHARES.index(exercise.rule.id) + 1, len(SHARES)),
            known=known | exercise.generation.known,
            most_after_failure=effort.max_shrinks // 2,
            database=exercise.generation.database(f"{exercise.rule.id} lives"),
            is_over=exercise.generation.is_over,
        ):
            _add(exercise, deviation)
    except NotAvailable as why:
        exercise.skip(str(why))
    finally:
        test.forget()


def sent_again(exercise: Exercise, first: Trial) -> Trial:
    """The trial of a request that was sent before: a new one, unless the target let it through.

    Then the run knows that it makes a second image of the name.
    """
    known = exercise.let_through(create_image(Name=Placeholder.USED_NAME))
    if known is not None and known.request == first.request and known.image_id != first.image_id:
        return known
    return exercise.session.executor.execute(first.draft, first.request)


def _add(exercise: Exercise, deviation: RuleDeviation) -> None:
    """Record a deviation, unless the target may show it because it deregisters no image."""
    if deviation.rule in _AFTER_DEREGISTRATION:
        history = exercise.scenarios.history(DEREGISTRATION)
        if history.ended or is_left(history):
            return
    exercise.record.add(deviation)


@dataclass(frozen=True, slots=True)
class Sequences:
    """Fixed sequences, and a share of the generated ones."""

    fixed: tuple[Steps, ...]
    if_breaks: bool
    """Only where the steps before have decided the breaks arm."""

    def run(self, exercise: Exercise) -> None:
        if exercise.record.breaks or not self.if_breaks:
            run_sequences(exercise, *self.fixed)

    def needs(self) -> Needs:
        return Needs()

    def sends(self) -> None:
        return None


def sequences(*fixed: Steps, if_breaks: bool = False) -> Sequences:
    """The step that executes sequences."""
    return Sequences(fixed, if_breaks)
