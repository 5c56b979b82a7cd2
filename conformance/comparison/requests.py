"""Sends the requests of a rule's property, as the suite's data has them, to two targets.

No verdict is given. Small requests show a difference best, so covering requests stay out where a
property has others.
"""

from __future__ import annotations

from collections.abc import Iterable

from conformance.comparison.pair import Pair
from conformance.engine.core.effort import Effort
from conformance.engine.property.spec import Sends, Verb
from conformance.engine.resources.instances import NotAvailable
from conformance.model import Arm
from conformance.model.request import Draft, Signing

_WRONG = {
    Signing.ABSENT,
    Signing.WRONG_SECRET,
    Signing.MALFORMED,
    Signing.UNKNOWN_KEY,
    Signing.PAST,
    Signing.FUTURE,
    Signing.OTHER_DAY,
    Signing.HOST_UNSIGNED,
    Signing.QUERY_WRONG_SECRET,
    Signing.V2_WRONG_SECRET,
}
"""Signatures that a target has to verify to refuse."""


def compare(pair: Pair, rule_id: str, requests: Iterable[Sends], effort: Effort, seed: int) -> bool:
    """Send a rule's requests to both targets; whether both could be sent all of them.

    Raises CutShort.
    """
    sent = [_send(pair, rule_id, each, effort, seed) for each in requests]
    return all(sent)


def _send(pair: Pair, rule_id: str, sends: Sends, effort: Effort, seed: int) -> bool:
    """Send the requests of one verb; whether the targets had what they need."""
    batch = () if sends.batch is None else (sends.batch,)
    drafts = (*batch, *sends.chosen(effort, f"{seed} {rule_id}"))
    if not drafts and sends.via is not None:
        drafts = (sends.via,)
    control = sends.verb is Verb.CONTROL
    enough = control and (sends.one or sends.via is not None)
    one_by_one = (_compared(pair, rule_id, draft, control=control) for draft in drafts)
    sent = [any(one_by_one)] if enough and drafts else list(one_by_one)
    breaks = sends.verb is Verb.BREAKS
    arm = Arm.BREAKS if breaks else Arm.KEEPS
    examples = effort.rejected_examples if breaks else effort.accepted_examples
    if sends.generated is not None and examples:
        pair.explore(sends.generated, rule_id, f"{rule_id} {arm.value}", examples)
    return all(sent)


def _compared(pair: Pair, rule_id: str, draft: Draft, *, control: bool) -> bool:
    if draft.signing in _WRONG and not pair.verifies_signatures():
        return False
    try:
        pair.compare(draft, rule_id, control=control)
    except NotAvailable:
        return False
    return True
