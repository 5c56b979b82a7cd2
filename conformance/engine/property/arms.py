"""Runs one arm of a property: its fixed drafts, then the generated ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain

from hypothesis.strategies import SearchStrategy

from conformance.engine.core.record import Record, RuleDeviation
from conformance.engine.property.context import Context
from conformance.engine.property.evaluate import Evaluator
from conformance.engine.property.let_through import LetThrough, is_let_through
from conformance.engine.resources.instances import NotAvailable
from conformance.model import Arm
from conformance.model.request import Draft, Form, Signing
from reports.reasons import mask_in, masked_by
from reports.results import expected_of


class Arms:
    """Runs the arms of one property and adds their deviations to its record."""

    def __init__(self, context: Context, evaluator: Evaluator) -> None:
        self._context = context
        self._evaluator = evaluator
        self._let_through = LetThrough(context)

    def keeps(
        self, drafts: Sequence[Draft], generated: SearchStrategy[Draft] | None = None
    ) -> None:
        """Requests that keep the rule. Raises NotAvailable if none of them can be sent.

        If the target refuses the minimal request because of this rule, that decides the arm.
        """
        context = self._context
        if minimal := context.workarounds.refused_for(context.rule.id):
            observed, due = minimal.observed, expected_of(minimal.expectation)
            context.decided(Arm.KEEPS)
            context.record.add(
                context.deviation(context.rule.id, Arm.KEEPS, minimal, observed, due, scenario=True)
            )
            return
        self._run(Arm.KEEPS, drafts, generated, context.effort.accepted_examples)

    def breaks(
        self, drafts: Sequence[Draft], generated: SearchStrategy[Draft] | None = None
    ) -> None:
        """Requests that break the rule. Raises as :meth:`keeps`."""
        self._run(Arm.BREAKS, drafts, generated, self._context.effort.rejected_examples)

    def control(self, drafts: Sequence[Draft]) -> None:
        """Requests for the breaks arm that other rules judge. Raises as :meth:`keeps`."""
        self._run(Arm.BREAKS, drafts, None, 0, control=True)

    def control_with_one(self, drafts: Sequence[Draft]) -> None:
        """As :meth:`control`, with the first draft that is answered as expected."""
        record = self._context.record
        before, reasons = record.breaks, len(record.untested)
        lacking = None
        left = sorted(drafts, key=self._was_let_through)
        while left:
            draft = left.pop(0)
            try:
                self.control((draft,))
            except NotAvailable as why:
                lacking = why
                continue
            if record.breaks > before:
                del record.untested[reasons:]
                return
            left.sort(
                key=lambda each: (not self._context.is_sent(each), self._was_let_through(each))
            )
        if lacking is not None and len(record.untested) == reasons:
            raise lacking

    def _was_let_through(self, draft: Draft) -> bool:
        """Whether the target accepted the same parameters, sent in the usual way, wrongly."""
        usual = draft.sent(form=Form(), signing=Signing.VALID)
        return self._context.is_sent(usual) and is_let_through(self._context.create(usual))

    def generate(
        self,
        part: str,
        evaluate: Callable[[Draft], list[RuleDeviation]],
        generated: SearchStrategy[Draft],
        examples: int,
        *,
        together: bool,
    ) -> None:
        """Evaluate generated drafts, those of ``together`` sent as one batch."""
        context = self._context
        found = context.generation.explore(
            context.session,
            context.record,
            part,
            evaluate,
            generated,
            examples,
            context.workarounds.apply,
            shrinks=context.effort.max_shrinks,
            together=together,
        )
        for deviation in found:
            context.record.add(deviation)

    def _run(
        self,
        arm: Arm,
        drafts: Sequence[Draft],
        generated: SearchStrategy[Draft] | None,
        examples: int,
        *,
        control: bool = False,
    ) -> None:
        lacking, sent = None, False
        context, let_through = self._context, self._let_through
        record = context.record
        if arm is Arm.KEEPS and not self._is_violated():
            context.send_together(drafts)
        for draft in let_through.first(drafts) if arm is Arm.BREAKS and not control else drafts:
            before = record.breaks
            if arm is Arm.BREAKS and not control:
                if let_through.has_enough_of(draft):
                    continue
                if context.session.ignored and (mask := let_through.foreseen(draft)):
                    context.masked(masked_by(mask))
                    sent = True
                    continue
            if arm is Arm.KEEPS and self._is_known_to_deviate() and not context.is_sent(draft):
                continue
            try:
                found = self._evaluator.evaluate(arm, draft, control=control)
            except NotAvailable as why:
                lacking = why
                continue
            sent = True
            for deviation in found:
                record.add(deviation)
            rightly_refused = record.breaks > before and not found
            if arm is Arm.BREAKS and not control and not rightly_refused:
                let_through.note(draft, _masks(record) if record.breaks == before else ())
        if lacking is not None and not sent:
            raise lacking
        if arm is Arm.BREAKS and let_through.count:
            examples = 0 if let_through else min(examples, context.effort.let_through)
            if not examples:
                return
        if generated is not None and (examples or context.generation.examples):
            evaluate = partial(self._evaluator.evaluate, arm)
            self.generate(arm.value, evaluate, generated, examples, together=arm is Arm.KEEPS)

    def _is_violated(self) -> bool:
        """Whether quick effort sends own requests one after the other: another violates the rule.

        The first to violate it, too, is enough then.
        """
        context = self._context
        violating = context.session.violating(context.rule.id)
        return not context.effort.accepted_examples and any(violating)

    def _is_known_to_deviate(self) -> bool:
        """Whether quick effort has seen enough: an own request had a wrong effect.

        Each more creates an image.
        """
        if self._context.effort.accepted_examples:
            return False
        found = (each.deviation for each in self._context.record.own())
        return any(each.arm is Arm.KEEPS and each.observed.outcome == "effect" for each in found)


def _masks(record: Record) -> set[str]:
    """The rules that mask requests of the property."""
    return set(map(mask_in, chain(record.untested, record.masked))) - {""}
