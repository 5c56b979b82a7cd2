"""What a target lets through: requests that it had to reject and accepts. Each makes an image."""

from __future__ import annotations

from conformance.engine.observation.trial import Trial
from conformance.engine.property.context import Context
from conformance.engine.property.value_classes import value_classes
from conformance.model import Arm
from conformance.model.expectation import Reject
from conformance.model.feature import features_of
from conformance.model.request import Draft

_ENOUGH = 2
"""Requests of one arm that quick effort lets a target accept once the deviation is known."""


def is_let_through(trial: Trial) -> bool:
    """Whether the target accepted a request that it had to reject."""
    return trial.accepted and isinstance(trial.expectation, Reject)


class LetThrough:
    """The requests of one arm that the target let through."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._classes: set[str] = set()
        self._masked: list[set[str]] = []
        """Of each request that another rule masks: the rules of its features."""
        self._count = 0

    def __bool__(self) -> bool:
        """Whether quick effort has seen enough, so that it generates no more such requests."""
        return not self._context.effort.accepted_examples and self._count > 0

    def note(self, draft: Draft) -> None:
        """Take in a request that was evaluated."""
        context = self._context
        if not context.is_sent(draft) or not is_let_through(context.create(draft)):
            return
        self._count += 1
        self._classes |= value_classes(draft)
        if not self._is_known():
            self._masked.append(self._features(draft))

    def has_enough_of(self, draft: Draft) -> bool:
        """Whether quick effort need not send a draft, as it would only make another image.

        It sends one more of another value class. What is masked is so for each request with the
        same features. A draft that was sent already makes no image.
        """
        context = self._context
        if not self or context.is_sent(draft):
            return False
        if not self._is_known():
            return any(self._features(draft) <= masked for masked in self._masked)
        return self._count >= _ENOUGH or value_classes(draft) <= self._classes

    def _is_known(self) -> bool:
        """Whether the deviation of the arm is known. Else another rule masks it."""
        return any(each.deviation.arm == Arm.BREAKS for each in self._context.record.own())

    def _features(self, draft: Draft) -> set[str]:
        return {each.rule for each in features_of(draft, self._context.session.features)}
