"""One recorded deviation, shown again or healed.

Its requests are sent again, with this run's instances, devices and names in the place of those
that were recorded, and judged by the model as they were in the run. What takes more than requests
to see (an image is launched, deregistered, disabled) is told again by the rule's own property.
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
from conformance.model.attribution import Attributed, Decided, Undecided, attribute
from conformance.model.expectation import Reject
from conformance.model.request import Draft, Placeholder, UniqueName, Value, create_image
from conformance.suite.registry import properties
from reports.deviation import FRESH
from reports.results import Deviation, expected_of, request_of

_LEAVE_NOTHING = ("err.atomic", "tag.atomic", "dryrun.no_effect")
_LIVES = "lc.new_name_again"
"""The rule whose property tells lives."""


_ANOTHER = "the request meets another world here than it did"


class NotReplayable(Exception):
    """Whether a deviation still shows cannot be told here; says why."""


def shows(part: Worker, rule_id: str, found: Deviation) -> bool:
    """Whether a deviation still shows. Raises NotReplayable, CannotTest, CutShort."""
    if rule_id not in CATALOGUE:
        raise NotReplayable("there is no such rule any more")
    session = part.exercise(rule_id).session
    try:
        session.create(create_image())  # as every run begins: some defects want an image before
        if found.story is True:
            return _story_shows(part, session, rule_id, found)
        *_, trial = _sent(session, found)
        if found.observed.outcome == "effect":
            return _effect_shows(rule_id, trial)
        return _outcome_shows(rule_id, found, trial) or _race_shows(session, rule_id, found)
    except (NotAvailable, Refused) as why:
        raise NotReplayable(str(why)) from None


def _sent(session: Session, found: Deviation) -> Iterator[Trial]:
    """The trials of the requests that come first, and of the one that shows the deviation."""
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
        # Those of a sequence meet what the ones before them did: none is taken from elsewhere.
        trial = session.create_again(draft) if before else session.create(draft)
        for each, (_, now) in zip(params, trial.request.params, strict=True):
            if each in stands:
                known.setdefault(each, now)
        yield trial


def _wanted(what: str | None, value: str) -> Value:
    """What is to be sent in the place of a recorded value."""
    if what is None:
        return value
    if what == FRESH:
        return UniqueName(value)
    try:
        return Placeholder(what)
    except ValueError:
        raise NotReplayable(f"{what} is nothing that this version knows") from None


def _outcome_shows(rule_id: str, found: Deviation, trial: Trial) -> bool:
    due = trial.expectation
    now, then = expected_of(due), found.expected
    if now.outcome != then.outcome or set(now.rules or ()) != set(then.rules or ()):
        raise NotReplayable(f"{_ANOTHER}: {', '.join(now.rules or ()) or 'no rule'} decides")
    violated = {c.rule for c in trial.violations}
    if rule_id in violated:
        return True
    match attribute(due, trial.outcome, rule_id, violated):
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
        raise NotReplayable(f"{_ANOTHER}: {', '.join(due.rules)} decides")
    if not due.allows(trial.outcome):
        raise NotReplayable("the request is not answered as it should be")
    if hiding := violated & {"st.image.exists", *CATALOGUE[rule_id].requires}:
        raise NotReplayable(f"masked by {min(hiding)}, which the target breaks")
    return False


def _race_shows(session: Session, rule_id: str, found: Deviation) -> bool:
    """Whether two requests that were sent at once still both get the name that they want."""
    if rule_id != "name.unique" or found.before != (found.request,):
        return False
    stands = {(name, value): what for name, value, what in found.bound or ()}
    draft = Draft(tuple((name, _wanted(stands.get((name, v)), v)) for name, v in found.request))
    request = session.binder.bind(draft)
    first, second = create_concurrently(session, draft, request, request)
    if not first.accepted:
        raise NotReplayable("of two requests at once none was accepted")
    return _outcome_shows(rule_id, found, second)


def _story_shows(part: Worker, session: Session, rule_id: str, found: Deviation) -> bool:
    own = [value for name, value in found.request if name == "InstanceId"]
    ours = {value for _, value, _ in found.bound or ()}
    told = found.observed.outcome != "effect"
    if ours.issuperset(own) and (told or rule_id in _LEAVE_NOTHING):
        *_, trial = _sent(session, found)
        violated = {c.rule for c in trial.violations}
        judgement = attribute(trial.expectation, trial.outcome, rule_id, violated)
        if told and isinstance(judgement, Attributed):
            return True
        if not trial.accepted and session.rejections.orphans([trial]):
            return True
    shown = _property_shows(part, rule_id, rule_id)
    if not shown and any(v.startswith(SHAPE[:-8]) for n, v in found.request if n == "Name"):
        return _property_shows(part, _LIVES, rule_id)
    return shown


def _property_shows(part: Worker, own: str, rule_id: str) -> bool:
    """Whether the property of a rule finds ``rule_id`` broken."""
    record = run(properties()[own], part.exercise(own))
    if any(finding.rule == rule_id for finding in record.findings):
        return True
    if record.lacking or record.cut_short or not (record.keeps or record.breaks):
        why = record.lacking or record.cut_short or "; ".join(record.untested)
        raise NotReplayable(why or "nothing was decided")
    return False
