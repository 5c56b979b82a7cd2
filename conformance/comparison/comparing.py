"""The suite's properties put to two targets at once: their drafts, and none of their verdicts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn, cast

from hypothesis.strategies import SearchStrategy

from conformance.comparison.pair import Pair
from conformance.engine.client.api import Refused
from conformance.engine.core.effort import Effort
from conformance.engine.core.record import Cost
from conformance.engine.execution.session import Session
from conformance.engine.execution.workarounds import Workarounds
from conformance.engine.observation.trial import Trial
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.runner import Property
from conformance.engine.resources.instances import NotAvailable
from conformance.model import Arm
from conformance.model.request import Draft


class StoryBegins(Exception):
    """A property goes on to what is no request: it boots, launches, deregisters."""


class _NoSession:
    """What a property gets that asks for the session: it is of one target, and there are two."""

    def __init__(self, pair: Pair) -> None:
        self.verifies_signatures = pair.verifies_signatures

    def __getattr__(self, name: str) -> NoReturn:
        raise StoryBegins(name)


class Comparing(Exercise):
    """An exercise whose drafts go to both targets of a pair."""

    def __init__(self, rule_id: str, pair: Pair, effort: Effort, seed: int) -> None:
        session = cast(Session, _NoSession(pair))
        super().__init__(rule_id, session, Workarounds(session), effort, seed)
        self._pair = pair

    def keeps_in(
        self, cover: Draft, *own: Draft, drawn: SearchStrategy[Draft] | None = None
    ) -> None:
        """The rule's own requests, which are small; the cover where there are none."""
        self.keeps(*(own or (cover,)), drawn=drawn)

    def control_in(self, cover: Draft, *own: Draft) -> None:
        """As :meth:`control_any`."""
        self.control_any(*(own or (cover,)))

    def keeps_among(self, cover: Draft, batch: Draft, *alone: Draft) -> None:
        """The crowd, and each of the rule's own."""
        self.keeps(batch, *alone)

    def combines(self, *always: Draft, drawn: SearchStrategy[Draft]) -> None:
        """Nothing: of a request that has much in it no rule says who is right."""

    def covered(self, cover: Draft, arm: Arm = Arm.KEEPS) -> bool:
        """Never: each rule's own requests are smaller."""
        return False

    def trial_if_any(self, draft: Draft) -> Trial | None:
        """What the first target made of a draft, to go on by; it is not held against the rule."""
        try:
            return self._pair.create(draft)
        except NotAvailable:
            return None

    def control_any(self, *drafts: Draft) -> None:
        """The first of them that both can be sent."""
        for draft in drafts:
            try:
                self._pair.hold(draft, self.rule.id, control=True)
            except NotAvailable:
                continue
            return

    def _arm(
        self,
        arm: Arm,
        always: Iterable[Draft],
        drawn: SearchStrategy[Draft] | None,
        examples: int,
        *,
        control: bool = False,
    ) -> None:
        for draft in always:
            try:
                self._pair.hold(draft, self.rule.id, control=control)
            except NotAvailable as why:
                self.untested(str(why))
        if drawn is not None and examples:
            self._pair.explore(drawn, self.rule.id, f"{self.rule.id} {arm.value}", examples)

    def _create(self, draft: Draft) -> Trial:
        self._pair.hold(draft, self.rule.id)
        return self._pair.create(draft)

    def _note_refused(self, trial: Trial) -> None:
        """The pair has."""

    def _cost(self) -> Cost:
        return Cost()


def perform(run: Property, exercise: Comparing) -> bool:
    """Put a property's drafts to both; whether that was all that it is about. Raises CutShort."""
    try:
        run(exercise)
    except (StoryBegins, NotAvailable, Refused):
        return False
    return not exercise.record.untested
