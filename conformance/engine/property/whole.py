"""Tests whole requests: each is judged whole, and what deviates is shrunk, then attributed.

A single defect shows in many whole requests. The smallest request that shows it decides which rule
it speaks against: the rule whose feature that request still has. The module is long because
sending, shrinking and blame share what was found before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from conformance.engine.core.record import RuleDeviation
from conformance.engine.observation.trial import Trial
from conformance.engine.property.arms import Arms
from conformance.engine.property.combinations import kinds_of, refused_alike
from conformance.engine.property.context import Context
from conformance.engine.property.evaluate import IN_USE, Evaluator, lacks_its_device
from conformance.engine.property.explore import generated
from conformance.engine.property.isolate import MAPPING_LIST, MAPPING_RULES
from conformance.engine.property.repeated import repeated
from conformance.engine.property.shrink import components, restored, shrink, smaller
from conformance.model import Arm
from conformance.model.attribution import Attributed
from conformance.model.components import (
    components_of,
    kind_of,
    parameter_of,
    restricted,
    without,
)
from conformance.model.expectation import Accept, Expectation, Reject
from conformance.model.feature import features_of
from conformance.model.judge import Violation
from conformance.model.request import Draft, create_image
from reports.results import Pairs, expected_of
from strategies.whole import (
    Chosen,
    Combination,
    Pair,
    all_pairs,
    combinations_of,
    laden_rows,
    not_legal,
    pairs_of,
    requests_of,
    rows,
    whole_requests,
)

MOST_MISSING = 20
"""Missing pairs that a report names."""
_TWICE = "sent twice"
_NEAREST = 4
"""Requests of other rules that are sent to find the rule of a refused one."""
_LISTS = ("bdm.", "tag.")
"""Families of features that are members of lists."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What contradicts the documents in a trial: an outcome, or a violation of a rule."""

    due: type[Expectation]
    came: str
    """The code of the refusal, or how else the outcome was; empty if the outcome is allowed."""
    violated: str = ""
    """The rule that the answer or the effects violate."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem with the smallest request that shows it."""

    problem: Problem
    kinds: frozenset[str]
    """In what that request differs from the minimal one."""
    deviations: list[RuleDeviation]


def _count(context: Context, trial: Trial) -> None:
    """Count a request that is answered as it must be for the arm that it decides."""
    if trial.accepted and isinstance(trial.expectation, Accept):
        context.count(Arm.KEEPS, trial.draft)
    elif trial.conforms and isinstance(trial.expectation, Reject):
        context.count(Arm.BREAKS, trial.draft)


def _problems(trial: Trial) -> Iterator[Problem]:
    """What contradicts the documents in a trial."""
    due = type(trial.expectation)
    if isinstance(trial.attributed_to("own"), Attributed):
        observed = trial.observed
        yield Problem(due, observed.code or str(observed.outcome))
    for violation in () if trial.accepted and lacks_its_device(trial) else trial.violations:
        yield Problem(due, "", violation.rule)


def _shows(context: Context, problem: Problem) -> Callable[[Draft], Trial | None]:
    """A function that sends a smaller draft. It returns the trial if it has the same problem."""

    def shows(draft: Draft) -> Trial | None:
        trial = context.create_if_available(draft)
        return trial if trial is not None and problem in _problems(trial) else None

    return shows


def _blamed(
    context: Context,
    problem: Problem,
    trial: Trial,
    plainer: Trial | None,
    decided_by: Mapping[Draft, str],
    required: Callable[[str], Collection[str]],
) -> list[RuleDeviation]:
    """The deviations of the rules that a problem of the smallest request speaks against.

    ``plainer`` is a conforming request that the target fails alike.
    """
    if problem.violated:
        violation = next(each for each in trial.violations if each.rule == problem.violated)
        if _evaluator(context, problem.violated).is_masked(violation, trial):
            return []  # what masks it is a problem of its own
        return [context.violation_deviation(violation, trial, _rule_of_mappings(violation, trial))]
    if _is_left_behind(context, trial):
        return []  # the check of rejected requests reports what they left
    if isinstance(trial.expectation, Reject):
        if plainer is None:
            broken = trial.expectation.rules[0]
            needed = required(broken)
            plain = [each for each in decided_by.items() if each[1] in needed]
            return _evaluator(context, broken, plain).evaluate(Arm.BREAKS, trial.draft)
        trial = plainer
    due = trial.expectation
    rule_id = rule_of(context, trial)
    if rule_id is None:
        return []
    if len(list(components(trial.draft))) > 1:
        if refused_alike(context, trial, decided_by):
            return []
        observed, expected = trial.observed, expected_of(due)
        return [context.deviation(rule_id, Arm.KEEPS, trial, observed, expected)]
    own = decided_by.get(trial.draft) or _decided_alike(context, trial, decided_by) or rule_id
    return _evaluator(context, own).evaluate(Arm.KEEPS, trial.draft)


