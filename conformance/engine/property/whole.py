"""Tests whole requests: each is judged whole, and what deviates is shrunk, then attributed.

A single defect shows in many whole requests. The smallest request that shows it decides which rule
it speaks against.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from conformance.engine.core.record import RuleDeviation
from conformance.engine.observation.trial import Trial
from conformance.engine.property.arms import Arms
from conformance.engine.property.blame import Blame, plainer_refused
from conformance.engine.property.combinations import kinds_of
from conformance.engine.property.context import Context
from conformance.engine.property.explore import generated
from conformance.engine.property.problem import Problem, problems_of, shows
from conformance.engine.property.repeated import repeated
from conformance.engine.property.shrink import shrink
from conformance.model import Arm
from conformance.model.components import (
    components_of,
    kind_of,
    parameter_of,
    restricted,
    without,
)
from conformance.model.expectation import Accept, Reject
from conformance.model.request import Draft, create_image
from reports.results import Pairs
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
        """``required``, ``decided_by`` and ``masks`` are as for :class:`.Blame`."""
        self._context = context
        self._required = required
        self._blame = Blame(context, required, decided_by, masks)
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
        problems = list(problems_of(trial))
        found: list[RuleDeviation] = []
        if not problems:
            _count(context, trial)
            found += self._sent_twice(trial)
        for problem in problems:
            if self._is_explained(problem, kinds_of(trial.draft)):
                continue
            shown = shows(context, problem)
            parts = [c for c in components_of(trial.draft) if parameter_of(c) == wrong]
            alone = shown(restricted(trial.draft, parts)) if wrong else None
            first = alone or trial
            smallest = shrink(first.draft, first, shown, context.effort.max_shrinks)
            plainer = self._plainer(problem, smallest)
            deviations = self._blame.of(problem, smallest, plainer)
            self._findings.append(Finding(problem, kinds_of(smallest.draft), deviations))
            found += deviations
        return found

    def _plainer(self, problem: Problem, smallest: Trial) -> Trial | None:
        """The conforming request that the target fails alike, or None; its parts are noted."""
        if problem.violated or not isinstance(smallest.expectation, Reject):
            return None
        if (plainer := plainer_refused(self._context, smallest)) is not None:
            draft = plainer.draft
            self._failing |= {kind_of(draft, each) for each in components_of(draft)}
        return plainer

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
