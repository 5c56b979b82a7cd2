"""Checks what refused whole requests leave: a changed instance, and what the next request shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from conformance.engine.observation.trial import Trial
from conformance.engine.property.combinations import kinds_of
from conformance.engine.property.context import Context
from conformance.engine.property.corrected import corrected
from conformance.engine.property.findings import Findings
from conformance.engine.property.problem import Problem
from conformance.engine.property.residue import residue_of
from conformance.engine.property.whole_judge import only
from conformance.model import Arm
from conformance.model.expectation import Reject
from conformance.model.request import Draft, create_image
from strategies.whole import Chosen, not_legal, wrong_of

_CORRECTED = Problem(Reject, "sent after a refused one")
_USUAL = create_image().value("InstanceId")


class AfterRefusals:
    """What is checked after the whole requests of which one class is wrong."""

    def __init__(self, context: Context, findings: Findings, rows: Mapping[Draft, Chosen]) -> None:
        """``rows`` gives the classes of each request, those of other shares too."""
        self._context = context
        self._findings = findings
        self._rows = rows

    def refused(self, drafts: Iterable[Draft]) -> dict[Draft, Trial]:
        """The rightly refused requests for the usual source instance."""
        usual = [each for each in drafts if dict(each.params).get("InstanceId") == _USUAL]
        trials = {each: self._context.create_if_available(each) for each in usual}
        return {d: t for d, t in trials.items() if t and t.conforms and not t.accepted}

    def find_residue(self, refused: Iterable[Draft]) -> None:
        """Find the refused request that changes its instance: it is sent again alone.

        Then the request with the wrong parameter alone is tried.
        """
        context = self._context
        for draft in refused:
            if (residue := residue_of(context.session, draft)) is None:
                continue
            alone = only(draft, not_legal(self._rows[draft]))
            residue = residue_of(context.session, alone) or residue
            rule, trial = residue.rule, residue.trial
            deviation = context.deviation(rule, Arm.BREAKS, trial, residue.seen, scenario=True)
            self._findings.add(Problem(Reject, "", rule), kinds_of(trial.draft), [deviation])
            return

    def correct(self, refused: Mapping[Draft, Trial]) -> None:
        """Send the plain request with the name of one refused request of each wrong class."""
        of_class = {wrong_of(self._rows[draft]): trial for draft, trial in refused.items()}
        every = sorted({wrong_of(row) for row in self._rows.values()})
        for each in self._context.generation.share.dealt(every):
            trial = of_class.get(each)
            if trial is None or self._findings.explain(_CORRECTED, kinds_of(trial.draft)):
                continue
            if (shown := corrected(self._context, trial)) is not None:
                smallest, deviation = shown
                self._findings.add(_CORRECTED, kinds_of(smallest), [deviation])
