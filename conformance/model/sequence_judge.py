"""What the steps of a sequence contradict: the rules that only several requests can show.

A rule's own property cannot see what a request does to later ones. A sequence can. Each function
judges one step, from the requests before it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from conformance.model.answer import Answer, Outcome, is_client_error, is_server_error
from conformance.model.attribution import ATOMIC, DRY_RUN, Attributed, Judgement
from conformance.model.catalogue import CATALOGUE
from conformance.model.codes import ACCOUNT, LIMITS, bare
from conformance.model.expectation import Accept, Expectation, Reject
from conformance.model.judge import Violation
from conformance.model.observable import observable_with
from conformance.model.request import Request
from conformance.model.rule import Arm
from conformance.model.world import World

DUPLICATE = "InvalidAMIName.Duplicate"


class Sent(Protocol):
    """A request that was sent, and what came of it: a trial."""

    @property
    def request(self) -> Request: ...
    @property
    def before(self) -> World: ...
    @property
    def expectation(self) -> Expectation: ...
    @property
    def outcome(self) -> Outcome: ...
    @property
    def answer(self) -> Answer | None: ...
    @property
    def violations(self) -> tuple[Violation, ...]: ...
    @property
    def accepted(self) -> bool: ...
    @property
    def image_id(self) -> str | None: ...
    def attributed_to(self, own: str) -> Judgement: ...


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A step of a sequence contradicts a rule."""

    rule: str
    arm: Arm
    of: Sent
    observed: str = ""
    """What was observed; empty: the outcome of the request."""
    due: Expectation | None = None
    before: tuple[Sent, ...] | None = None
    """The requests that must be sent first; None: those with its name."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a step contradicts."""

    contradictions: tuple[Contradiction, ...] = ()
    ends: bool = False
    """Whether the target's state differs from the model's from then on."""


def of_answer(
    sent: Sent,
    due: Expectation,
    earlier: Sequence[Sent],
    images: Sequence[Sent],
    own: str | None = None,
) -> Judged:
    """Judge an answer. ``earlier`` are the requests of the sequence, ``images`` those accepted.

    ``own`` is the rule that the request is about, if known.
    """
    found = list(_same_request_id(sent, earlier))
    if isinstance(due, Reject):
        arm, own = Arm.BREAKS, own or due.rules[0]
        if sent.image_id in {each.image_id for each in images} - {None}:
            again = Contradiction("lc.not_idempotent", arm, sent, due=due)
            return Judged((*found, again), ends=True)
        if is_client_error(sent.outcome):
            return Judged(tuple(found))  # the rule's own property checks the error code
    else:
        arm, own = Arm.KEEPS, _rejecting_rule(sent, earlier, images)
    match sent.attributed_to(own):
        case Attributed(rule) if rule == own == ATOMIC:
            leaking = _of_name(sent, earlier)[-1]
            observed = "afterwards its name is in use"
            found.append(Contradiction(own, Arm.BREAKS, leaking, observed))
        case Attributed(rule_id) if rule_id:
            side = arm if rule_id == own else Arm.KEEPS
            found.append(Contradiction(rule_id, side, sent, due=due))
    return Judged(tuple(found))


_STATELESS = {"desc", "tag"}
"""Families of rules whose wrong effects change no later answer, so that a sequence goes on."""


def of_pair(first: Sent, second: Sent, due: Expectation) -> Judged:
    """Judge two concurrent requests with one name before their answers are judged."""
    if any(is_server_error(each.outcome) for each in (first, second)):
        return Judged(ends=True)  # they are not sent again, so it may be sporadic
    if first.accepted and first.image_id == second.image_id:
        return Judged((Contradiction("lc.not_idempotent", Arm.BREAKS, second),), ends=True)
    # The documents do not promise that one succeeds.
    return Judged(ends=isinstance(due, Accept) and not first.accepted)


def of_effects(sent: Sent, known: Collection[str]) -> Judged:
    """Judge the effects of an accepted request. ``known`` rules are violated by the minimal one.

    Only rules about effects count that nothing masks: the minimal request keeps the rule and what
    masks it, and the request violates nothing that the rule requires.
    """
    violated = {violation.rule for violation in sent.violations}
    found = tuple(
        Contradiction(each.rule, Arm.KEEPS, sent, each.observed)
        for each in sent.violations
        if _is_new(each.rule, violated, known)
    )
    ends = any(CATALOGUE[each.rule].family not in _STATELESS for each in found)
    return Judged(found, ends=ends)


