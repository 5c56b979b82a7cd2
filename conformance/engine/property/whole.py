"""Tests whole requests: which are sent, in which order, and which pairs of classes they cover."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from conformance.engine.core.record import RuleDeviation
from conformance.engine.property.after_refusals import AfterRefusals
from conformance.engine.property.arms import Arms
from conformance.engine.property.blame import Blame
from conformance.engine.property.combinations import kinds_of, refused_features
from conformance.engine.property.context import Context
from conformance.engine.property.findings import Findings
from conformance.engine.property.freed import RULE, freed
from conformance.engine.property.let_through import is_known_let_through
from conformance.engine.property.pairs import missing
from conformance.engine.property.problem import Problem, problems_of
from conformance.engine.property.residue import is_changed, look_at_running
from conformance.engine.property.whole_judge import WholeJudge
from conformance.model import Arm
from conformance.model.components import without
from conformance.model.expectation import Accept
from conformance.model.request import Draft, create_image
from reports.results import expected_of
from strategies.parameters import Kind
from strategies.whole import (
    Chosen,
    Combination,
    Pair,
    Turns,
    combinations_of,
    kind_of_row,
    laden_rows,
    not_legal,
    pairs_of,
    rows,
    whole_requests,
)

_REUSE = Problem(Accept, "", RULE)
_REUSED = 6
"""Legal requests whose name is used again. Each creates two images."""


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
        self._arms = arms
        self._findings = Findings(required)
        self._blame = Blame(context, required, decided_by, masks)
        self._judge = WholeJudge(context, self._blame, self._findings)
        self._covered: set[Pair] = set()
        self._triples: set[Combination] = set()

    def run(self) -> None:
        """Send the requests that the effort asks for, and record what they show."""
        context = self._context
        if not context.generation.round:
            if context.effort.whole:
                self._minimal()
            if self._is_first:
                self._laden()
            if context.effort.whole:
                self._rows(rows(context.effort.strength))
            self._findings.report(context.record)
        if context.effort.whole:
            self._generated()
            context.record.missing_pairs = missing(self._covered)

    @property
    def _is_first(self) -> bool:
        """Whether this process has the first share of the requests, or all of them."""
        return self._context.generation.share.number == 1

    def _minimal(self) -> None:
        """Note why the target refuses the minimal request: each whole request has a workaround."""
        context = self._context
        minimal = context.workarounds.minimal
        if minimal is None or not (rule := context.workarounds.mask_of(minimal)):
            return
        observed, due = minimal.observed, expected_of(minimal.expectation)
        deviation = context.deviation(rule, Arm.KEEPS, minimal, observed, due, scenario=True)
        for problem in problems_of(minimal):
            self._findings.add(problem, frozenset(), [deviation])

    def _laden(self) -> None:
        """Send the laden rows, without the parts that the target fails by themselves.

        Each row has these parts, so they would hide what is wrong in every row.
        """
        self._judge.failing |= refused_features(self._context)
        for draft, row in self._requests(laden_rows()).items():
            wrong, sent = not_legal(row), None
            if wrong and is_known_let_through(self._context, draft, self._blame.is_masked):
                continue
            while (rest := without(draft, self._judge.failing, wrong)) != sent:
                self._judge.evaluate(rest, wrong)
                sent = rest

    def _rows(self, chosen: Iterable[Chosen]) -> None:
        """Send one request of each row: legal rows, then wrong ones, then unspecified ones.

        No wrong one may change the source instance, or leave something for the request after it.
        """
        session = self._context.session
        every = self._requests(chosen)
        after = AfterRefusals(self._context, self._findings, every)
        of_kind: dict[Kind, list[Draft]] = {kind: [] for kind in Kind}
        for draft, row in self._context.generation.share.dealt(list(every.items())):
            of_kind[kind_of_row(row)].append(draft)
        self._send(every, of_kind[Kind.LEGAL])
        if self._is_first:
            self._reuse(of_kind[Kind.LEGAL])
        before = look_at_running(session)
        self._send(every, of_kind[Kind.WRONG])
        refused = after.refused(of_kind[Kind.WRONG])
        if is_changed(session, before):
            after.find_residue(refused)
        after.correct(refused)
        self._send(every, of_kind[Kind.UNSPECIFIED])

    def _send(self, rows: Mapping[Draft, Chosen], drafts: Iterable[Draft]) -> None:
        """Send requests and note what they cover."""
        for draft in drafts:
            row = rows[draft]
            self._judge.evaluate(draft, not_legal(row))
            if self._is_decided(draft, row):
                self._covered |= pairs_of(row)
                self._triples |= combinations_of(row, 3)

    def _reuse(self, legal: Iterable[Draft]) -> None:
        """Deregister images of a few legal requests and create others of the same names.

        The request with the most parameters is one of them.
        """
        context = self._context
        sent = map(context.create_if_available, legal)
        right = [t.draft for t in sent if t and t.accepted and not list(problems_of(t))]
        chance = random.Random(f"reuse {context.generation.seed}")
        drawn = chance.sample(right, min(_REUSED - 1, len(right)))
        largest = sorted(right, key=lambda draft: len(draft.params))[-1:]
        for draft in dict.fromkeys([*largest, *drawn]):
            if self._findings.explain(_REUSE, kinds_of(draft)):
                continue
            if (shown := freed(context, draft)) is not None:
                smallest, deviation = shown
                self._findings.add(_REUSE, kinds_of(smallest), [deviation])

    def _is_decided(self, draft: Draft, row: Chosen) -> bool:
        """Whether the documents say of the request of a row what its classes say.

        One class can make another wrong or unspecified: then the request decides no pair.
        """
        trial = self._context.create_if_available(draft)
        legal = kind_of_row(row) is Kind.LEGAL
        return trial is not None and isinstance(trial.expectation, Accept) is legal

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

    def _generated(self) -> None:
        """Send the generated requests."""
        share, wanted = self._context.generation.share, self._context.effort.whole
        part = "whole" if self._is_first else f"whole {share.number}"
        requests, examples = whole_requests(set(self._triples)), math.ceil(wanted / share.of)
        self._arms.generate(part, self._evaluate, requests, examples, together=False)

    def _evaluate(self, draft: Draft) -> list[RuleDeviation]:
        return self._judge.evaluate(draft) if self._is_applicable(draft) else []

    def _is_applicable(self, draft: Draft) -> bool:
        """Whether the rules about signatures apply to the target if the request is about them."""
        usual = draft.signing is create_image().signing
        return usual or self._context.session.binder.verifies_signatures()
