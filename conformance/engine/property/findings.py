"""What whole requests have shown so far, each with the smallest request that shows it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from conformance.engine.core.record import Record, RuleDeviation
from conformance.engine.property.problem import Problem
from conformance.model.expectation import Accept


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem with the smallest request that shows it."""

    problem: Problem
    kinds: frozenset[str]
    """In what that request differs from the minimal one."""
    deviations: list[RuleDeviation]


class Findings:
    """The problems that a property's whole requests have shown."""

    def __init__(self, required: Callable[[str], Collection[str]]) -> None:
        """``required`` gives the rules that a rule requires, directly or through others."""
        self._required = required
        self._found: list[Finding] = []

    def add(self, problem: Problem, kinds: frozenset[str], deviations: list[RuleDeviation]) -> None:
        """Note a problem, the kinds of the smallest request that shows it, and its deviations."""
        self._found.append(Finding(problem, kinds, deviations))

    def explain(self, problem: Problem, kinds: frozenset[str]) -> bool:
        """Whether a smaller request has shown the problem, or a rule that this one requires.

        A refusal that a conforming request gets as well says nothing about an illegal value.
        """
        return self._explain(self._found, problem, kinds)

    def report(self, record: Record) -> None:
        """Record the deviations that no other finding explains."""
        for finding in self._found:
            others = [each for each in self._found if each is not finding]
            if not self._explain(others, finding.problem, finding.kinds):
                for deviation in finding.deviations:
                    record.add(deviation)

    def _explain(self, found: list[Finding], problem: Problem, kinds: frozenset[str]) -> bool:
        needed = self._required(problem.violated) if problem.violated else ()
        return any(
            other.problem.violated in needed
            or problem == other.problem
            or (other.problem.due is Accept and other.problem.came == problem.came != "")
            for other in found
            if other.kinds <= kinds
        )