def of_image(sent: Sent, images: Sequence[Sent]) -> Judged:
    """Judge whether an accepted request has an image of its own."""
    twin = next((each for each in images if each.image_id == sent.image_id), None)
    if twin is None:
        return Judged()
    observed = "two images have the same id"
    same = Contradiction("resp.unique_id", Arm.KEEPS, sent, observed, before=(twin,))
    return Judged((same,), ends=True)


def of_description(sent: Sent, *, registered: bool, shown: bool) -> Judged:
    """Judge whether DescribeImages shows an image that is or was registered."""
    if registered and not shown:
        observed = "DescribeImages does not show it"
        return Judged((Contradiction("st.image.exists", Arm.KEEPS, sent, observed),))
    if shown and not registered:
        observed = "DescribeImages still shows the image after it was deregistered"
        return Judged((Contradiction("lc.deregister.visible", Arm.BREAKS, sent, observed),))
    return Judged()


def of_launch(sent: Sent, *, registered: bool, refused: str) -> Judged:
    """Judge a launch of an image that is or was registered; ``refused`` is empty or says why."""
    if registered and refused and refused not in ACCOUNT | LIMITS:
        observed = f"RunInstances of the image: {refused}"
        return Judged((Contradiction("st.image.launchable", Arm.KEEPS, sent, observed),))
    if not registered and not refused:
        observed = "RunInstances launches the image after it was deregistered"
        return Judged((Contradiction("lc.deregister", Arm.BREAKS, sent, observed),))
    return Judged()


def of_deregistration(sent: Sent, had: int, left: int) -> Judged:
    """Judge how many snapshots of an image are left after its deregistration."""
    if left >= had:
        return Judged()
    observed = f"{left} of {had} snapshots are left after deregistration"
    return Judged((Contradiction("lc.deregister.snapshots", Arm.BREAKS, sent, observed),))


def of_orphan(sent: Sent, observed: str) -> Judged:
    """Judge a rejected request that left an orphan."""
    rule_id = DRY_RUN if is_dry_run(sent) else ATOMIC
    return Judged((Contradiction(rule_id, Arm.BREAKS, sent, observed, before=()),))


def own_of_dry_run(sent: Sent) -> str | None:
    """The rule that a dry run is about, once its answer is known."""
    return "dryrun.permitted" if sent.accepted else None


def is_dry_run(sent: Sent) -> bool:
    """Whether a request asks for a dry run."""
    return sent.request.dry_run == "true"


def error_code(sent: Sent) -> str:
    """The error code of a rejected request, or nothing."""
    return bare(getattr(sent.outcome, "code", ""))


def _of_name(sent: Sent, earlier: Sequence[Sent]) -> list[Sent]:
    return [each for each in earlier if each.request.name == sent.request.name]


def _rejecting_rule(sent: Sent, earlier: Sequence[Sent], images: Sequence[Sent]) -> str:
    """The rule that is violated if a request that keeps every rule is rejected."""
    alike = _of_name(sent, earlier)
    if error_code(sent) == DUPLICATE and alike:
        if any(each.accepted for each in alike):
            return "name.reuse_after_deregister"
        dry = {is_dry_run(each) for each in alike}
        if len(dry) == 2:
            return ""  # a shorter sequence shows which of them took the name
        return DRY_RUN if True in dry else ATOMIC
    source = sent.before.instances.get(sent.request.instance_id or "")
    if source is not None and source.state == "stopped":
        return "inst.state.stopped"
    return "lc.new_name_again" if images else ""


def _is_new(rule_id: str, violated: Collection[str], known: Collection[str]) -> bool:
    rule, needed = CATALOGUE[rule_id], observable_with(rule_id)
    if rule.on_effects is None or (needed - {rule_id}) & set(violated):
        return False
    return not (needed | {rule.masked_by}) & set(known)


def _same_request_id(sent: Sent, earlier: Sequence[Sent]) -> Iterator[Contradiction]:
    """An earlier answer has the same request id."""
    element = "requestId" if sent.accepted else "RequestID"
    rule_id = "resp.requestId" if sent.accepted else "err.requestID"
    own = _text(sent, element)
    twin = next((each for each in earlier if own and _text(each, element) == own), None)
    if twin is not None:
        observed = f"two answers have the same {element}"
        yield Contradiction(rule_id, Arm.KEEPS, sent, observed, before=(twin,))


def _text(sent: Sent, element: str) -> str | None:
    root = sent.answer.root if sent.answer else None
    return root.value(element) if root else None
