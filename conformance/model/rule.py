"""A rule: one statement of the documents, its metadata, and the function that decides it.

Importing a rule's module adds it to :data:`CATALOGUE`, in the order of the documentation page.
There are five kinds:

=========  =============================================  =====================================
kind       function                                       returns
=========  =============================================  =====================================
request    ``(request, world)``                           True (kept), False (broken), or None
                                                          (unspecified)
answer     ``(answer, outcome)``                          a violation in words, or None
effect     ``(request, before, effects)``                 a violation in words, or None
history    ``(history)``: the steps of a scenario         findings: the arms that the history
                                                          decides, what violates the rule, and
                                                          the evidence that it lacks
scenario   none: the rule is about several requests, and
           its property in the suite checks it
=========  =============================================  =====================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Required, TypedDict, Unpack

from conformance.model.answer import Answer, Outcome
from conformance.model.history import Created, History
from conformance.model.request import Request
from conformance.model.world import Effects, World

ANY_CLIENT_ERROR: frozenset[str] | None = None
"""The documents name no code for the rejection: any client error code is allowed."""


class Grade(StrEnum):
    """How well the documents support a rule; only the first two grades can fail."""

    DOCUMENTED = "documented"
    """A source states it as a constraint or a promise."""
    DETAIL = "detail"
    """A source describes it, shows it in an example, or says it on another action's page."""
    OBSERVED = "observed"
    """No document says it; real AWS was observed to do it."""
    UNSPECIFIED = "unspecified"
    """The documents do not say, or contradict each other."""


class Arm(StrEnum):
    """The two arms of a rule: requests that keep it, requests that break it."""

    KEEPS = "keeps"
    BREAKS = "breaks"


class Kind(StrEnum):
    """What a rule's function checks."""

    REQUEST = "request"
    ANSWER = "answer"
    EFFECT = "effect"
    HISTORY = "history"
    SCENARIO = "scenario"


@dataclass(frozen=True, slots=True)
class Source:
    """A section of a document that states a rule."""

    document: str
    section: str

    def __str__(self) -> str:
        return f"{self.document}, {self.section}"


@dataclass(frozen=True, slots=True)
class Aws:
    """What real AWS was publicly observed to do: ``agrees``, ``deviates`` or ``unknown``."""

    status: str = "unknown"
    note: str = ""
    source: str = ""
    codes: frozenset[str] = frozenset()
    """The codes with which AWS rejects, if the documents allow others too."""
    accepts: bool = False
    """Whether AWS accepts requests that break the rule."""
    rejects: RequestCheck | None = None
    """Whether AWS rejects a request that keeps the rule; None if it rejects none."""
    shows: bool = False
    """Whether AWS shows effects that break the rule."""


@dataclass(frozen=True, slots=True)
class Decides:
    """A history decides an arm of a rule."""

    arm: Arm


@dataclass(frozen=True, slots=True)
class Violates:
    """A history contradicts a rule."""

    arm: Arm
    observed: str
    """What the history shows."""
    of: Created
    """The request that a report names."""
    rule: str = ""
    """Another rule than the one that is judged."""


@dataclass(frozen=True, slots=True)
class Lacks:
    """A history lacks the evidence for an arm of a rule."""

    why: str


