"""Finds the rule that the smallest request with a problem speaks against.

It is the rule whose feature that request still has.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from conformance.engine.core.record import RuleDeviation
from conformance.engine.observation.trial import Trial
from conformance.engine.property.combinations import kinds_of, refused_alike
from conformance.engine.property.context import Context
from conformance.engine.property.evaluate import Evaluator
from conformance.engine.property.isolate import MAPPING_LIST, MAPPING_RULES
from conformance.engine.property.problem import Problem, problems_of
from conformance.engine.property.requirements import IN_USE
from conformance.engine.property.shrink import components, restored, smaller
from conformance.model import Arm
from conformance.model.expectation import Accept, Reject
from conformance.model.feature import features_of
from conformance.model.judge import Violation
from conformance.model.request import Draft, create_image
from reports.results import expected_of

_NEAREST = 4
"""Requests of other rules that are sent to find the rule of a refused one."""
_FAR = 20
"""The difference of lengths from which texts count as unlike."""
_LISTS = ("bdm.", "tag.")
"""Families of features that are members of lists."""


class Blame:
    """The rules that problems of a property's requests speak against."""

    def __init__(
        self,
        context: Context,
        required: Callable[[str], Collection[str]],
        decided_by: Mapping[Draft, str],
        masks: Mapping[str, Sequence[tuple[Draft, bool]]],
    ) -> None:
        """``required`` gives the rules that a rule requires, directly or through others.

        ``decided_by`` gives the rule whose property sends a request to keep it. ``masks``
        gives the requests of other rules that mask a rule, and whether those want them accepted.
        """
        self._context = context
        self._required = required
        self._decided_by = decided_by
        self._masks = masks

    def of(self, problem: Problem, trial: Trial, plainer: Trial | None) -> list[RuleDeviation]:
        """The deviations of the rules that a problem of the smallest request speaks against.

        ``plainer`` is a conforming request that the target fails alike. A rule that another
        request masks has no deviation.
        """
        return [each for each in self._of(problem, trial, plainer) if not self._is_masked(each)]

    def _of(self, problem: Problem, trial: Trial, plainer: Trial | None) -> list[RuleDeviation]:
        context = self._context
        if problem.violated:
            violation = next(each for each in trial.violations if each.rule == problem.violated)
            if self._evaluator(problem.violated).is_masked(violation, trial):
                return []  # what masks it is a problem of its own
            broken = _rule_of_mappings(violation, trial)
            return [context.violation_deviation(violation, trial, broken)]
        if _is_left_behind(context, trial):
            return []  # the check of rejected requests reports what they left
        if isinstance(trial.expectation, Reject):
            if plainer is None:
                broken = trial.expectation.rules[0]
                needed = self._required(broken)
                plain = [each for each in self._decided_by.items() if each[1] in needed]
                return self._evaluator(broken, plain).evaluate(Arm.BREAKS, trial.draft)
            trial = plainer
        rule_id = rule_of(context, trial)
        if rule_id is None:
            return []
        if len(list(components(trial.draft))) > 1:
            if refused_alike(context, trial, self._decided_by):
                return []
            observed, due = trial.observed, expected_of(trial.expectation)
            return [context.deviation(rule_id, Arm.KEEPS, trial, observed, due)]
        own = self._decided_by.get(trial.draft) or self._decided_alike(problem, trial) or rule_id
        return self._evaluator(own).evaluate(Arm.KEEPS, trial.draft)

    def _decided_alike(self, problem: Problem, trial: Trial) -> str:
        """The rule of the most similar request that shows the same problem, or nothing.

        It asks for nothing that the trial does not ask for. Few are sent for it.
        """
        context = self._context
        kinds = kinds_of(trial.draft)
        others = (each for each in self._decided_by if each != create_image())
        alike = [each for each in others if kinds_of(each) <= kinds]
        alike.sort(key=lambda each: _distance(each, trial.draft))
        sent = [each for each in alike[_NEAREST:] if context.is_sent(each)]
        for draft in (*alike[:_NEAREST], *sent):
            other = context.create_if_available(draft)
            if other is None or not isinstance(other.expectation, Accept):
                continue
            if replace(problem, due=Accept) in problems_of(other):
                return self._decided_by[draft]
        return ""

    def _is_masked(self, found: RuleDeviation) -> bool:
        return found.deviation.arm is Arm.BREAKS and self.is_masked(found.rule)

    def is_masked(self, rule_id: str) -> bool:
        """Whether the target answers a plainer request wrongly, of a rule that masks this one."""
        for draft, accepted in self._masks.get(rule_id, ()):
            trial = self._context.create_if_available(draft)
            if trial is not None and trial.accepted is not accepted:
                return True
        return False

    def _evaluator(self, rule_id: str, required: Iterable[tuple[Draft, str]] = ()) -> Evaluator:
        """An evaluator of a rule. It decides nothing about the rule in the property's record.

        ``required`` are drafts of rules that the rule requires; those that were sent can mask it.
        """
        context = self._context
        other = Context(
            rule_id, context.session, context.workarounds, context.effort, context.generation
        )
        other.requirements += [each for each in required if context.is_sent(each[0])]
        return Evaluator(other)


