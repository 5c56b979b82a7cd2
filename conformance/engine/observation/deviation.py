"""How a finding is made of a trial."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

import msgspec

from conformance.engine.core.record import RuleDeviation
from conformance.engine.observation.trial import Trial
from conformance.model import CATALOGUE, Arm
from conformance.model.request import Placeholder, UniqueName
from reports.deviation import FRESH
from reports.results import (
    Deviation,
    Expected,
    Observed,
    expected_effect,
    form_of,
    observed_effect,
)

_BY_STATE = {
    "running": Placeholder.RUNNING,
    "stopped": Placeholder.STOPPED,
    "terminated": Placeholder.TERMINATED,
}


def finding_of(
    rule_id: str,
    arm: Arm,
    trial: Trial,
    seen: str | Observed,
    expected: str | Expected | None = None,
    before: Iterable[Trial] = (),
    *,
    names: Container[str] = (),
    story: bool = False,
) -> RuleDeviation:
    """What a trial shows of a rule. ``before`` are the requests that have to come first.

    In a ``story`` an effect is more than what there is to see of the request. ``names`` are given
    in a life: they are fresh, and its instance is like any other.
    """
    statement = expected if isinstance(expected, str) else CATALOGUE[rule_id].statement
    deviation = Deviation(
        arm,
        trial.request.params,
        expected if isinstance(expected, Expected) else expected_effect(statement, rule_id),
        observed_effect(seen) if isinstance(seen, str) else seen,
        form=form_of(trial.request),
    )
    earlier = tuple(before)
    more: dict[str, object] = {}
    if earlier:
        more["before"] = tuple(t.request.params for t in earlier)
    trials = (*earlier, trial)
    if bound := tuple(dict.fromkeys(each for t in trials for each in _bound(t, names))):
        more["bound"] = bound
    special = any(_is_special(t) for t in trials) and not names
    if special or (story and deviation.expected.outcome == "effect"):
        more["story"] = True
    return RuleDeviation(rule_id, msgspec.structs.replace(deviation, **more))


def _is_special(trial: Trial) -> bool:
    """Whether the id is that of an instance which the property has made for itself, or near it."""
    given = dict(trial.draft.params).get("InstanceId")
    return isinstance(given, str) and any(id[:-1] == given[:-1] for id in trial.before.instances)


def _bound(trial: Trial, names: Container[str]) -> Iterator[tuple[str, str, str]]:
    """The values that were filled in, be it by a life."""
    wanted = dict(trial.draft.params)
    for name, value in trial.request.params:
        given = wanted.get(name)
        if isinstance(given, Placeholder):
            yield name, value, given.value
        elif isinstance(given, UniqueName) or (name == "Name" and value in names):
            yield name, value, FRESH
        elif name == "InstanceId" and names and value in trial.before.instances:
            state = trial.before.instances[value].state
            yield name, value, _BY_STATE.get(state, Placeholder.RUNNING).value
