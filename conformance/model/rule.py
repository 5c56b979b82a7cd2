"""What a rule is: one thing that the documents say, its metadata, and the function that decides it.

Rules register themselves as their modules are imported; :data:`CATALOGUE` holds them in the order
of the documentation page. Four kinds differ in what their function looks at:

=========  =============================================  =====================================
kind       function                                       returns
=========  =============================================  =====================================
request    ``(request, world)``                           True (kept), False (broken), or None
                                                          where the documents are silent
answer     ``(answer, outcome)``                          a contradiction in words, or None
effect     ``(request, before, effects)``                 a contradiction in words, or None
story      none: it speaks of several requests, and its
           property in the suite tells the story
=========  =============================================  =====================================
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from conformance.model.answer import Answer, Outcome
from conformance.model.request import Request
from conformance.model.world import Effects, World

ANY_CLIENT_ERROR: frozenset[str] | None = None
"""The documents say that the request fails but name no code: any 4xx will do."""


class Grade(StrEnum):
    """How firmly a rule stands in the documents; only the first two fail by default."""

    DOCUMENTED = "documented"
    """A source states it as a constraint or a promise."""
    DETAIL = "detail"
    """A source describes it, shows it in an example, or says it on another action's page."""
    OBSERVED = "observed"
    """No document says it; real AWS was seen to do it."""
    UNSPECIFIED = "unspecified"
    """The documents are silent or contradict each other."""


class Arm(StrEnum):
    """The two sides of a rule."""

    KEEPS = "keeps"
    BREAKS = "breaks"


class Kind(StrEnum):
    """What a rule's function looks at."""

    REQUEST = "request"
    ANSWER = "answer"
    EFFECT = "effect"
    SCENARIO = "scenario"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule is written: a document and a section of it."""

    document: str
    section: str

    def __str__(self) -> str:
        return f"{self.document}, {self.section}"


@dataclass(frozen=True, slots=True)
class Aws:
    """What real AWS was publicly seen to do about a rule: agrees, deviates or unknown."""

    status: str = "unknown"
    note: str = ""
    source: str = ""
    codes: frozenset[str] = frozenset()
    """With which codes it refuses what breaks the rule, where the documents allow others too."""
    accepts: bool = False
    """Whether it takes what breaks the rule."""


RequestCheck = Callable[[Request, World], bool | None]
AnswerCheck = Callable[[Answer, Outcome], str | None]
EffectCheck = Callable[[Request, World, Effects], str | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the catalogue. ``keeps`` and ``breaks`` say what each arm's requests look like.

    A promise of the endpoint's has no request that breaks it. Its ``breaks`` arm is the control:
    requests to which the promise does not apply, and in whose answers it must not show.
    """

    id: str
    statement: str
    grade: Grade
    kind: Kind
    sources: tuple[Source, ...]
    keeps: str
    breaks: str
    codes: frozenset[str] | None = ANY_CLIENT_ERROR
    aws: Aws = field(default_factory=Aws)
    note: str = ""
    uncovered: str = ""
    """Why no property exercises the rule; empty for those that one does."""
    on_request: RequestCheck | None = None
    on_answer: AnswerCheck | None = None
    on_effects: EffectCheck | None = None
    masked_by: str = ""
    """A rule about effects that hides this one while even the plainest request breaks it."""
    requires: tuple[str, ...] = ()
    """Rules about effects without which there is nothing to see of this one."""

    @property
    def family(self) -> str:
        """The first word of the id: the parameter or subject that the rule speaks of."""
        return self.id.partition(".")[0]

    @property
    def asserted(self) -> bool:
        """Whether breaking the rule is a deviation by the documents."""
        return self.grade in (Grade.DOCUMENTED, Grade.DETAIL)


CATALOGUE: dict[str, Rule] = {}


def _register(rule: Rule) -> None:
    if rule.id in CATALOGUE:
        raise ValueError(f"two rules are called {rule.id}")
    CATALOGUE[rule.id] = rule


