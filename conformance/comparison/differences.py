"""What there is to see of one request at two targets, and where that is not the same.

Ids, names and words differ wherever two targets do the same; so do their instances. What is held
against each other is what the model can name: the outcome and its code, the rules that the answer
and the effects contradict, and what the new image has of the volumes that the request asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from msgspec import UNSET

from conformance.engine.observation.trial import Trial
from conformance.model import CATALOGUE
from conformance.model.answer import Indeterminate, Malformed, Throttled, is_server_error
from conformance.model.attribution import Attributed, Decided, attribute
from conformance.model.expectation import Either, Expectation, Reject
from conformance.model.request import Placeholder
from conformance.model.world import DeviceMapping
from reports.disagreement import Disagreement, Right
from reports.results import Observed, form_of, observed_effect, observed_of

_CANNOT_BE_TOLD = None
_ALLOWED = ""
Told = dict[str, str]
"""The rules that an answer or its effects contradict, with what was seen."""
_FIELDS = ("type", "size", "iops", "throughput", "encrypted", "delete_on_termination")


def disagreements(
    first: Trial, second: Trial, own: str, hidden: tuple[frozenset[str], frozenset[str]]
) -> list[Disagreement]:
    """Where two targets differ about a draft of rule ``own``.

    ``hidden`` are the rules that even the plainest request breaks at each: they, and what they
    hide, say nothing of this one.
    """
    if not _same_world(first.expectation, second.expectation):
        return []
    told = _told(first, hidden[0]), _told(second, hidden[1])
    answers = _answer(first, told[0]), _answer(second, told[1])
    if _short(answers[0]) != _short(answers[1]):
        return [_of_answers(first, second, own, answers, told)]
    found = list(_of_rules(first, second, told))
    if first.accepted and second.accepted and not found:
        found = list(_of_volumes(first, second))
    return found


def _answer(trial: Trial, told: Told) -> Observed:
    """What came back; of a success what is wrong with it says more than the image's id."""
    seen = observed_of(trial.outcome)
    if trial.accepted and told:
        return msgspec.structs.replace(seen, seen=told[min(told)])
    return seen


def _same_world(first: Expectation, second: Expectation) -> bool:
    """Whether the request means the same at both: an instance may lack what the other's has."""
    return type(first) is type(second) and set(first.rules) == set(second.rules)


def _short(seen: Observed) -> tuple[str, str | None]:
    return seen.outcome_class, seen.code


def _of_answers(
    first: Trial,
    second: Trial,
    own: str,
    answers: tuple[Observed, Observed],
    told: tuple[Told, Told],
) -> Disagreement:
    broken = [_broken(first, own, told[0]), _broken(second, own, told[1])]
    right = _right(first, second, broken)
    due = first.expectation
    rule = next(filter(None, broken), "") or next(
        (rule for rule in due.rules if rule == own), next(iter(due.rules), own)
    )
    return _disagreement(rule, right, *answers, first)


def _broken(trial: Trial, own: str, told: Told) -> str | None:
    """The rule that an answer breaks; nothing where it is allowed; None where that is not told."""
    due = trial.expectation
    violated = {c.rule for c in trial.violations}
    if isinstance(due, Reject) and own not in due.rules:
        own = due.rules[0]
    match attribute(due, trial.outcome, own, violated):
        case Decided() if trial.accepted and told:
            return min(told)  # it may be accepted, and not do what it then does
        case Decided():
            return _ALLOWED
        case Attributed(rule):
            return rule
        case _ if isinstance(trial.outcome, Malformed) and violated:
            return min(violated)
    return _CANNOT_BE_TOLD


def _right(first: Trial, second: Trial, broken: list[str | None]) -> Right:
    if any(isinstance(t.outcome, Throttled | Indeterminate) for t in (first, second)):
        return Right.UNDECIDED
    match [rule == _ALLOWED for rule in broken]:
        case [True, True]:
            silent = isinstance(first.expectation, Either)
            return Right.UNSPECIFIED if silent else Right.BOTH
        case [True, False]:
            return Right.FIRST
        case [False, True]:
            return Right.SECOND
    told = all(broken) or any(is_server_error(t.outcome) for t in (first, second))
    return Right.NEITHER if told else Right.UNDECIDED


def _of_rules(first: Trial, second: Trial, told: tuple[Told, Told]) -> Iterator[Disagreement]:
    """The rules on answers and effects that one of the two contradicts."""
    for rule in sorted(told[0].keys() ^ told[1].keys()):
        if any(_is_hidden(rule, trial) for trial in (first, second)):
            continue
        here, there = (observed_effect(side.get(rule, "")) for side in told)
        right = Right.SECOND if rule in told[0] else Right.FIRST
        yield _disagreement(rule, right, here, there, first)


def _told(trial: Trial, hidden: frozenset[str]) -> Told:
    return {
        c.rule: c.observed
        for c in trial.violations
        if c.rule not in hidden and CATALOGUE[c.rule].masked_by not in hidden
    }


def _is_hidden(rule: str, trial: Trial) -> bool:
    """Whether what the rule speaks of is not there to be seen, which another rule tells."""
    requires = {"st.image.exists", *CATALOGUE[rule].requires} - {rule}
    return any(c.rule in requires for c in trial.violations)


def _of_volumes(first: Trial, second: Trial) -> Iterator[Disagreement]:
    """What no rule decides of the volumes that the request adds, and each image has its own way."""
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
    """The values that stand for something of the target's, but for the instance of any request."""
    wanted = dict(trial.draft.params)
    return tuple(
        (name, value, given.value)
        for name, value in trial.request.params
        if isinstance(given := wanted.get(name), Placeholder) and given is not Placeholder.RUNNING
    )
