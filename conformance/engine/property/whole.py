"""Tests whole requests: each is judged whole, and what deviates is shrunk, then attributed.

A single defect shows in many whole requests. The smallest request that shows it decides which rule
it speaks against.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from conformance.engine.core.record import RuleDeviation
from conformance.engine.execution.crashes import Masked
from conformance.engine.observation.trial import Trial
from conformance.engine.property.arms import Arms
from conformance.engine.property.blame import Blame, plainer_refused
from conformance.engine.property.combinations import kinds_of
from conformance.engine.property.context import Context
from conformance.engine.property.corrected import corrected
from conformance.engine.property.problem import Problem, problems_of, shows
from conformance.engine.property.repeated import repeated
from conformance.engine.property.residue import is_changed, look_at_running, residue_of
from conformance.engine.property.shrink import shrink
from conformance.engine.resources.instances import NotAvailable
from conformance.model import Arm
from conformance.model.components import (
    Component,
    components_of,
    kind_of,
    parameter_of,
    restricted,
    without,
)
from conformance.model.expectation import Accept, Reject
from conformance.model.request import Draft, create_image
from reports.results import Pairs
from strategies.parameters import Kind
from strategies.whole import (
    Chosen,
    Combination,
    Pair,
    Turns,
    all_pairs,
    combinations_of,
    kind_of_row,
    laden_rows,
    not_legal,
    pairs_of,
    rows,
    whole_requests,
    wrong_of,
)

MOST_MISSING = 20
"""Missing pairs that a report names."""
_TWICE, _CORRECTED = "sent twice", "sent after a refused one"
_USUAL = create_image().value("InstanceId")


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


def _parts(draft: Draft, parameter: str) -> list[Component]:
    """The components of a draft that are of a parameter."""
    return [each for each in components_of(draft) if parameter_of(each) == parameter]


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
        """Send one request of each row: legal rows, then wrong ones, then unspecified ones.

        No wrong one may change the source instance, or leave something for the request after it.
        """
        session = self._context.session
        every = self._requests(chosen)
        of_kind = {
            kind: [d for d, row in every.items() if kind_of_row(row) is kind] for kind in Kind
        }
        self._send(every, of_kind[Kind.LEGAL])
        before = look_at_running(session)
        self._send(every, of_kind[Kind.WRONG])
        refused = self._refused(of_kind[Kind.WRONG])
        if is_changed(session, before):
            self._find_residue(refused, every)
        of_class = {wrong_of(every[draft]): trial for draft, trial in refused.items()}
        for trial in of_class.values():
            self._correct(trial)
        self._send(every, of_kind[Kind.UNSPECIFIED])

    def _send(self, rows: Mapping[Draft, Chosen], drafts: Iterable[Draft]) -> None:
        for draft in drafts:
            self._evaluate(draft)
            if self._is_decided(draft, rows[draft]):
                self._covered |= pairs_of(rows[draft])
                self._triples |= combinations_of(rows[draft], 3)

    def _refused(self, drafts: Iterable[Draft]) -> dict[Draft, Trial]:
        """The rightly refused requests for the usual source instance."""
        usual = [each for each in drafts if dict(each.params).get("InstanceId") == _USUAL]
        trials = {each: self._context.create_if_available(each) for each in usual}
        return {d: t for d, t in trials.items() if t and t.conforms and not t.accepted}

    def _find_residue(self, refused: Iterable[Draft], rows: Mapping[Draft, Chosen]) -> None:
        """Find the refused request that changes its instance: it is sent again alone.

        Then the request with the wrong parameter alone is tried.
        """
        session = self._context.session
        for draft in refused:
            if (residue := residue_of(session, draft)) is None:
                continue
            alone = restricted(draft, _parts(draft, not_legal(rows[draft])))
            residue = residue_of(session, alone) or residue
            problem = Problem(Reject, "", residue.rule)
            deviation = self._context.deviation(
                residue.rule, Arm.BREAKS, residue.trial, residue.seen, scenario=True
            )
            self._findings.append(Finding(problem, kinds_of(residue.trial.draft), [deviation]))
            return

    def _correct(self, trial: Trial) -> None:
        """Send the plain request with the name of a refused one."""
        problem = Problem(Reject, _CORRECTED)
        if self._is_explained(problem, kinds_of(trial.draft)):
            return
        if (shown := corrected(self._context, trial)) is not None:
            smallest, deviation = shown
            self._findings.append(Finding(problem, kinds_of(smallest), [deviation]))

    def _is_decided(self, draft: Draft, row: Chosen) -> bool:
        """Whether the documents say of the request of a row what its classes say.

        A refusal of a legal row may be due to a class beside which another is not legal.
        """
        trial = self._context.create_if_available(draft)
        is_legal = kind_of_row(row) is Kind.LEGAL
        return trial is not None and isinstance(trial.expectation, Accept) is is_legal

    def _requests(self, chosen: Iterable[Chosen]) -> dict[Draft, Chosen]:
        """One request of each row."""
        context = self._context
        turns = Turns(context.generation.seed)
        drafts: dict[Draft, Chosen] = {}
        for row in chosen:
            draft = turns.request_of(row)
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
        try:
            trial = context.create(draft) if self._is_applicable(draft) else None
        except Masked as masked:
            return self._hangs(masked)
        except NotAvailable:
            trial = None
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
            parts = _parts(trial.draft, wrong)
            alone = shown(restricted(trial.draft, parts)) if wrong else None
            first = alone or trial
            smallest = shrink(first.draft, first, shown, context.effort.max_shrinks)
            plainer = self._plainer(problem, smallest)
            deviations = self._blame.of(problem, smallest, plainer)
            self._findings.append(Finding(problem, kinds_of(smallest.draft), deviations))
            found += deviations
        return found

    def _hangs(self, masked: Masked) -> list[RuleDeviation]:
        """The deviation that the plain request of a feature shows to which no answer comes."""
        plain = self._context.create(masked.feature.plain)
        kinds = kinds_of(plain.draft)
        for problem in problems_of(plain):
            if not self._is_explained(problem, kinds):
                deviations = self._blame.of(problem, plain, None)
                self._findings.append(Finding(problem, kinds, deviations))
                return deviations
        return []

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
        if not context.effort.whole or not trial.request.name:
            return []
        problem = Problem(Reject, _TWICE)
        if self._is_explained(problem, kinds_of(trial.draft)):
            return []
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
