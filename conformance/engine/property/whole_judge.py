"""Judges a request whole: its outcome, its answer, its effects, and the same request again.

A single defect shows in many whole requests. The smallest request that shows it decides which rule
it speaks against.
"""

from __future__ import annotations

from collections.abc import Hashable

from conformance.engine.core.record import RuleDeviation
from conformance.engine.execution.crashes import Masked
from conformance.engine.observation.trial import Trial
from conformance.engine.property.blame import Blame, plainer_refused
from conformance.engine.property.combinations import kinds_of
from conformance.engine.property.context import Context
from conformance.engine.property.findings import Findings
from conformance.engine.property.problem import Problem, problems_of, shows
from conformance.engine.property.repeated import repeated
from conformance.engine.property.shrink import shrink
from conformance.engine.resources.instances import NotAvailable
from conformance.model import Arm
from conformance.model.components import (
    Component,
    components_of,
    kind_of,
    parameter_of,
    restricted,
)
from conformance.model.expectation import Accept, Reject
from conformance.model.request import Draft
from strategies.parameters import PARAMETERS

_UNNAMED = ("another parameter", "action")
"""Of the parameters of whole requests: those that stand for parameters of other names."""
_TWICE = Problem(Reject, "sent twice")


class WholeJudge:
    """Sends and judges the whole requests of one property."""

    def __init__(self, context: Context, blame: Blame, findings: Findings) -> None:
        self._context = context
        self._blame = blame
        self._findings = findings
        self.failing = set[Hashable]()
        """The kinds of the components that the target fails in conforming requests."""

    def evaluate(self, draft: Draft, wrong: str = "") -> list[RuleDeviation]:
        """The deviations that a whole request shows, each of the smallest request that shows it.

        A problem that a smaller request has shown before is not shrunk again. The request with
        the ``wrong`` parameter alone is tried first.
        """
        context = self._context
        try:
            trial = context.create(draft)
        except Masked as masked:
            return self._hangs(masked)
        except NotAvailable:
            return []
        context.note_rejected(trial)
        problems = list(problems_of(trial))
        found: list[RuleDeviation] = []
        if not problems:
            _count(context, trial)
            found += self._sent_twice(trial)
        for problem in problems:
            if self._findings.explain(problem, kinds_of(trial.draft)):
                continue
            shown = shows(context, problem)
            alone = shown(only(trial.draft, wrong)) if wrong else None
            first = alone or trial
            smallest = shrink(first.draft, first, shown, context.effort.max_shrinks)
            found += self._blamed(problem, smallest, self._plainer(problem, smallest))
        return found

    def _blamed(self, problem: Problem, trial: Trial, plainer: Trial | None) -> list[RuleDeviation]:
        deviations = self._blame.of(problem, trial, plainer)
        self._findings.add(problem, kinds_of(trial.draft), deviations)
        return deviations

    def _hangs(self, masked: Masked) -> list[RuleDeviation]:
        """The deviation that the plain request of a feature shows to which no answer comes."""
        plain = self._context.create(masked.feature.plain)
        kinds = kinds_of(plain.draft)
        for problem in problems_of(plain):
            if not self._findings.explain(problem, kinds):
                return self._blamed(problem, plain, None)
        return []

    def _plainer(self, problem: Problem, smallest: Trial) -> Trial | None:
        """The conforming request that the target fails alike, or None; its parts are noted."""
        if problem.violated or not isinstance(smallest.expectation, Reject):
            return None
        if (plainer := plainer_refused(self._context, smallest)) is not None:
            draft = plainer.draft
            self.failing |= {kind_of(draft, each) for each in components_of(draft)}
        return plainer

    def _sent_twice(self, trial: Trial) -> list[RuleDeviation]:
        """The deviation that a request with a free name shows when it is sent twice."""
        context = self._context
        if not context.effort.whole or not trial.request.name:
            return []
        if self._findings.explain(_TWICE, kinds_of(trial.draft)):
            return []
        if (shown := repeated(context, trial)) is None:
            return []
        smallest, deviation = shown
        self._findings.add(_TWICE, kinds_of(smallest), [deviation])
        return [deviation]


def only(draft: Draft, parameter: str) -> Draft:
    """The request with one parameter alone; the rest of it is minimal."""
    return restricted(draft, _parts(draft, parameter))


def _parts(draft: Draft, parameter: str) -> list[Component]:
    every = components_of(draft)
    if parameter in _UNNAMED:
        named = set(draft.names())
        return [each for each in every if each <= named and parameter_of(each) not in PARAMETERS]
    return [each for each in every if parameter_of(each) == parameter]


def _count(context: Context, trial: Trial) -> None:
    """Count a request that is answered as it must be for the arm that it decides."""
    if trial.accepted and isinstance(trial.expectation, Accept):
        context.count(Arm.KEEPS, trial.draft)
    elif trial.conforms and isinstance(trial.expectation, Reject):
        context.count(Arm.BREAKS, trial.draft)
