"""A property at work on two targets: its requests go to both, and no verdict is given."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from hypothesis.strategies import SearchStrategy

from conformance.comparison.pair import Pair
from conformance.engine.core.effort import Effort
from conformance.engine.core.errors import CutShort
from conformance.engine.core.record import Record
from conformance.engine.observation.trial import Trial
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.generate import Generation
from conformance.engine.property.runner import Property, perform
from conformance.engine.property.session_parts import SessionParts
from conformance.engine.resources.instances import NotAvailable
from conformance.model import Arm
from conformance.model.request import Draft
from reports.results import Expected, Observed


class NeedsOneTarget(Exception):
    """A property goes on to a step that is no request: a reboot, a launch, a deregistration."""


class PairExercise(Exercise):
    """The verbs of a property, against both targets of a pair.

    Small requests show a difference best, so covering requests and combinations are left out.
    """

    def __init__(self, rule_id: str, pair: Pair, effort: Effort, seed: int) -> None:
        super().__init__(rule_id, effort, Generation(seed), Record(rule_id))
        self._pair = pair

    def keeps(
        self,
        *drafts: Draft,
        generated: SearchStrategy[Draft] | None = None,
        via: Draft | None = None,
        batch: Draft | None = None,
    ) -> None:
        own = (*([] if batch is None else [batch]), *drafts)
        if not own and via is not None:
            own = (via,)
        self._compare(Arm.KEEPS, own, generated, self.effort.accepted_examples)

    def breaks(self, *drafts: Draft, generated: SearchStrategy[Draft] | None = None) -> None:
        self._compare(Arm.BREAKS, drafts, generated, self.effort.rejected_examples)

    def control(self, *drafts: Draft, via: Draft | None = None, one: bool = False) -> None:
        if not one and via is None:
            self._compare(Arm.BREAKS, drafts, None, 0, control=True)
            return
        for draft in drafts or (() if via is None else (via,)):
            try:
                self._pair.compare(draft, self.rule.id, control=True)
            except NotAvailable:
                continue
            return

    def combine(self, *drafts: Draft) -> None:
        """Nothing: no rule says which target is right about a request with many components."""

    def whole(
        self, required: Callable[[str], Collection[str]], decided_by: Mapping[Draft, str]
    ) -> None:
        """Nothing, as for :meth:`combine`."""

    def requires(self, draft: Draft, rule_id: str) -> None:
        """Nothing: the targets are compared, not judged."""

    def send(self, draft: Draft) -> Trial:
        self._pair.compare(draft, self.rule.id)
        return self._pair.create(draft)

    def send_if_available(self, draft: Draft) -> Trial | None:
        """The first target's trial. It decides how the property goes on and is not compared."""
        try:
            return self._pair.create(draft)
        except NotAvailable:
            return None

    def covers(self, covering: Draft, arm: Arm = Arm.KEEPS) -> bool:
        return False

    def note_unchanged(self, *kinds: str) -> None:
        """Nothing: the comparison says what a target lacks where a draft needs it."""

    def _note_rejected(self, trial: Trial) -> None:
        """Nothing: the pair queues rejected requests of both targets."""

    def deviates(
        self,
        arm: Arm,
        trial: Trial,
        observed: str | Observed,
        expected: str | Expected | None = None,
        rule: str | None = None,
        before: Iterable[Trial] = (),
    ) -> None:
        raise NeedsOneTarget("deviates")

    def check(self, trial: Trial) -> None:
        raise NeedsOneTarget("check")

    def check_rejections(self) -> None:
        raise NeedsOneTarget("check_rejections")

    def verifies_signatures(self) -> bool:
        return self._pair.verifies_signatures()

    @property
    def parts(self) -> SessionParts:
        raise NeedsOneTarget("session")

    def _compare(
        self,
        arm: Arm,
        drafts: Iterable[Draft],
        generated: SearchStrategy[Draft] | None,
        examples: int,
        *,
        control: bool = False,
    ) -> None:
        for draft in drafts:
            try:
                self._pair.compare(draft, self.rule.id, control=control)
            except NotAvailable as why:
                self.skip(str(why))
        if generated is not None and examples:
            self._pair.explore(generated, self.rule.id, f"{self.rule.id} {arm.value}", examples)


def compared(check: Property, exercise: PairExercise) -> bool:
    """Send a property's requests to both targets; whether that was all of the property.

    Raises CutShort.
    """
    try:
        perform(check, exercise)
    except NeedsOneTarget:
        return False
    record = exercise.record
    if record.cut_short:
        raise CutShort(record.cut_short)
    return not (record.lacking or record.untested)
