"""What a run sends ahead, and what later, since an account makes it wait."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.engine.core.effort import Effort
from conformance.engine.execution.batch import is_slow as needs_slow
from conformance.engine.property.spec import Selection, Sends, Verb
from conformance.engine.scenarios.scenario import NEEDED, Scenario
from conformance.model.request import Draft, Placeholder

SENDS: dict[str, tuple[Sends, ...]] = {}
"""The requests of each property, by rule id, as far as they are data. The suite declares them."""
SLOWNESS: dict[str, int] = {}
"""The slowness of properties whose requests are no data. The suite declares it."""


def breaking(rules: Sequence[str], effort: Effort, seed: int) -> tuple[Draft, ...]:
    """The fixed drafts that break the rules, in their order."""
    return tuple(
        draft
        for rule_id in rules
        for sends in SENDS.get(rule_id, ())
        if sends.verb is Verb.BREAKS
        for draft in sends.chosen(effort, f"{seed} {rule_id}")
    )


def alone(rules: Sequence[str]) -> tuple[Scenario, ...]:
    """Scenarios of the rules that work alone and wait for nothing slow."""
    named = dict.fromkeys(each for rule_id in rules for each in NEEDED.get(rule_id, ()))
    return tuple(each for each in named if each.alone and not needs_slow(each.draft))


def slowness(rule_id: str) -> int:
    """How long the requests of a rule's property wait for what an account has to make.

    0: not at all, 1: for another state of an instance, 2: for a snapshot, 3: for an image.
    """
    if declared := SLOWNESS.get(rule_id):
        return declared
    drafts = [*_sent(rule_id), *(scenario.draft for scenario in NEEDED.get(rule_id, ()))]
    wanted = {value for draft in drafts for _, value in draft.params}
    return 2 if Placeholder.SNAPSHOT in wanted else int(any(map(needs_slow, drafts)))


def may_share(rule_id: str) -> bool:
    """Whether a property may send a request of a scenario that works alone.

    If the property follows that scenario, the run sends the request once.
    """
    sent = _sent(rule_id)
    shared = (each.draft for needed in NEEDED.values() for each in needed if each.alone)
    return not sent or any(draft in sent for draft in shared)


def _sent(rule_id: str) -> list[Draft]:
    """The requests of a rule's property, as far as they are data."""
    drafts: list[Draft] = []
    for sends in SENDS.get(rule_id, ()):
        drafts += [each for each in (sends.via, sends.batch, sends.whole) if each is not None]
        for each in sends.drafts:
            drafts += each.drafts if isinstance(each, Selection) else (each,)
    return drafts