@dataclass(frozen=True, slots=True)
class _Metadata:
    id: str
    grade: Grade
    sources: tuple[Source, ...]
    keeps: str
    breaks: str
    codes: frozenset[str] | None
    aws: Aws
    note: str
    uncovered: str = ""

    def register(
        self,
        kind: Kind,
        statement: str,
        *,
        on_request: RequestCheck | None = None,
        on_answer: AnswerCheck | None = None,
    ) -> None:
        _register(
            Rule(
                self.id,
                " ".join(statement.split()),
                self.grade,
                kind,
                self.sources,
                self.keeps,
                self.breaks,
                self.codes,
                self.aws,
                self.note,
                self.uncovered,
                on_request,
                on_answer,
            )
        )


class rule:  # noqa: N801 (a family of decorators, read as words: @rule.request)
    """Decorators that make a function a rule of the catalogue; its docstring is the statement."""

    @staticmethod
    def request(
        id: str,
        *sources: Source,
        keeps: str,
        breaks: str,
        codes: frozenset[str] | set[str] | None = None,
        grade: Grade = Grade.DOCUMENTED,
        aws: Aws = Aws(),
        note: str = "",
    ) -> Callable[[RequestCheck], RequestCheck]:
        """A rule about requests: decides whether one keeps it."""
        data = _Metadata(id, grade, sources, keeps, breaks, _frozen(codes), aws, note)

        def register(check: RequestCheck) -> RequestCheck:
            data.register(Kind.REQUEST, check.__doc__ or "", on_request=check)
            return check

        return register

    @staticmethod
    def answer(
        id: str,
        *sources: Source,
        keeps: str,
        breaks: str,
        grade: Grade = Grade.DOCUMENTED,
        aws: Aws = Aws(),
        note: str = "",
    ) -> Callable[[AnswerCheck], AnswerCheck]:
        """A rule about a single answer: says what contradicts it."""
        data = _Metadata(id, grade, sources, keeps, breaks, None, aws, note)

        def register(check: AnswerCheck) -> AnswerCheck:
            data.register(Kind.ANSWER, check.__doc__ or "", on_answer=check)
            return check

        return register

    @staticmethod
    def effect(
        id: str,
        *sources: Source,
        keeps: str,
        breaks: str,
        grade: Grade = Grade.DOCUMENTED,
        aws: Aws = Aws(),
        note: str = "",
        masked_by: str = "",
        requires: tuple[str, ...] = (),
    ) -> Callable[[EffectCheck], EffectCheck]:
        """A rule about what there is after an accepted request: says what contradicts it."""
        data = _Metadata(id, grade, sources, keeps, breaks, None, aws, note)

        def register(check: EffectCheck) -> EffectCheck:
            data.register(Kind.EFFECT, check.__doc__ or "")
            return rule.effects_of(id, masked_by=masked_by, requires=requires)(check)

        return register

    @staticmethod
    def effects_of(
        id: str, *, masked_by: str = "", requires: tuple[str, ...] = ()
    ) -> Callable[[EffectCheck], EffectCheck]:
        """What there is to see where a rule is kept: for one about requests that says so too."""

        def register(check: EffectCheck) -> EffectCheck:
            CATALOGUE[id] = replace(
                CATALOGUE[id], on_effects=check, masked_by=masked_by, requires=requires
            )
            return check

        return register

    @staticmethod
    def scenario(
        id: str,
        statement: str,
        *sources: Source,
        keeps: str = "",
        breaks: str = "",
        codes: frozenset[str] | set[str] | None = None,
        grade: Grade = Grade.DOCUMENTED,
        aws: Aws = Aws(),
        note: str = "",
        uncovered: str = "",
    ) -> None:
        """A rule about several requests, or one that is only observed."""
        data = _Metadata(id, grade, sources, keeps, breaks, _frozen(codes), aws, note, uncovered)
        data.register(Kind.SCENARIO, statement)


def _frozen(codes: frozenset[str] | set[str] | None) -> frozenset[str] | None:
    return None if codes is None else frozenset(codes)
