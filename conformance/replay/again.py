"""Re-tests one recorded deviation.

Replay sends its requests again, with instances, devices and names of the current target. The model
judges the outcome as in a run. If only further calls show the deviation (launch, deregister,
disable), replay runs the rule's property.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from conformance.engine.client.api import Refused
from conformance.engine.execution.concurrent import create_concurrently
from conformance.engine.execution.session import Session
from conformance.engine.observation.trial import Trial
from conformance.engine.property.isolate import MAPPING_LIST, MAPPING_RULES
from conformance.engine.property.runner import run
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.run.worker import Worker
from conformance.engine.scenarios.sequence_history import SHAPE
from conformance.model import CATALOGUE
from conformance.model.attribution import LEAVE_NOTHING, Attributed, Decided, Undecided
from conformance.model.expectation import Reject
from conformance.model.request import Draft, Placeholder, UniqueName, Value, create_image
from conformance.suite.registry import properties
from reports.deviation import FRESH
from reports.results import Deviation, expected_of, request_of

_SEQUENCES = "lc.new_name_again"
"""The rule whose property executes sequences."""
_SEQUENCE_NAMES = (SHAPE[:-8], "amiproof-life-")
"""How names of sequences begin; the second in results of earlier versions."""


_OTHER_STATE = "the target's state differs from the recorded run"


class NotReplayable(Exception):
    """The deviation could not be re-tested; the message says why."""


def shows(worker: Worker, rule_id: str, found: Deviation) -> bool:
    """Whether a deviation still shows. Raises NotReplayable, CannotTest, CutShort."""
    if rule_id not in CATALOGUE:
        raise NotReplayable("this version has no such rule")
    session = worker.exercise(rule_id).session
    try:
        session.create(create_image())  # as in every run: some defects need an earlier image
        if found.story is True:
            return _scenario_shows(worker, session, rule_id, found)
        *_, trial = _sent(session, found)
        if found.observed.outcome == "effect":
            return _effect_shows(rule_id, trial)
        return _outcome_shows(rule_id, found, trial) or _race_shows(session, rule_id, found)
    except (NotAvailable, Refused) as why:
        raise NotReplayable(str(why)) from None


def _sent(session: Session, found: Deviation) -> Iterator[Trial]:
    """The trials of the earlier requests, and of the one that showed the deviation."""
    before = found.before or ()
    bound = found.bound or ()
    stands = {(name, value): what for name, value, what in reversed(bound)}
    known: dict[tuple[str, str], Value] = {}
    for params in (*before, found.request):
        recorded = request_of(params, found.form if params is found.request else UNSET)
        wanted = tuple(
            (name, known.get((name, value)) or _wanted(stands.get((name, value)), value))
            for name, value in params
        )
        draft = Draft(wanted, recorded.form, recorded.signing)
        # A request of a sequence depends on the earlier ones, so it is sent anew.
        trial = session.create_again(draft) if before else session.create(draft)
        for each, (_, now) in zip(params, trial.request.params, strict=True):
            if each in stands:
                known.setdefault(each, now)
        yield trial


def _wanted(what: str | None, value: str) -> Value:
    """The value to send instead of a recorded one."""
    if what is None:
        return value
    if what == FRESH:
        return UniqueName(value)
    try:
        return Placeholder(what)
    except ValueError:
        raise NotReplayable(f"this version has no placeholder {what}") from None


def _outcome_shows(rule_id: str, found: Deviation, trial: Trial) -> bool:
    due = trial.expectation
    now, then = expected_of(due), found.expected
    if now.outcome != then.outcome or set(now.rules or ()) != set(then.rules or ()):
        raise NotReplayable(
            f"{_OTHER_STATE}: {', '.join(now.rules or ()) or 'no rule'} decides now"
        )
    violated = {c.rule for c in trial.violations}
    if rule_id in violated:
        return True
    match trial.attributed_to(rule_id):
        case Decided():
            return False
        case Attributed():
            return True
        case Undecided(why):
            raise NotReplayable(why)


def _effect_shows(rule_id: str, trial: Trial) -> bool:
    violated = {c.rule for c in trial.violations}
    if rule_id in violated:
        return True
    if rule_id == MAPPING_LIST and any(rule.startswith(MAPPING_RULES) for rule in violated):
        return True
    due = trial.expectation
    if isinstance(due, Reject) and not rule_id.startswith("err."):
        raise NotReplayable(f"{_OTHER_STATE}: {', '.join(due.rules)} decides now")
    if not due.allows(trial.outcome):
        raise NotReplayable("the target answers the request unexpectedly")
    if hiding := violated & {"st.image.exists", *CATALOGUE[rule_id].requires}:
        raise NotReplayable(f"masked by {min(hiding)}, which the target breaks")
    return False


def _race_shows(session: Session, rule_id: str, found: Deviation) -> bool:
    """Whether two concurrent requests with one name are still both accepted."""
    if rule_id != "name.unique" or found.before != (found.request,):
        return False
    stands = {(name, value): what for name, value, what in found.bound or ()}
    draft = Draft(tuple((name, _wanted(stands.get((name, v)), v)) for name, v in found.request))
    request = session.binder.bind(draft)
    first, second = create_concurrently(session, draft, request, request)
    if not first.accepted:
        raise NotReplayable("neither of two concurrent requests was accepted")
    return _outcome_shows(rule_id, found, second)


def _scenario_shows(worker: Worker, session: Session, rule_id: str, found: Deviation) -> bool:
    own = [value for name, value in found.request if name == "InstanceId"]
    ours = {value for _, value, _ in found.bound or ()}
    by_answer = found.observed.outcome != "effect"
    if ours.issuperset(own) and (by_answer or rule_id in LEAVE_NOTHING):
        *_, trial = _sent(session, found)
        judgement = trial.attributed_to(rule_id)
        if by_answer and isinstance(judgement, Attributed):
            return True
        if not trial.accepted and session.rejections.orphans([trial]):
            return True
    shown = _property_shows(worker, rule_id, rule_id)
    if not shown and any(v.startswith(_SEQUENCE_NAMES) for n, v in found.request if n == "Name"):
        return _property_shows(worker, _SEQUENCES, rule_id)
    return shown


def _property_shows(worker: Worker, own: str, rule_id: str) -> bool:
    """Whether the property of the rule ``own`` finds a deviation from ``rule_id``."""
    record = run(properties()[own], worker.exercise(own))
    if any(deviation.rule == rule_id for deviation in record.deviations):
        return True
    if record.needs or record.cut_short or not (record.keeps or record.breaks):
        why = record.cut_short or record.reasons
        raise NotReplayable(why or "the property reached no verdict")
    return False
