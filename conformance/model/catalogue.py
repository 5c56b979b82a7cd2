"""The catalogue of rules, and the decorators that add a function to it.

Importing a rule's module adds it to :data:`CATALOGUE`, in the order of the documentation page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import replace
from typing import Any, Required, TypedDict, Unpack

from conformance.model.rule import (
    ANY_CLIENT_ERROR,
    AnswerCheck,
    Aws,
    EffectCheck,
    Evidence,
    Grade,
    HistoryCheck,
    Kind,
    RequestCheck,
    Rule,
    Source,
)

CATALOGUE: dict[str, Rule] = {}
_UNKNOWN = Aws()
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
        aws: Aws = _UNKNOWN,
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
