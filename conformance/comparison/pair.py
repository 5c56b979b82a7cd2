"""Two targets that are sent the same drafts, and the smallest drafts on which they disagree."""

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
"""By the rule that it breaks: a request that left something, and what."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A disagreement with the draft that shows it."""

    draft: Draft
    disagreement: Disagreement
    due: type[Expectation]
    """What kind of answer is due."""
    rules: frozenset[str]
    """What is wrong with the draft, or not said about it."""

    @property
    def identity(self) -> Hashable:
        return self.disagreement.identity

    @property
    def is_of_answers(self) -> bool:
        """Whether the answers differ, and not only what the request did: then there is one."""
        sides = self.disagreement.first, self.disagreement.second
        return any(side.outcome != "effect" for side in sides)

    def is_smaller_of(self, other: Difference) -> bool:
        """Whether both targets do the same here, for no other reason than there. Of several
        reasons one is named, and another where that is gone."""
        return (
            self.disagreement.identity[1:] == other.disagreement.identity[1:]
            and self.due is other.due
            and self.rules <= other.rules
        )


class Pair:
    """The two targets, each in a session of its own, and what they disagree on."""

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
        """By smallest draft and what came back: what it was told as, and whether by the rule whose
        own draft that is."""

    def create(self, draft: Draft) -> Trial:
        """The first target's trial of a draft, once both have had it. Raises NotAvailable."""
        return self._both(draft)[0]

    def compare(self, draft: Draft, own: str, *, control: bool = False) -> None:
        """Send a draft of rule ``own`` to both; what they disagree on is made small and kept.

        A ``control`` is another rule's.
        """
        for difference in self._differences(draft, own):
            self._keep(difference, own, control=control)

    def explore(self, drafts: SearchStrategy[Draft], own: str, salt: str, examples: int) -> None:
        """As :meth:`compare`, with drafts that Hypothesis draws and shrinks."""
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
        """Whether either refuses what is wrongly signed: else there is nothing to compare."""
        return any(session.binder.verifies_signatures() for session in self._sessions)

    def finish(self) -> None:
        """Look for the last time for what refused requests left, at one target alone."""
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
            session.binder.bind(helped)  # what one target lacks the other is not asked for
        first, second = (session.create(helped) for session in self._sessions)
        for session, trial in zip(self._sessions, (first, second), strict=True):
            if not trial.accepted:
                session.rejections.add(trial)
        return first, second

    def _helped(self, draft: Draft) -> Draft:
        """The draft with what either target wants the plainest request to have."""
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
            # Properties may come to the same request by leaving out what each is about. It is told
            # once, by the first that is about nothing else.
            seen = smallest.draft, smallest.disagreement.identity[1:]
            at_home = smallest is difference and not control
            earlier, was_at_home = self._answered.get(seen, (None, False))
            if earlier is not None:
                if was_at_home or not at_home:
                    return
                self.found.pop(earlier, None)
            self._answered[seen] = smallest.identity, at_home
        self.found.setdefault(smallest.identity, smallest.disagreement)

    def _smallest(self, difference: Difference, own: str) -> Difference:
        """The same disagreement with nothing in the request that could be left out."""

        def shows(draft: Draft) -> Difference | None:
            found = self._available(draft, own)
            return next((smaller for smaller in found if smaller.is_smaller_of(difference)), None)

        return shrink(difference.draft, difference, shows, 2 * self._effort.max_shrinks)


def _record_leaks(session: Session, left: Left) -> None:
    for leak in session.rejections.take_leaks():
        left.setdefault(leak.rule, (leak.trial, leak.observed))
