"""Sends the same drafts to two targets and keeps the smallest on which the targets disagree."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from hypothesis.strategies import SearchStrategy

from conformance.comparison.differences import disagreements
from conformance.engine.core.effort import Effort
from conformance.engine.execution.session import Session
from conformance.engine.observation.trial import Trial
from conformance.engine.property.explore import explore
from conformance.engine.property.session_parts import SessionParts
from conformance.engine.property.shrink import shrink
from conformance.engine.resources.instances import NotAvailable
from conformance.model.expectation import Expectation
from conformance.model.request import Draft, create_image
from reports.disagreement import Disagreement, Right
from reports.results import form_of, observed_effect

Left = dict[str, tuple[Trial, str]]
"""By rule: a rejected request that left an orphan, and what was observed."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A disagreement and the draft that shows it."""

    draft: Draft
    disagreement: Disagreement
    due: type[Expectation]
    """The kind of the expectation."""
    rules: frozenset[str]
    """The rules that the draft breaks, or that leave its answer unspecified."""

    @property
    def identity(self) -> Hashable:
        return self.disagreement.identity

    @property
    def is_of_answers(self) -> bool:
        """Whether the answers differ, rather than the effects."""
        sides = self.disagreement.first, self.disagreement.second
        return any(side.outcome != "effect" for side in sides)

    def is_smaller_of(self, other: Difference) -> bool:
        """Whether this is the other difference, shown by a smaller draft for the same reason."""
        return (
            self.disagreement.identity[1:] == other.disagreement.identity[1:]
            and self.due is other.due
            and self.rules <= other.rules
        )


class Pair:
    """Two targets, each with a session of its own, and their disagreements."""

    def __init__(
        self, first: SessionParts, second: SessionParts, effort: Effort, seed: int
    ) -> None:
        self._sessions = first.session, second.session
        self._workarounds = first.workarounds, second.workarounds
        self._left: tuple[Left, Left] = {}, {}
        self._effort, self._seed = effort, seed
        self.found: dict[Hashable, Disagreement] = {}
        """By identity."""
        self._answered: dict[Hashable, tuple[Hashable, bool]] = {}
        """By smallest draft and answers: the identity, and whether the draft is its rule's own."""

    def create(self, draft: Draft) -> Trial:
        """Send a draft to both targets; the first target's trial. Raises NotAvailable."""
        return self._both(draft)[0]

    def compare(self, draft: Draft, own: str, *, control: bool = False) -> None:
        """Send a draft of rule ``own`` to both; a disagreement is shrunk and kept.

        A ``control`` is another rule's.
        """
        for difference in self._differences(draft, own):
            self._keep(difference, own, control=control)

    def explore(self, drafts: SearchStrategy[Draft], own: str, salt: str, examples: int) -> None:
        """As :meth:`compare`, with drafts that Hypothesis generates and shrinks."""
        for difference in explore(
            drafts,
            lambda draft: self._available(draft, own),
            examples=examples,
            seed=self._seed,
            salt=salt,
            known=frozenset(self.found),
            already_sent=lambda draft: all(s.has(self._helped(draft)) for s in self._sessions),
            most_after_failure=self._effort.max_shrinks,
        ):
            self._keep(difference, own)

    def verifies_signatures(self) -> bool:
        """Whether either target verifies signatures."""
        return any(session.binder.verifies_signatures() for session in self._sessions)

    def finish(self) -> None:
        """Check the last rejections for orphans and report those that one target alone has."""
        for session, left in zip(self._sessions, self._left, strict=True):
            session.rejections.check()
            _record_leaks(session, left)
        first, second = self._left
        for rule in sorted(first.keys() ^ second.keys()):
            trial, _ = first.get(rule) or second[rule]
            here, there = (
                observed_effect(left[rule][1] if rule in left else "") for left in self._left
            )
            right = Right.SECOND if rule in first else Right.FIRST
            request = trial.request
            found = Disagreement(rule, right, here, there, request.params, form_of(request))
            self.found.setdefault(found.identity, found)

    def _available(self, draft: Draft, own: str) -> list[Difference]:
        try:
            return self._differences(draft, own)
        except NotAvailable:
            return []

    def _differences(self, draft: Draft, own: str) -> list[Difference]:
        minimal = [
            frozenset(c.rule for c in trial.violations) if trial.draft != draft else frozenset()
            for trial in self._both(create_image())
        ]
        first, second = self._both(draft)
        found = disagreements(first, second, own, (minimal[0], minimal[1]))
        due, rules = type(first.expectation), frozenset(first.expectation.rules)
        return [Difference(draft, disagreement, due, rules) for disagreement in found]

    def _both(self, draft: Draft) -> tuple[Trial, Trial]:
        helped = self._helped(draft)
        for session in self._sessions:
            session.binder.bind(helped)  # if one target lacks something, neither gets the draft
        first, second = (session.create(helped) for session in self._sessions)
        for session, trial in zip(self._sessions, (first, second), strict=True):
            if not trial.accepted:
                session.rejections.add(trial)
        return first, second

    def _helped(self, draft: Draft) -> Draft:
        """The draft with the workarounds of both targets."""
        if draft == create_image():
            return draft
        for workarounds in self._workarounds:
            draft = workarounds.apply(draft)
        return draft

    def _keep(self, difference: Difference, own: str, *, control: bool = False) -> None:
        if difference.identity in self.found:
            return
        smallest = self._smallest(difference, own)
        if smallest.is_of_answers:
            # Several properties may shrink to one request. It is reported once, by the property
            # whose own draft it is, or else by the first.
            answer = smallest.draft, smallest.disagreement.identity[1:]
            at_home = smallest is difference and not control
            earlier, was_at_home = self._answered.get(answer, (None, False))
            if earlier is not None:
                if was_at_home or not at_home:
                    return
                self.found.pop(earlier, None)
            self._answered[answer] = smallest.identity, at_home
        self.found.setdefault(smallest.identity, smallest.disagreement)

    def _smallest(self, difference: Difference, own: str) -> Difference:
        """The same disagreement, shown by the smallest request."""

        def shows(draft: Draft) -> Difference | None:
            found = self._available(draft, own)
            return next((smaller for smaller in found if smaller.is_smaller_of(difference)), None)

        return shrink(difference.draft, difference, shows, 2 * self._effort.max_shrinks)


def _record_leaks(session: Session, left: Left) -> None:
    for leak in session.rejections.take_leaks():
        left.setdefault(leak.rule, (leak.trial, leak.observed))