def plainer_refused(context: Context, trial: Trial) -> Trial | None:
    """A conforming request that is refused with the same code as a trial, or None.

    It has one thing less, or it is the plain request of a feature.
    """
    code = trial.observed.code
    if not code or _is_left_behind(context, trial):
        return None
    features = features_of(trial.draft, context.session.features)
    plain = (feature.plain for feature in features)
    for draft in chain(restored(trial.draft), smaller(trial.draft), plain):
        plainer = context.create_if_available(draft)
        if plainer and isinstance(plainer.expectation, Accept) and plainer.observed.code == code:
            return plainer
    return None


def rule_of(context: Context, trial: Trial) -> str | None:
    """The rule whose feature a refused conforming request adds to those before it.

    Lists that are refused together only break the property's own rule.
    """
    if not isinstance(trial.expectation, Accept):
        return None
    features = list(features_of(trial.draft, context.session.features))
    if len(list(components(trial.draft))) > 1:
        features = [each for each in features if not each.rule.startswith(_LISTS)]
        if len(features) < 2:  # the minimal request is a feature of each
            return context.rule.id
    return features[-1].rule


def _is_left_behind(context: Context, trial: Trial) -> bool:
    """Whether a name is refused as in use that a rejected request of the run had."""
    name = trial.request.name or ""
    if trial.code != IN_USE:
        return False
    others = (each for each in context.session.trials() if each.draft != trial.draft)
    return any((each.request.name or "") == name and not each.accepted for each in others)


def _distance(one: Draft, other: Draft) -> int:
    """How unlike the values are that two requests add to the minimal one.

    Each value counts with its name, whichever member of a list has it.
    """
    first, second = _values(one), _values(other)
    return sum(_nearest(each, second) for each in first) + len(second - first)


def _values(draft: Draft) -> set[tuple[str, str]]:
    """The values beyond the minimal request, each with its name without lists and indexes."""
    minimal = dict(create_image().params)
    own = ((name, value) for name, value in draft.params if minimal.get(name) != value)
    return {(name.rpartition(".")[2], str(value)) for name, value in own}


def _nearest(item: tuple[str, str], others: set[tuple[str, str]]) -> int:
    """How unlike a value is to the most similar one of the same name."""
    name, value = item
    alike = (
        len(set(value) ^ set(text)) + min(abs(len(value) - len(text)), _FAR)
        for each, text in others
        if each == name
    )
    return min(alike, default=2 * _FAR)


def _rule_of_mappings(violation: Violation, trial: Trial) -> str:
    """The violated rule, or that of lists if only several mappings together violate it."""
    several = len(trial.draft.members("BlockDeviceMapping")) > 1
    return MAPPING_LIST if several and violation.rule.startswith(MAPPING_RULES) else violation.rule
