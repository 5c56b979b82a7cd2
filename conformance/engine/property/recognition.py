"""Parameters that a target does not recognize, and lists that it numbers from 0.

A target that refuses a documented parameter as unknown, or reads its lists from 0, answers every
request with the parameter or the list wrongly. That breaks one rule, not each rule about them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from conformance.engine.observation.trial import Trial
from conformance.engine.property.context import Context
from conformance.engine.property.known import is_accepted, is_read
from conformance.model import CATALOGUE
from conformance.model.answer import Rejected
from conformance.model.codes import UNKNOWN, bare
from conformance.model.expectation import Accept
from conformance.model.feature import Feature
from conformance.model.judge import lacking_evidence
from conformance.model.request import Draft, create_image

NAMES = "wire.names"
LIST_BASE = "wire.list.base"
IGNORED = "the target does what the list asks for only if its first member has the number 0"

_ENOUGH = 2
"""Lists numbered from 0 that a target ignored, after which it is taken to ignore all others."""
_MINIMAL = set(create_image().names())
_FIRST = re.compile(r"^(BlockDeviceMapping|TagSpecification)\.1(?=\.)")
_ZERO = re.compile(r"(?<=\.)0(?=\.)")
_FIRST_TAG = re.compile(r"(?<=\.Tag\.)1(?=\.)")


class Recognition:
    """Whether a target recognizes the parameters of one property's requests."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def refused(self, trial: Trial) -> tuple[str, Trial] | None:
        """The rule that a wrong refusal breaks, with the plainest request that shows it.

        None if the target recognizes each parameter that the request adds to the minimal one.
        """
        if trial.conforms or not isinstance(trial.outcome, Rejected):
            return None
        unknown = bare(trial.outcome.code) == UNKNOWN
        if not unknown and not isinstance(trial.expectation, Accept):
            return None
        if unknown and _is_unknown(minimal := self._context.create(create_image())):
            return NAMES, minimal
        for feature in self._added(trial.draft):
            if not self._context.is_sent(feature.plain) and is_accepted(self._context, feature):
                continue
            plain = self._context.create_if_available(feature.plain)
            if plain is None or plain.conforms or not isinstance(plain.outcome, Rejected):
                continue
            if self._counts_from_0(feature):
                return LIST_BASE, plain
            if _is_unknown(plain):
                return NAMES, plain
        return None

    def ignored(self, draft: Draft, family: str) -> Trial | None:
        """The plainest request whose list the target ignores because it has no member 0.

        A target that does what another list asks for ignores none. Once the target has ignored a
        list from 0 as well, quick effort sends no further request.
        """
        context = self._context
        lists = [each for each in context.session.features if _is_list(each, family)]
        if any(is_read(context, each) for each in lists):
            return None
        for feature in self._added(draft):
            if feature not in lists:
                continue
            ignored = context.session.numbered_from_1[family]
            if ignored >= _ENOUGH:
                return None
            few = ignored and not context.effort.accepted_examples
            if few and not context.is_sent(feature.plain):
                continue
            plain = context.create_if_available(feature.plain)
            violated = {c.rule for c in plain.violations} if plain else set()
            if feature.rule in violated and self._counts_from_0(feature):
                return plain
        return None

    def _added(self, draft: Draft) -> Iterator[Feature]:
        """The features that add to the minimal request a parameter that a draft has, too."""
        names = set(draft.names())
        for feature in self._context.session.features:
            added = set(feature.plain.names()) - _MINIMAL
            if added and (feature.in_draft(draft) or added <= names):
                yield feature

    def _counts_from_0(self, feature: Feature) -> bool:
        """Whether the target does what a list asks for if its first member is numbered 0."""
        rule = CATALOGUE[feature.rule]
        if rule.on_effects is None:
            return False
        answered = False
        for draft in _from_0(feature.plain):
            trial = self._context.create_if_available(draft)
            if trial is None or not trial.accepted or trial.effects is None:
                continue
            request = replace(trial.request, params=_from_1(trial.request.params))
            if lacking_evidence(rule, request, trial.before, trial.effects):
                continue
            if rule.on_effects(request, trial.before, trial.effects) is None:
                return True
            answered = True
        self._context.session.numbered_from_1[rule.family] += answered
        return False


def _is_list(feature: Feature, family: str) -> bool:
    """Whether a feature of a family is a list."""
    return CATALOGUE[feature.rule].family == family and bool(_from_0(feature.plain))


def _is_unknown(trial: Trial) -> bool:
    """Whether the target refuses a conforming request for a parameter that it does not know."""
    outcome = trial.outcome
    if not isinstance(trial.expectation, Accept) or not isinstance(outcome, Rejected):
        return False
    return bare(outcome.code) == UNKNOWN


def _from_0(draft: Draft) -> tuple[Draft, ...]:
    """A draft with lists of one member, numbered from 0: also the tags, or else not the tags."""
    outer = tuple((_FIRST.sub(r"\1.0", name), value) for name, value in draft.params)
    if outer == draft.params:
        return ()
    inner = tuple((_FIRST_TAG.sub("0", name), value) for name, value in outer)
    return tuple(replace(draft, params=params) for params in dict.fromkeys((inner, outer)))


def _from_1(params: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((_ZERO.sub("1", name), value) for name, value in params)
