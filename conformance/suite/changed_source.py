"""The step of properties that need an instance which differs from its image."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.engine.property.exercise import Exercise
from conformance.engine.property.spec import Needs, Sends, Step, keeps
from strategies import covering, instance_ids


@dataclass(frozen=True, slots=True)
class _Changed:
    """An image of the instance. The rule needs these changes of it."""

    kinds: tuple[str, ...]

    def run(self, exercise: Exercise) -> None:
        exercise.keeps(instance_ids.CHANGED, via=covering.CHANGED)
        exercise.note_unchanged(*self.kinds)

    def needs(self) -> Needs:
        return Needs(keeps=(instance_ids.CHANGED,))

    def sends(self) -> tuple[Sends, ...]:
        return (keeps(instance_ids.CHANGED),)


def changed(*kinds: str) -> Step:
    """Keep the rule with an instance that differs from its image.

    ``kinds`` are the changes that the rule needs: ``root``, ``attached``, ``detached``, ``flag``.
    """
    return _Changed(kinds)
