"""A property as data: its steps, in the order in which they run.

A step is one use of a verb of :class:`~conformance.engine.property.exercise.Exercise`, with the
drafts that it sends. A reader of the steps knows what a property sends without running it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from hypothesis.strategies import SearchStrategy

from conformance.engine.core.effort import Effort
from conformance.engine.property.exercise import Exercise
from conformance.engine.scenarios.scenario import Scenario
from conformance.model import Arm
from conformance.model.request import Draft


@dataclass(frozen=True, slots=True)
class Needs:
    """What steps need of the target: requests of each arm, rules that they name, scenarios."""

    keeps: tuple[Draft, ...] = ()
    breaks: tuple[Draft, ...] = ()
    rules: tuple[str, ...] = ()
    scenarios: tuple[Scenario, ...] = ()

    def __add__(self, other: Needs) -> Needs:
        return Needs(
            self.keeps + other.keeps,
            self.breaks + other.breaks,
            self.rules + other.rules,
            self.scenarios + other.scenarios,
        )


class Step(Protocol):
    """One step of a property."""

    def run(self, exercise: Exercise) -> None:
        """Run the step."""

    def needs(self) -> Needs:
        """What the step's requests need beside the rule."""

    def sends(self) -> tuple[Sends, ...] | None:
        """The step's requests, whatever a target's answers would leave out; None for a story."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Drafts of which quick effort sends a few: the first, or those that the seed decides."""

    drafts: Sequence[Draft]
    at_quick: int
    at_random: bool = False

    def of(self, effort: Effort, seed: str) -> Sequence[Draft]:
        """The drafts that the run's effort and seed select."""
        return effort.select(self.drafts, self.at_quick, seed if self.at_random else None)


select = Selection


class Verb(Enum):
    """The verbs that send drafts. Exercise says what each is for."""

    KEEPS = "keeps"
    BREAKS = "breaks"
    CONTROL = "control"
    OBSERVE = "observe"


@dataclass(frozen=True, slots=True)
class Sends:
    """A verb with its drafts."""

    verb: Verb
    drafts: tuple[Draft | Selection, ...]
    generated: SearchStrategy[Draft] | None = None
    via: Draft | None = None
    batch: Draft | None = None
    one: bool = False
    whole: Draft | None = None

    def run(self, exercise: Exercise) -> None:
        drafts = self.chosen(exercise.effort, f"{exercise.seed} {exercise.rule.id}")
        match self.verb:
            case Verb.KEEPS:
                exercise.keeps(*drafts, generated=self.generated, via=self.via, batch=self.batch)
            case Verb.BREAKS:
                exercise.breaks(*drafts, generated=self.generated)
            case Verb.CONTROL:
                exercise.control(*drafts, via=self.via, one=self.one)
            case Verb.OBSERVE:
                exercise.observe(*drafts, via=self.via, whole=self.whole)

    def needs(self) -> Needs:
        drafts: list[Draft] = []
        for each in self.drafts:
            drafts += each.drafts if isinstance(each, Selection) else (each,)
        match self.verb:
            case Verb.KEEPS:
                return Needs(keeps=tuple(drafts))
            case Verb.BREAKS:
                return Needs(breaks=tuple(drafts))
            case _:
                return Needs()

    def sends(self) -> tuple[Sends, ...]:
        return (self,)

    def chosen(self, effort: Effort, seed: str) -> tuple[Draft, ...]:
        """The drafts that an effort and a seed select."""
        drafts: list[Draft] = []
        for each in self.drafts:
            drafts += each.of(effort, seed) if isinstance(each, Selection) else (each,)
        return tuple(drafts)


@dataclass(frozen=True, slots=True)
class Requires:
    """The steps that follow build on a draft that keeps another rule."""

    draft: Draft
    rule_id: str

    def run(self, exercise: Exercise) -> None:
        exercise.requires(self.draft, self.rule_id)

    def needs(self) -> Needs:
        return Needs(rules=(self.rule_id,))

    def sends(self) -> tuple[Sends, ...]:
        return ()


requires = Requires


@dataclass(frozen=True, slots=True)
class Named:
    """Rules that the property's requests need."""

    rules: tuple[str, ...]

    def run(self, exercise: Exercise) -> None:
        """Nothing: the rules are named for those who read the steps."""

    def needs(self) -> Needs:
        return Needs(rules=self.rules)

    def sends(self) -> tuple[Sends, ...]:
        return ()