Finding = Decides | Violates | Lacks
RequestCheck = Callable[[Request, World], bool | None]
HistoryCheck = Callable[[History], Iterator[Finding]]
AnswerCheck = Callable[[Answer, Outcome], str | None]
EffectCheck = Callable[[Request, World, Effects], str | None]
Evidence = Callable[[Request, World, Effects], str | None]
"""Why the effects show nothing that could violate a rule, or None if they do."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the catalogue. ``keeps`` and ``breaks`` describe the requests of each arm.

    No request breaks a promise of the endpoint. The ``breaks`` arm of such a rule is a control:
    requests to which the promise does not apply.
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
    """Why no property tests the rule; empty if one does."""
    on_request: RequestCheck | None = None
    on_answer: AnswerCheck | None = None
    on_effects: EffectCheck | None = None
    on_history: HistoryCheck | None = None
    masked_by: str = ""
    """A rule about effects that masks this one if the minimal request breaks it."""
    requires: tuple[str, ...] = ()
    """Rules about effects that must hold for this one to be observable."""
    evidence: Evidence | None = None
    """What the effect check has to see. An arm counts only requests that show it."""
    reads: tuple[str, ...] = ()
    """The actions that show what the effect check compares."""
    only_with: frozenset[str] | None = None
    """Traits of requests: a request with none of them keeps the rule, so the judge skips it.

    Empty: no request breaks the rule. None: any request may.
    """

    @property
    def family(self) -> str:
        """The first word of the ID: the parameter or subject of the rule."""
        return self.id.partition(".")[0]

    @property
    def asserted(self) -> bool:
        """Whether breaking the rule is a deviation."""
        return self.grade in (Grade.DOCUMENTED, Grade.DETAIL)


CATALOGUE: dict[str, Rule] = {}
_PARAMETERS = {
    "bdm": "BlockDeviceMapping",
    "desc": "Description",
    "dryrun": "DryRun",
    "noreboot": "NoReboot",
    "tag": "TagSpecification",
}
"""Families of rules with the parameter that they are about: without it, a request keeps them."""


def _register(rule: Rule) -> None:
    if rule.id in CATALOGUE:
        raise ValueError(f"two rules are called {rule.id}")
    CATALOGUE[rule.id] = rule


class _Metadata(TypedDict, total=False):
    """The metadata that every decorator takes."""

    keeps: Required[str]
    breaks: Required[str]
    grade: Grade
    aws: Aws
    note: str


class _RequestMetadata(_Metadata, total=False):
    """The metadata of a rule about requests."""

    only_with: Iterable[str]


def _add(kind: Kind, id: str, statement: str, sources: tuple[Source, ...], **fields: Any) -> None:
    codes = fields.pop("codes", None)
    only_with = fields.pop("only_with", None)
    if only_with is None and (parameter := _PARAMETERS.get(id.partition(".")[0])):
        only_with = (parameter,)
    _register(
        Rule(
            id=id,
            statement=" ".join(statement.split()),
            grade=fields.pop("grade", Grade.DOCUMENTED),
            kind=kind,
            sources=sources,
            codes=ANY_CLIENT_ERROR if codes is None else frozenset(codes),
            only_with=None if only_with is None else frozenset(only_with),
            **fields,
        )
    )


class rule:  # noqa: N801 (a family of decorators, read as words: @rule.request)
    """Decorators that make a function a rule of the catalogue; its docstring is the statement."""

    @staticmethod
    def request(
        id: str,
        *sources: Source,
        codes: Set[str] | None = None,
        **metadata: Unpack[_RequestMetadata],
    ) -> Callable[[RequestCheck], RequestCheck]:
        """A rule about requests: the function decides whether one keeps it.

        See :attr:`Rule.only_with`; its default is the parameter of the rule's family.
        """

        def register(check: RequestCheck) -> RequestCheck:
            statement = check.__doc__ or ""
            _add(Kind.REQUEST, id, statement, sources, codes=codes, on_request=check, **metadata)
            return check

        return register

    @staticmethod
    def answer(
        id: str, *sources: Source, **metadata: Unpack[_Metadata]
    ) -> Callable[[AnswerCheck], AnswerCheck]:
        """A rule about one response: the function describes a violation."""

        def register(check: AnswerCheck) -> AnswerCheck:
            _add(Kind.ANSWER, id, check.__doc__ or "", sources, on_answer=check, **metadata)
            return check

        return register

    @staticmethod
    def effect(
        id: str,
        *sources: Source,
        masked_by: str = "",
        requires: tuple[str, ...] = (),
        evidence: Evidence | None = None,
        reads: tuple[str, ...] = ("DescribeImages",),
        **metadata: Unpack[_Metadata],
    ) -> Callable[[EffectCheck], EffectCheck]:
        """A rule about the effects of an accepted request: the function describes a violation."""

        def register(check: EffectCheck) -> EffectCheck:
            _add(Kind.EFFECT, id, check.__doc__ or "", sources, **metadata)
            more = rule.effects_of(
                id, masked_by=masked_by, requires=requires, evidence=evidence, reads=reads
            )
            return more(check)

        return register

    @staticmethod
    def effects_of(
        id: str,
        *,
        masked_by: str = "",
        requires: tuple[str, ...] = (),
        evidence: Evidence | None = None,
        reads: tuple[str, ...] = ("DescribeImages",),
    ) -> Callable[[EffectCheck], EffectCheck]:
        """The effect check of a rule about requests that also promises an effect."""

        def register(check: EffectCheck) -> EffectCheck:
            CATALOGUE[id] = replace(
                CATALOGUE[id],
                on_effects=check,
                masked_by=masked_by,
                requires=requires,
                evidence=evidence,
                reads=reads,
            )
            return check

        return register

    @staticmethod
    def history(
        id: str,
        *sources: Source,
        codes: Set[str] | None = None,
        **metadata: Unpack[_Metadata],
    ) -> Callable[[HistoryCheck], HistoryCheck]:
        """A rule about several requests: the function says what a scenario's history shows."""

        def register(check: HistoryCheck) -> HistoryCheck:
            statement = check.__doc__ or ""
            _add(Kind.HISTORY, id, statement, sources, codes=codes, on_history=check, **metadata)
            return check

        return register

    @staticmethod
    def history_of(id: str) -> Callable[[HistoryCheck], HistoryCheck]:
        """The history check of a rule about requests or effects."""

        def register(check: HistoryCheck) -> HistoryCheck:
            CATALOGUE[id] = replace(CATALOGUE[id], on_history=check)
            return check

        return register

    @staticmethod
    def scenario(
        id: str,
        statement: str,
        *sources: Source,
        keeps: str = "",
        breaks: str = "",
        codes: Set[str] | None = None,
        grade: Grade = Grade.DOCUMENTED,
        aws: Aws = Aws(),
        note: str = "",
        uncovered: str = "",
    ) -> None:
        """A rule about several requests, or one that is only observed."""
        _add(
            Kind.SCENARIO,
            id,
            statement,
            sources,
            keeps=keeps,
            breaks=breaks,
            codes=codes,
            grade=grade,
            aws=aws,
            note=note,
            uncovered=uncovered,
        )
