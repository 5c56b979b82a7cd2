"""Runs the whole suite against one changed reference endpoint, in this process."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

import msgspec
from msgspec import UNSET

from conformance.engine.client.api import Api
from conformance.engine.client.client import GuardedClient
from conformance.engine.client.connect import connect, preflight
from conformance.engine.client.environment import ADDRESS, rehearsal
from conformance.engine.client.guard import Guard
from conformance.engine.client.ledger import Header, Ledger
from conformance.engine.client.polling import Patience
from conformance.engine.core.effort import EFFORTS, EffortName
from conformance.engine.core.errors import AmiproofError, CannotTest
from conformance.engine.core.record import Record, RuleDeviation
from conformance.engine.core.target import Keys, Target
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.generate import Generation
from conformance.engine.property.runner import run
from conformance.engine.property.session_parts import SessionParts, open_session
from conformance.engine.property.turns import in_turn
from conformance.engine.resources import inventory
from conformance.engine.resources.cleanup import CleanUp
from conformance.engine.resources.left_behind import lines
from conformance.engine.run.config import RunConfig
from conformance.engine.run.results import RunFacts, assemble
from conformance.prove.left import held, unreported
from conformance.suite import scenarios
from conformance.suite.registry import properties
from fixtures.changes import Fault
from fixtures.reference import ADMINISTRATOR, DENIED, NO_TAGS, Credential, Endpoint
from reports.results import Verdict

WINDOW = 1.0
"""Seconds to wait for a state. The endpoint is local; slow variants take tenths of a second."""

_RUN = "proof"
"""The id of each run."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """The result of the suite against one changed endpoint."""

    id: str
    blamed: tuple[str, ...]
    """The rules that failed."""
    sightings: dict[str, tuple[str, ...]]
    """By property: the failed rules that it found broken."""
    deviations: tuple[RuleDeviation, ...]
    """The deviations that a report would show."""
    first: int | None
    """Requests of any action sent before the first deviation."""
    requests: int
    seconds: float
    images: int = 0
    """Images that the run made."""
    untested: dict[str, str] = {}
    """The rules that were not decided, each with the reason."""
    masked: dict[str, str] = {}
    """The rules that were decided though others mask some of their requests, with the reasons."""
    errors: tuple[str, ...] = ()
    """Errors of the suite itself, such as a resource that is left and not reported, or the reason
    why it could not test the endpoint."""
    left: tuple[str, ...] = ()
    """What the clean-up reported as left behind, in lines."""


def effort_for(fault: Fault, effort: EffortName) -> EffortName:
    """The effort of a run that can see a fault: this one, or the greater one that it needs."""
    needed = next(name for name in EFFORTS if name == fault.effort)
    return max(effort, needed, key=list(EFFORTS).index)


def attempt(
    id: str,
    change: Callable[[Endpoint], None],
    effort: EffortName,
    seed: int,
    without: Collection[str] = (),
    *,
    until_first: bool = False,
) -> Attempt:
    """Run every property against a changed endpoint in this process, in virtual time.

    ``without`` names rules whose properties are left out. ``until_first`` ends the run with the
    first property whose own rule fails.
    """
    # Faults that end a connection would make the server log each time.
    logging.getLogger("uvicorn.error").disabled = True
    started = time.perf_counter()
    with rehearsal(seed) as (endpoint, environment), tempfile.TemporaryDirectory() as folder:
        change(endpoint)
        clock = environment.clock
        target = _target(ADDRESS)
        ledger = Ledger(Path(folder) / _RUN, clock=clock)
        ledger.open(Header(_RUN, target.name, target.endpoint, target.region))
        before = held(endpoint.state)
        records, first, requests, errors = list[Record](), None, 0, list[str]()
        late = False
        with GuardedClient(connect(target, environment), Guard(ledger)) as client:
            try:
                preflight(target, client)
                inventory.record(ledger, Api(client, clock))
                parts = open_session(target, client, ledger, _RUN, wanted=scenarios.ALL)
                records, first, errors = _exercised(parts, effort, seed, without, until_first)
                requests = parts.session.api.requests
                late = bool(parts.session.patience.delays)
            except AmiproofError as why:
                errors = [f"cannot be tested: {why}"]
                client.guard.over = ""  # the clean-up still sends
            left = CleanUp(ledger, Api(client, clock), Patience(WINDOW, clock), late=late).run()
            listing = inventory.take(Api(client, clock)).items
        # Instances have volumes, so an empty list of them is no list.
        listed = {kind for kind, items in listing.items() if items or kind != "volume"}
        named = {(each.kind, each.id) for each in ledger.entries() if each.event == "made"}
        ledger.close()
        errors += unreported(before, held(endpoint.state), left, listed, named)
    return _result(id, target, records, first, requests, errors, lines(left), started)


def _target(url: str) -> Target:
    def keys(credential: Credential) -> Keys:
        return Keys(credential.access_key, credential.secret_key)

    return Target(
        name="reference",
        endpoint=url,
        keys=keys(ADMINISTRATOR),
        denied_keys=keys(DENIED),
        no_tags_keys=keys(NO_TAGS),
        window=WINDOW,
        timeout=2.5,
    )


def _exercised(
    parts: SessionParts, effort: EffortName, seed: int, without: Collection[str], until_first: bool
) -> tuple[list[Record], int | None, list[str]]:
    records, errors = [], []
    first: int | None = None
    chosen = [each for each in properties().items() if each[0] not in without]
    chosen = in_turn(chosen, lambda each: each[0], EFFORTS[effort])
    for number, (rule_id, check) in enumerate(chosen, 1):
        exercise = Exercise(rule_id, parts, EFFORTS[effort], Generation(seed))
        try:
            record = run(check, exercise, last=number == len(chosen))
        except Exception as error:
            errors.append(f"{rule_id}: {type(error).__name__}: {error}")
        else:
            if record.cannot:
                raise CannotTest(record.cut_short)
            records.append(record)
            seen = [d.deviation.first_seen for d in record.deviations]
            first = first or min((each for each in seen if each is not UNSET), default=None)
            if until_first and record.own():
                break
    return records, first, errors


def _result(
    id: str,
    target: Target,
    records: list[Record],
    first: int | None,
    requests: int,
    errors: Iterable[str],
    left: Iterable[str],
    started: float,
) -> Attempt:
    seconds = time.perf_counter() - started
    facts = RunFacts(
        target=target,
        config=RunConfig(),
        complete=True,
        seconds=seconds,
        python="",
    )
    results = assemble(facts, records, {record.rule for record in records})
    blamed = {rule.id for rule in results.of(Verdict.FAIL)}
    sightings = {
        record.rule: tuple(dict.fromkeys(f.rule for f in record.deviations if f.rule in blamed))
        for record in records
        if any(f.rule in blamed for f in record.deviations)
    }
    return Attempt(
        id=id,
        blamed=tuple(rule.id for rule in results.of(Verdict.FAIL)),
        sightings=sightings,
        deviations=tuple(
            RuleDeviation(rule.id, deviation)
            for rule in results.of(Verdict.FAIL)
            for deviation in rule.deviations
        ),
        first=first,
        requests=requests,
        seconds=round(seconds, 3),
        images=results.totals.images_created,
        untested={rule.id: rule.reason or "" for rule in results.of(Verdict.UNTESTED)},
        masked={
            record.rule: "; ".join(reasons)
            for record in records
            if (reasons := [*record.masked, *record.untested])
        },
        errors=tuple(errors),
        left=tuple(left),
    )
