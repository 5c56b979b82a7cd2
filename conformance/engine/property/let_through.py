"""What a target lets through: requests that it had to reject and accepts. Each makes an image."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from conformance.engine.observation.trial import Trial
from conformance.engine.property.context import Context
from conformance.engine.resources.instances import NotAvailable
from conformance.model import CATALOGUE, Arm
from conformance.model.expectation import Accept, Either, Reject
from conformance.model.feature import Feature, features_of
from conformance.model.judge import judge
from conformance.model.request import Draft, create_image

_IGNORED = 5
"""Requests of a family that a target lets through in a row, after which it refuses no other."""


def is_let_through(trial: Trial) -> bool:
    """Whether the target accepted a request that it had to reject."""
    return trial.accepted and isinstance(trial.expectation, Reject)


def is_known_let_through(context: Context, draft: Draft, is_masked: Callable[[str], bool]) -> bool:
    """Whether the target is known to let through what is not legal in a draft with much else.

    It let through another request that breaks the same rules, ignores what they speak of, or lets
    through what masks them (``is_masked``). The effort then need not send the draft: it would only
    make another image.
    """
    session = context.session
    if context.effort.accepted_examples or context.is_sent(draft):
        return False
    try:
        due = judge(session.binder.bind(draft), session.executor.world())
    except NotAvailable:
        return False
    if isinstance(due, Accept):
        return False
    if any(_ignored_for(context, CATALOGUE[rule].family) for rule in due.rules):
        return True
    if due.rules and all(map(is_masked, due.rules)):
        return True
    return any(is_let_through(t) and t.expectation.rules == due.rules for t in session.trials())


def _ignored_for(context: Context, family: str) -> str:
    """The rule that masks each request of a family, as the target let the last ones through."""
    masks = context.session.ignored.get(family, [])[-_IGNORED:]
    return masks[0] if len(masks) == _IGNORED and len(set(masks)) == 1 else ""


class LetThrough:
    """The requests of one property's breaks arm that the target let through."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._masked: list[set[str]] = []
        """Of each request that another rule masks: the rules of its features."""
        self._hidden = False
        """Whether the minimal request shows what masks a request: it masks each other, too."""
        self.count = 0
        """The requests that the target let through."""

    def __bool__(self) -> bool:
        """Whether the effort has seen enough of them."""
        return self.count > self._context.effort.let_through

    def first(self, drafts: Sequence[Draft]) -> Sequence[Draft]:
        """The drafts, those first that the target has let through: they make no image any more."""
        if len(drafts) < 2:
            return drafts
        return sorted(drafts, key=lambda draft: not self._was(draft))

    def _was(self, draft: Draft) -> bool:
        return self._context.is_sent(draft) and is_let_through(self._context.create(draft))

    def note(self, draft: Draft, masks: Collection[str]) -> None:
        """Take in a request that was evaluated, and which rules ``masks`` names that mask it.

        One that may be accepted counts if a rule masks it.
        """
        context = self._context
        if not context.is_sent(draft):
            return
        trial, ignored = context.create(draft), context.session.ignored
        if not trial.accepted and trial.conforms:
            ignored.pop(context.rule.family, None)
        if is_let_through(trial) or (_may_be_accepted(trial) and masks):
            self.count += 1
            if is_let_through(trial) and masks:
                ignored.setdefault(context.rule.family, []).append(min(masks))
            if not self._is_known():
                self._masked.append(self._features(draft))
                minimal = context.create(create_image()).violations
                self._hidden |= any(violation.rule in masks for violation in minimal)

    def has_enough_of(self, draft: Draft) -> bool:
        """Whether the effort need not send a draft, as it would only make another image.

        One request is enough once the deviation is known. What is masked is so for each request
        with the same features. A draft that was sent already makes no image.
        """
        if not self or self._context.is_sent(draft):
            return False
        if self._hidden or self._is_known():
            return True
        return any(self._hides(some, draft) for some in self._masked)

    def foreseen(self, draft: Draft) -> str:
        """The rule that masks a draft which has to be rejected, so that it need not be sent.

        The target let the last requests of the rule's family through, as it ignores what they ask
        for. Empty if the draft may show anything else.
        """
        context = self._context
        mask = _ignored_for(context, context.rule.family)
        if not mask or context.effort.accepted_examples or context.is_sent(draft):
            return ""
        session = context.session
        try:
            due = judge(session.binder.bind(draft), session.executor.world())
        except NotAvailable:
            return ""
        if not isinstance(due, Reject) or context.rule.id not in due.rules:
            return ""
        self.count += 1
        return mask

    def _hides(self, masked: set[str], draft: Draft) -> bool:
        """Whether a draft is masked, too: its further features show what masks another request."""
        features = list(features_of(draft, self._context.session.features))
        known = {rule for each in features if each.rule in masked for rule in self._shown(each)}
        return all(each.rule in masked or known & self._shown(each) for each in features)

    def _shown(self, feature: Feature) -> set[str]:
        """The rules that the plain request of a feature violated, if it was sent."""
        context, plain = self._context, feature.plain
        if plain == create_image() or not context.is_sent(plain):
            return set()
        return {violation.rule for violation in context.create(plain).violations}

    def _is_known(self) -> bool:
        """Whether the deviation of the arm is known. Else another rule masks it."""
        return any(each.deviation.arm == Arm.BREAKS for each in self._context.record.own())

    def _features(self, draft: Draft) -> set[str]:
        return {each.rule for each in features_of(draft, self._context.session.features)}


def _may_be_accepted(trial: Trial) -> bool:
    return trial.accepted and isinstance(trial.expectation, Either)
