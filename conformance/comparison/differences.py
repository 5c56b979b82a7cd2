"""Compares the trials of one draft at two targets.

Ids, names, messages and instances differ between any two targets. Compared are the outcome and its
code, the rules that the answer and the effects violate, and the volumes that the request asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from msgspec import UNSET

from conformance.engine.observation.trial import Trial
from conformance.model import CATALOGUE
from conformance.model.answer import Indeterminate, Limited, Malformed, Throttled, is_server_error
from conformance.model.attribution import Attributed, Decided, attribute
from conformance.model.expectation import Either, Expectation, Reject
from conformance.model.request import Placeholder
from conformance.model.world import DeviceMapping
from reports.disagreement import Disagreement, Right
from reports.results import Observed, form_of, observed_effect

_INCONCLUSIVE = None
_ALLOWED = ""
Violations = dict[str, str]
"""The rules that an answer or its effects violate, each with what was observed."""
_FIELDS = ("type", "size", "iops", "throughput", "encrypted", "delete_on_termination")


def disagreements(
    first: Trial, second: Trial, own: str, masks: tuple[frozenset[str], frozenset[str]]
) -> list[Disagreement]:
    """Where two targets differ about a draft of rule ``own``.

    ``masks`` are the rules that the minimal request violates at each target. These rules and those
    that they mask are left out.
    """
    if not _same_world(first.expectation, second.expectation):
        return []
    violations = _violated(first, masks[0]), _violated(second, masks[1])
    answers = _answer(first, violations[0]), _answer(second, violations[1])
    if _short(answers[0]) != _short(answers[1]):
        return [_of_answers(first, second, own, answers, violations)]
    found = list(_of_rules(first, second, violations))
    if first.accepted and second.accepted and not found:
        found = list(_of_volumes(first, second))
    return found


def _answer(trial: Trial, violations: Violations) -> Observed:
    """The answer. A success that violates a rule is described by the violation."""
    observed = trial.observed
    if trial.accepted and violations:
        return msgspec.structs.replace(observed, seen=violations[min(violations)])
    return observed


def _same_world(first: Expectation, second: Expectation) -> bool:
    """Whether both targets have the same expectation: their instances may differ."""
    return type(first) is type(second) and set(first.rules) == set(second.rules)


def _short(observed: Observed) -> tuple[str, str | None]:
    return observed.outcome_class, observed.code


def _of_answers(
    first: Trial,
    second: Trial,
    own: str,
    answers: tuple[Observed, Observed],
    violations: tuple[Violations, Violations],
) -> Disagreement:
    broken = [_broken(first, own, violations[0]), _broken(second, own, violations[1])]
    right = _right(first, second, broken)
    due = first.expectation
    rule = next(filter(None, broken), "") or next(
        (rule for rule in due.rules if rule == own), next(iter(due.rules), own)
    )
    return _disagreement(rule, right, *answers, first)


def _broken(trial: Trial, own: str, violations: Violations) -> str | None:
    """The rule that an answer breaks; empty if it is allowed; None if that is inconclusive."""
    due = trial.expectation
    violated = {c.rule for c in trial.violations}
    if isinstance(due, Reject) and own not in due.rules:
        own = due.rules[0]
    match attribute(due, trial.outcome, own, violated):
        case Decided() if trial.accepted and violations:
            return min(violations)  # accepted as due, but with a wrong answer or effect
        case Decided():
            return _ALLOWED
        case Attributed(rule):
            return rule
        case _ if isinstance(trial.outcome, Malformed) and violated:
            return min(violated)
    return _INCONCLUSIVE


def _right(first: Trial, second: Trial, broken: list[str | None]) -> Right:
    if any(isinstance(t.outcome, Throttled | Limited | Indeterminate) for t in (first, second)):
        return Right.UNDECIDED
    match [rule == _ALLOWED for rule in broken]:
        case [True, True]:
            unspecified = isinstance(first.expectation, Either)
            return Right.UNSPECIFIED if unspecified else Right.BOTH
        case [True, False]:
            return Right.FIRST
        case [False, True]:
            return Right.SECOND
    decided = all(broken) or any(is_server_error(t.outcome) for t in (first, second))
    return Right.NEITHER if decided else Right.UNDECIDED


def _of_rules(
    first: Trial, second: Trial, violations: tuple[Violations, Violations]
) -> Iterator[Disagreement]:
    """The rules on answers and effects that one of the two violates."""
    for rule in sorted(violations[0].keys() ^ violations[1].keys()):
        if any(_is_masked(rule, trial) for trial in (first, second)):
            continue
        here, there = (observed_effect(side.get(rule, "")) for side in violations)
        right = Right.SECOND if rule in violations[0] else Right.FIRST
        yield _disagreement(rule, right, here, there, first)


def _violated(trial: Trial, masks: frozenset[str]) -> Violations:
    return {
        c.rule: c.observed
        for c in trial.violations
        if c.rule not in masks and CATALOGUE[c.rule].masked_by not in masks
    }


def _is_masked(rule: str, trial: Trial) -> bool:
    """Whether the trial violates a rule that this rule requires."""
    requires = {"st.image.exists", *CATALOGUE[rule].requires} - {rule}
    return any(c.rule in requires for c in trial.violations)


def _of_volumes(first: Trial, second: Trial) -> Iterator[Disagreement]:
    """A field of a requested volume that no rule decides and that differs between the images."""
    shown = [_volumes(trial) for trial in (first, second)]
    for device in shown[0].keys() & shown[1].keys():
        here, there = shown[0][device], shown[1][device]
        apart = [f for f in _FIELDS if getattr(here, f) != getattr(there, f)]
        if apart:
            sides = [observed_effect(_words(side, apart)) for side in (here, there)]
            yield _disagreement("", Right.UNSPECIFIED, sides[0], sides[1], first)
            return


def _volumes(trial: Trial) -> Mapping[str, DeviceMapping]:
    image = trial.effects and trial.effects.image
    instance = trial.before.instances.get(trial.request.instance_id or "")
    own = {volume.device for volume in instance.volumes} if instance else set()
    entries = trial.request.entries("BlockDeviceMapping").values()
    asked = {entry.get("DeviceName", "") for entry in entries} - own
    return {m.device: m for m in image.mappings if m.device in asked} if image else {}


def _words(mapping: DeviceMapping, fields: list[str]) -> str:
    return ", ".join(f"{field} {getattr(mapping, field)}" for field in fields)


def _disagreement(
    rule: str, right: Right, here: Observed, there: Observed, trial: Trial
) -> Disagreement:
    request = trial.request
    found = Disagreement(rule, right, here, there, request.params, form_of(request))
    return msgspec.structs.replace(found, bound=_bound(trial) or UNSET)


def _bound(trial: Trial) -> tuple[tuple[str, str, str], ...]:
    """The values bound to placeholders, except the running instance's."""
    wanted = dict(trial.draft.params)
    return tuple(
        (name, value, given.value)
        for name, value in trial.request.params
        if isinstance(given := wanted.get(name), Placeholder) and given is not Placeholder.RUNNING
    )