def _is_left_behind(context: Context, trial: Trial) -> bool:
    """Whether a name is refused as in use that a rejected request of the run had."""
    name = trial.request.name or ""
    if trial.code != IN_USE:
        return False
    others = (each for each in context.session.trials() if each.draft != trial.draft)
    return any((each.request.name or "") == name and not each.accepted for each in others)


def _refused_alike(context: Context, trial: Trial) -> Trial | None:
    """A conforming request that is refused with the same code, or None.

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


def _decided_alike(context: Context, trial: Trial, decided_by: Mapping[Draft, str]) -> str:
    """The rule of the most similar request that is refused with the same code, or nothing."""
    kinds = kinds_of(trial.draft)
    alike = [each for each in decided_by if each != create_image() and kinds_of(each) == kinds]
    for draft in sorted(alike, key=lambda each: _distance(each, trial.draft))[:_NEAREST]:
        other = context.create_if_available(draft)
        if other is None or not isinstance(other.expectation, Accept):
            continue
        if context.is_refused(other) and other.observed.code == trial.observed.code:
            return decided_by[draft]
    return ""


def _distance(one: Draft, other: Draft) -> int:
    """How many parameters and characters only one of two requests has."""
    first, second = dict(one.params), dict(other.params)
    both = first.keys() & second.keys()
    values = sum(len(set(str(first[name])) ^ set(str(second[name]))) for name in both)
    return values + 10 * len(first.keys() ^ second.keys())


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


def _rule_of_mappings(violation: Violation, trial: Trial) -> str:
    """The violated rule, or that of lists if only several mappings together violate it."""
    several = len(trial.draft.members("BlockDeviceMapping")) > 1
    return MAPPING_LIST if several and violation.rule.startswith(MAPPING_RULES) else violation.rule


def _evaluator(
    context: Context, rule_id: str, required: Iterable[tuple[Draft, str]] = ()
) -> Evaluator:
    """An evaluator of a rule. It decides nothing about the rule in the property's record.

    ``required`` are drafts of rules that the rule requires; those that were sent can mask it.
    """
    other = Context(
        rule_id, context.session, context.workarounds, context.effort, context.generation
    )
    other.requirements += [each for each in required if context.is_sent(each[0])]
    return Evaluator(other)


class WholeRequests:
    """The whole requests of one property."""

    def __init__(
        self,
        context: Context,
        arms: Arms,
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
        self._arms = arms
        self._covered: set[Pair] = set()
        self._triples: set[Combination] = set()
        self._twice = context.effort.rejected_examples * 2
        """Requests still to be sent twice."""
        self._findings: list[Finding] = []
        self._failing = set[Hashable]()
        """The kinds of the components that the target fails in conforming requests."""

    def run(self) -> None:
        """Send the requests that the effort asks for, and record what they show."""
        context = self._context
        if not context.generation.round:
            self._laden()
            if context.effort.whole:
                self._rows(rows(context.effort.strength))
            self._report()
        if context.effort.whole:
            self._generated()
            context.record.pairs = self._pairs()

    def _rows(self, chosen: Iterable[Chosen]) -> None:
        """Send one request of each row."""
        for draft, row in self._requests(chosen).items():
            self._evaluate(draft)
            self._covered |= pairs_of(row)
            self._triples |= combinations_of(row, 3)

    def _requests(self, chosen: Iterable[Chosen]) -> dict[Draft, Chosen]:
        """One request of each row, its values drawn from the seed."""
        context = self._context
        seed = context.generation.seed
        drafts: dict[Draft, Chosen] = {}
        for number, row in enumerate(chosen):
            wanted = requests_of(row, number)
            for draft in generated(wanted, examples=1, seed=seed, salt=f"{number} {' '.join(row)}"):
                if self._is_applicable(draft):
                    drafts[context.workarounds.apply(draft)] = row
        return drafts

    def _laden(self) -> None:
        """Send the laden rows, without the parts that the target fails by themselves.

        Each row has these parts, so they would hide what is wrong in every row.
        """
        for draft, row in self._requests(laden_rows()).items():
            wrong, sent = not_legal(row), None
            while (rest := without(draft, self._failing, wrong)) != sent:
                self._evaluate(rest, wrong)
                sent = rest

    def _report(self) -> None:
        """Record the deviations that no other finding explains."""
        findings = self._findings
        for finding in findings:
            self._findings = [each for each in findings if each is not finding]
            if not self._is_explained(finding.problem, finding.kinds):
                for deviation in finding.deviations:
                    self._context.record.add(deviation)
        self._findings = findings

    def _generated(self) -> None:
        requests, examples = whole_requests(set(self._triples)), self._context.effort.whole
        self._arms.generate("whole", self._evaluate, requests, examples, together=False)

    def _is_applicable(self, draft: Draft) -> bool:
        """Whether the rules about signatures apply to the target if the request is about them."""
        usual = draft.signing is create_image().signing
        return usual or self._context.session.binder.verifies_signatures()

    def _evaluate(self, draft: Draft, wrong: str = "") -> list[RuleDeviation]:
        """The deviations that a whole request shows, each of the smallest request that shows it.

        A problem that a smaller request has shown before is not shrunk again. The request with
        the ``wrong`` parameter alone is tried first.
        """
        context = self._context
        applicable = self._is_applicable(draft)
        trial = context.create_if_available(draft) if applicable else None
        if trial is None:
            return []
        context.note_rejected(trial)
        problems = list(_problems(trial))
        found: list[RuleDeviation] = []
        if not problems:
            _count(context, trial)
            found += self._sent_twice(trial)
        for problem in problems:
            if self._is_explained(problem, kinds_of(trial.draft)):
                continue
            shows = _shows(context, problem)
            parts = [c for c in components_of(trial.draft) if parameter_of(c) == wrong]
            alone = shows(restricted(trial.draft, parts)) if wrong else None
            first = alone or trial
            smallest = shrink(first.draft, first, shows, context.effort.max_shrinks)
            plainer = self._plainer(problem, smallest)
            blamed = _blamed(context, problem, smallest, plainer, self._decided_by, self._required)
            deviations = [each for each in blamed if not self._is_masked(each)]
            self._findings.append(Finding(problem, kinds_of(smallest.draft), deviations))
            found += deviations
        return found

    def _plainer(self, problem: Problem, smallest: Trial) -> Trial | None:
        """The conforming request that the target fails alike, or None; its parts are noted."""
        if problem.violated or not isinstance(smallest.expectation, Reject):
            return None
        if (plainer := _refused_alike(self._context, smallest)) is not None:
            draft = plainer.draft
            self._failing |= {kind_of(draft, each) for each in components_of(draft)}
        return plainer

    def _is_masked(self, found: RuleDeviation) -> bool:
        """Whether the target answers a plainer request wrongly, of a rule that masks this one."""
        if found.deviation.arm is not Arm.BREAKS:
            return False
        for draft, accepted in self._masks.get(found.rule, ()):
            trial = self._context.create_if_available(draft)
            if trial is not None and trial.accepted is not accepted:
                return True
        return False

    def _sent_twice(self, trial: Trial) -> list[RuleDeviation]:
        """The deviation that a request with a free name shows when it is sent twice."""
        context = self._context
        if not context.effort.whole or not self._twice or not trial.request.name:
            return []
        problem = Problem(Reject, _TWICE)
        if self._is_explained(problem, kinds_of(trial.draft)):
            return []
        self._twice -= 1
        if (shown := repeated(context, trial)) is None:
            return []
        smallest, deviation = shown
        self._findings.append(Finding(problem, kinds_of(smallest), [deviation]))
        return [deviation]

    def _is_explained(self, problem: Problem, kinds: frozenset[str]) -> bool:
        """Whether a smaller request has shown the problem, or a rule that this one requires.

        A refusal that a conforming request gets as well says nothing about an illegal value.
        """
        needed = self._required(problem.violated) if problem.violated else ()
        return any(
            other.problem.violated in needed
            or problem == other.problem
            or (other.problem.due is Accept and other.problem.came == problem.came != "")
            for other in self._findings
            if other.kinds <= kinds
        )

    def _pairs(self) -> Pairs:
        every = all_pairs()
        missing = sorted(every - self._covered)
        named = tuple(" and ".join(f"{p}: {c}" for p, c in pair) for pair in missing[:MOST_MISSING])
        return Pairs(len(every) - len(missing), len(every), named)