def named(*rules: str) -> Named:
    """The step that names rules which the property's requests need."""
    return Named(rules)


@dataclass(frozen=True, slots=True)
class UnlessMasked:
    """A step that is left out if the target answers a draft of another rule wrongly."""

    draft: Draft
    rule_id: str
    accepted: bool
    """Whether that rule wants the draft accepted."""
    step: Step
    via: Draft | None = None
    """A covering request that stands for the step, if it conforms."""

    def run(self, exercise: Exercise) -> None:
        if self.via is not None and exercise.covers(self.via, self.step.needs().keeps):
            return
        if not exercise.is_masked(self.draft, self.rule_id, accepted=self.accepted):
            self.step.run(exercise)

    def needs(self) -> Needs:
        return Needs(rules=(self.rule_id,)) + self.step.needs()

    def sends(self) -> tuple[Sends, ...] | None:
        return self.step.sends()


@dataclass(frozen=True, slots=True)
class Shows:
    """The rule is judged by the history of a scenario."""

    scenario: Scenario
    given: Callable[[Exercise], bool] | None = None
    """Without it a violation decides nothing. It records why."""

    def run(self, exercise: Exercise) -> None:
        exercise.check_history(self.scenario, self.given)

    def needs(self) -> Needs:
        return Needs(scenarios=(self.scenario,))

    def sends(self) -> None:
        return None


def shows(scenario: Scenario, given: Callable[[Exercise], bool] | None = None) -> Shows:
    """The step of :meth:`Exercise.check_history`."""
    return Shows(scenario, given)


def keeps(
    *drafts: Draft | Selection,
    generated: SearchStrategy[Draft] | None = None,
    via: Draft | None = None,
    batch: Draft | None = None,
) -> Sends:
    """The step of :meth:`Exercise.keeps`."""
    return Sends(Verb.KEEPS, drafts, generated, via, batch)


def breaks(*drafts: Draft | Selection, generated: SearchStrategy[Draft] | None = None) -> Sends:
    """The step of :meth:`Exercise.breaks`."""
    return Sends(Verb.BREAKS, drafts, generated)


def control(*drafts: Draft | Selection, via: Draft | None = None, one: bool = False) -> Sends:
    """The step of :meth:`Exercise.control`."""
    return Sends(Verb.CONTROL, drafts, via=via, one=one)


def observe(
    *drafts: Draft | Selection, via: Draft | None = None, whole: Draft | None = None
) -> Sends:
    """The step of :meth:`Exercise.observe`."""
    return Sends(Verb.OBSERVE, drafts, via=via, whole=whole)


def unless_masked_by(
    draft: Draft, rule_id: str, step: Step, *, accepted: bool, via: Draft | None = None
) -> UnlessMasked:
    """A step that runs unless the target answers ``draft`` of another rule wrongly.

    ``via`` is a covering request that can stand for the step.
    """
    return UnlessMasked(draft, rule_id, accepted, step, via)


@dataclass(frozen=True, slots=True)
class LeavesNothing:
    """No rejected request so far left an orphan behind."""

    arm: Arm | None

    def run(self, exercise: Exercise) -> None:
        if self.arm is None:
            exercise.check_rejections()
        else:
            exercise.leaves_nothing(self.arm)

    def needs(self) -> Needs:
        return Needs()

    def sends(self) -> tuple[Sends, ...]:
        return ()


def leaves_nothing(arm: Arm | None = None) -> LeavesNothing:
    """Check the rejected requests so far for orphans; if there are none, that decides the arm."""
    return LeavesNothing(arm)


@dataclass(frozen=True, slots=True)
class Distinct:
    """No two answers have the same text in an element of the root."""

    element: str
    drafts: tuple[Draft, ...]

    def run(self, exercise: Exercise) -> None:
        exercise.check_distinct(self.element, *self.drafts)

    def needs(self) -> Needs:
        return Needs()

    def sends(self) -> tuple[Sends, ...]:
        return ()


def distinct(element: str, *drafts: Draft) -> Distinct:
    """The step of :meth:`Exercise.check_distinct`."""
    return Distinct(element, drafts)
