"""Tests combinations: an endpoint accepts in one request what it accepts separately."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence

from conformance.engine.core.record import RuleDeviation
from conformance.engine.observation.trial import Trial
from conformance.engine.property.context import Context
from conformance.engine.property.isolate import (
    MAPPING_LIST,
    refused_with_same_code,
    shrunk,
    smallest,
)
from conformance.engine.property.masks import Masks
from conformance.engine.property.recognition import Recognition
from conformance.engine.property.shrink import components, shrink
from conformance.engine.property.verb import lost_by_get
from conformance.model import CATALOGUE, Arm, Kind
from conformance.model.attribution import Attributed
from conformance.model.components import (
    LISTS,
    Component,
    components_of,
    fields_of,
    kind_of,
    parameter_of,
    restricted,
)
from conformance.model.expectation import Accept
from conformance.model.feature import features_of
from conformance.model.judge import Violation
from conformance.model.request import Draft, Placeholder, create_image
from reports.reasons import masked_by
from reports.results import expected_of

_MOST_SENT = 4
"""Requests of other rules that are sent to explain a refused combination."""
_FEW = 3
"""Components that fail by themselves after which no other is sent, if none works."""


def evaluate_combination(
    context: Context, draft: Draft, decided_by: Mapping[Draft, str]
) -> list[RuleDeviation]:
    """The deviations that a combination shows and none of its components does.

    ``decided_by`` gives the rule whose property sends a request to keep it.
    """
    trial = context.create_if_available(draft)
    if trial is None or not isinstance(trial.expectation, Accept):
        return []
    if lost := lost_by_get(context, trial):
        return [lost]
    minimal = {c.rule for c in context.create(create_image()).violations}
    masks = Masks(context)
    new = [
        c
        for c in trial.violations
        if c.rule not in minimal
        and not _is_known(context, c, trial)
        and not masks.mask_of(c.rule, trial)
    ]
    refused = context.is_refused(trial)
    if not new and not refused and not trial.persists:
        judged = trial.attributed_to(context.rule.id)
        if trial.accepted:
            context.count(Arm.KEEPS, draft)
        elif isinstance(judged, Attributed) and judged.rule != context.rule.id:
            context.untested(masked_by(judged.rule))  # the refusal cannot be read
        return []
    if new and trial.accepted and not context.effort.accepted_examples:
        return [found for each in new if (found := _smallest(context, each, trial))]
    if (rest := _without_failures(context, draft, minimal)) != draft:
        alone = len(components_of(rest)) < 2
        return [] if alone else evaluate_combination(context, rest, decided_by)
    if refused:
        shows = refused_with_same_code(context, trial)
        trial = shrink(draft, trial, shows, context.effort.max_shrinks)
        rest = _without_clash(draft, trial.draft)
        others = evaluate_combination(context, rest, decided_by) if rest != draft else []
        if mask := refused_alike(context, trial, decided_by):
            context.untested(masked_by(mask))
            return others
        observed, due = trial.observed, expected_of(trial.expectation)
        rule_id = MAPPING_LIST if _is_list_of_mappings(trial.draft) else context.rule.id
        return [context.deviation(rule_id, Arm.KEEPS, trial, observed, due), *others]
    return [shrunk(context, violation, trial) for violation in new]


def _is_known(context: Context, violation: Violation, trial: Trial) -> bool:
    """Whether quick effort need not search what shows a violation: the run has found it before."""
    return not context.effort.accepted_examples and context.is_found(violation, trial)


def _smallest(context: Context, violation: Violation, trial: Trial) -> RuleDeviation | None:
    """The deviation of the smallest request with a violation; None if another rule masks it."""
    found = smallest(context, violation, trial)
    shown = context.session.smallest.get(violation.rule)
    return None if shown and Masks(context).mask_of(shown[0].rule, shown[1]) else found


def _without_clash(draft: Draft, refused: Draft) -> Draft:
    """A combination without what the target refuses together, to see what else is wrong.

    The first component of the refused ones stays. Of a list that is refused, no second member does.
    """
    every = components_of(draft)
    kinds = {parameter_of(each) for each in components_of(refused)}
    fields = [fields_of(refused, each) for each in components_of(refused)]
    if len(kinds) == 1 and kinds <= {*LISTS}:
        out = [each for each in every if parameter_of(each) in kinds][1:]
    else:
        out = [each for each in every if fields_of(draft, each) in fields][1:]
    return restricted(draft, [each for each in every if each not in out]) if out else draft


def _is_list_of_mappings(draft: Draft) -> bool:
    """Whether a draft differs from the minimal request in nothing but several mappings."""
    parts = [parameter_of(each) for each in components_of(draft)]
    return len(parts) > 1 and set(parts) == {LISTS[0]}


def kinds_of(draft: Draft) -> frozenset[str]:
    """In what a draft differs from the minimal request: parameters, flags with their values."""
    minimal = dict(create_image().params)
    given = dict(draft.params)
    kinds = {f"without {name}" for name in minimal.keys() - given.keys()}
    for name, value in given.items():
        if minimal.get(name) != value:
            head = name.partition(".")[0]
            flag = value in ("true", "false") and head != "TagSpecification"
            kinds.add(f"{name}={value}" if flag or isinstance(value, Placeholder) else head)
    if draft.form.verb != create_image().form.verb:
        kinds.add(draft.form.verb)
    if draft.signing != create_image().signing:
        kinds.add(draft.signing)
    return frozenset(kinds)


def refused_alike(context: Context, trial: Trial, decided_by: Mapping[Draft, str]) -> str:
    """The rule that a refused combination speaks against, or an empty text.

    The target does not recognize a parameter, or refuses the plain request of a feature with the
    same code. Or it so refuses a request of the rule that differs from the minimal one in nothing
    else than the combination does. A rule of requests comes first.
    """
    if unrecognized := Recognition(context).refused(trial):
        return unrecognized[0]
    for feature in features_of(trial.draft, context.session.features):
        plain = context.create_if_available(feature.plain)
        if (
            plain is not None
            and plain.draft != trial.draft
            and _refuses_alike(context, plain, trial)
        ):
            return feature.rule
    kinds, found, unsent = kinds_of(trial.draft), set[str](), _MOST_SENT
    for draft, rule_id in sorted(decided_by.items(), key=lambda each: -len(each[0].params)):
        if rule_id == context.rule.id or not kinds_of(draft) <= kinds or draft == create_image():
            continue
        if not context.is_sent(draft):
            if not unsent or kinds_of(draft) != kinds:
                continue
            unsent -= 1
        other = context.create_if_available(draft)
        if other is not None and _refuses_alike(context, other, trial):
            found.add(rule_id)
    return min(found, key=lambda id: (CATALOGUE[id].kind is not Kind.REQUEST, id), default="")


def _refuses_alike(context: Context, one: Trial, other: Trial) -> bool:
    """Whether the target refuses a conforming request with the same code as another."""
    if not isinstance(one.expectation, Accept) or not context.is_refused(one):
        return False
    return one.observed.code == other.observed.code


def _without_failures(context: Context, draft: Draft, minimal: set[str]) -> Draft:
    """A combination without the components that fail by themselves; why is noted.

    Those that the target accepts together in the composed request need not be sent alone.
    """
    composed = context.session.compositions.of(draft)
    kept = set(components(composed)) if composed != draft else set[Draft]()
    known = failing_features(context)
    every = components_of(draft)
    failing = [each for each in every if kind_of(draft, each) in known]
    for each in failing:
        context.untested(masked_by(known[kind_of(draft, each)]))
    if failing and not kept:
        return restricted(draft, [each for each in every if each not in failing])
    alone = {each: restricted(draft, [each]) for each in every}
    left = [each for each in every if alone[each] not in kept and each not in failing]
    sent = [each for each in left if context.is_sent(alone[each])]
    unsent = [each for each in left if each not in sent]
    parts = _Parts(context, draft, minimal, len(every) - len(left) - len(failing))
    for each in sent:
        parts.take([each])
    if len(unsent) == len(every):
        for half in _halves(unsent):  # the whole is known to fail
            parts.take(half)
    elif unsent:
        parts.take(unsent)
    if kept and parts.failing.issuperset(left):
        return composed
    out = parts.failing.union(failing)
    return restricted(draft, [each for each in every if each not in out]) if out else draft


def failing_features(context: Context) -> dict[Hashable, str]:
    """The kinds of components that the target is known to fail by themselves, with their rules."""
    minimal = {c.rule for c in context.create(create_image()).violations}
    found: dict[Hashable, str] = {}
    for kind, rule_id, trial in _alone(context):
        if not _works(context, trial, minimal):
            found.setdefault(kind, rule_id)
    return found


def refused_features(context: Context) -> set[Hashable]:
    """The kinds of components that the target is known to refuse by themselves."""
    return {kind for kind, _, trial in _alone(context) if trial and not trial.accepted}


def _alone(context: Context) -> Iterator[tuple[Hashable, str, Trial | None]]:
    """The features of one component whose plain request was sent: kind, rule and trial."""
    for feature in context.session.features:
        parts = components_of(feature.plain)
        if len(parts) == 1 and context.is_sent(feature.plain):
            trial = context.create_if_available(feature.plain)
            yield kind_of(feature.plain, parts[0]), feature.rule, trial


class _Parts:
    """The search for the components of a combination that fail by themselves."""

    def __init__(self, context: Context, draft: Draft, minimal: set[str], worked: int) -> None:
        """``worked`` is the number of components that are known to work."""
        self._context, self._draft, self._minimal = context, draft, minimal
        self._worked = worked
        self.failing: set[Component] = set()

    def take(self, group: Sequence[Component]) -> None:
        """Find those of a group that fail, and note why. One request clears a group that works.

        Where several components fail and none works, the failure is of none of them.
        """
        if len(self.failing) >= _FEW and not self._worked:
            self.failing.update(group)
            return
        trial = self._context.create_if_available(restricted(self._draft, group))
        if _works(self._context, trial, self._minimal):
            self._worked += len(group)
        elif len(group) > 1:
            for half in _halves(group):
                self.take(half)
        else:
            _report(self._context, trial, self._minimal)
            why = trial.summary if trial else "the target lacks a resource that the part names"
            self._context.untested(
                f"inconclusive: a part of the combined request fails alone; {why}"
            )
            self.failing.update(group)


def _halves(group: Sequence[Component]) -> tuple[Sequence[Component], Sequence[Component]]:
    middle = len(group) // 2
    return group[:middle], group[middle:]


def _report(context: Context, trial: Trial | None, minimal: set[str]) -> None:
    """Record what an accepted component violates alone, unless another rule masks it."""
    if trial is None or not trial.accepted or not isinstance(trial.expectation, Accept):
        return
    masks = Masks(context)
    for violation in trial.violations:
        if violation.rule not in minimal and not masks.mask_of(violation.rule, trial):
            context.record.add(context.violation_deviation(violation, trial))


def _works(context: Context, trial: Trial | None, minimal: set[str]) -> bool:
    """Whether a component is accepted and violates nothing new that no other rule masks."""
    if trial is None or not trial.accepted:
        return False
    masks = Masks(context)
    new = (c.rule for c in trial.violations if c.rule not in minimal)
    return all(masks.mask_of(rule, trial) for rule in new)
