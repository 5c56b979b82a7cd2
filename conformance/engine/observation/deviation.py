"""Makes deviations, as reports hold them, of trials."""

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


def deviation_of(
    rule_id: str,
    arm: Arm,
    trial: Trial,
    observed: str | Observed,
    expected: str | Expected | None = None,
    before: Iterable[Trial] = (),
    *,
    names: Container[str] = (),
    scenario: bool = False,
) -> RuleDeviation:
    """A trial's deviation from a rule. ``before`` are the requests that must be sent first.

    In a ``scenario`` an observed effect is not one of the request alone. ``names`` are the unique
    names that a sequence gave; its instance may be replaced by any other in the same state.
    """
    statement = expected if isinstance(expected, str) else CATALOGUE[rule_id].statement
    deviation = Deviation(
        arm,
        trial.request.params,
        expected if isinstance(expected, Expected) else expected_effect(statement, rule_id),
        observed_effect(observed) if isinstance(observed, str) else observed,
        form=form_of(trial.request),
    )
    earlier = tuple(before)
    more: dict[str, object] = {}
    if earlier:
        more["before"] = tuple(t.request.params for t in earlier)
    trials = (*earlier, trial)
    if bound := tuple(dict.fromkeys(each for t in trials for each in _bound(t, names))):
        more["bound"] = bound
    special = "" if names else _special(trial)
    if special:
        more["source"] = special
    special_before = not names and any(_special(t) for t in earlier)
    if special or special_before or (scenario and deviation.expected.outcome == "effect"):
        more["story"] = True
    return RuleDeviation(rule_id, msgspec.structs.replace(deviation, **more))


def _special(trial: Trial) -> str:
    """The state of an instance whose id a property chose itself, ``similar`` for an id that differs
    from an instance's in its last digit, or nothing."""
    given = dict(trial.draft.params).get("InstanceId")
    if not isinstance(given, str):
        return ""
    if given in trial.before.instances:
        return trial.before.instances[given].state
    return "similar" if any(id[:-1] == given[:-1] for id in trial.before.instances) else ""


def _bound(trial: Trial, names: Container[str]) -> Iterator[tuple[str, str, str]]:
    """The values that were bound, by the binder or by a sequence."""
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
