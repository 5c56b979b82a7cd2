"""The life cycle and what becomes of the instance: each defect is blamed on its own rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from inspect import getmembers, isfunction
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from msgspec import UNSET

from conformance import suite
from conformance.engine.core.selection import matches
from conformance.engine.core.target import Keys, Target
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.runner import run
from conformance.engine.property.stateful import SequenceTest
from conformance.engine.run.results import RunFacts, assemble
from conformance.engine.run.worker import Plan, Worker
from fixtures.reference import Endpoint, Timing, serving
from fixtures.reference.errors import ApiError
from reports.results import Results, Verdict
from strategies import rejections, sequences

SELECTED = "name.unique name.reuse_after_deregister inst.state lc noreboot dryrun st resp err"
DELAY = 0.02


def two_winners(endpoint: Endpoint) -> None:
    """A name is held from the moment its image's answer is sent, which takes a while."""
    check, finish = endpoint.create_image.check_name_unused, endpoint.finish

    def check_late(draft: Any) -> None:
        holder = endpoint.state.names.get((draft.call.caller.account, draft.name))
        if holder is None or draft.call.now - endpoint.state.images[holder].created >= DELAY:
            check(draft)

    def finish_late(request: Any, answer: Any, request_id: str) -> Any:
        answer.delay = DELAY if b"Action=CreateImage" in request.body else 0
        return finish(request, answer, request_id)

    endpoint.create_image.check_name_unused = check_late  # type: ignore[method-assign]
    endpoint.finish = finish_late  # type: ignore[method-assign]


def recycled_ids(endpoint: Endpoint) -> None:
    """The id of an image that was deregistered is given to the next one."""
    new = endpoint.ids.new

    def recycle(prefix: str) -> str:
        gone = endpoint.state.deregistered
        return gone.popitem()[0] if prefix == "ami" and gone else new(prefix)

    endpoint.ids.new = recycle  # type: ignore[method-assign]


def starts_the_stopped(endpoint: Endpoint) -> None:
    def start(draft: Any) -> None:
        if draft.instance.state == "stopped":
            endpoint.start_instances.change(draft.instance, draft.call.now)
        elif not draft.no_reboot:
            draft.instance.boots.append(draft.call.now)

    endpoint.create_image.reboot = start  # type: ignore[method-assign]


def restarts_when_told_not_to(endpoint: Endpoint) -> None:
    def restart(draft: Any) -> None:
        if draft.instance.state == "running":
            draft.instance.boots.append(draft.call.now)
            if draft.no_reboot:
                draft.instance.launched = draft.call.now

    endpoint.create_image.reboot = restart  # type: ignore[method-assign]


def dry_run_takes_the_name(endpoint: Endpoint) -> None:
    def reserve(draft: Any) -> None:
        if draft.dry_run:
            name = (draft.call.caller.account, draft.call.text("Name"))
            endpoint.state.names.setdefault(name, "ami-00000000")
            raise ApiError("DryRunOperation", "Request would have succeeded.")

    endpoint.create_image.read_dry_run = reserve  # type: ignore[method-assign]


def refusal_takes_the_name(endpoint: Endpoint) -> None:
    """A value is looked at only when the name is taken."""
    read = endpoint.create_image.read_boolean

    def reserve(call: Any, name: str) -> bool:
        if call.text(name) == "maybe":
            held = (call.caller.account, call.text("Name"))
            endpoint.state.names.setdefault(held, "ami-00000000")
        return read(call, name)

    endpoint.create_image.read_boolean = reserve  # type: ignore[method-assign]


def deregistration_deletes_snapshots(endpoint: Endpoint) -> None:
    deregister = endpoint.deregister_image.deregister

    def thoroughly(image: Any) -> None:
        deregister(image)
        for snapshot_id in endpoint.deregister_image.snapshot_ids(image):
            endpoint.state.snapshots.pop(snapshot_id, None)

    endpoint.deregister_image.deregister = thoroughly  # type: ignore[method-assign]


def name_stays_taken(endpoint: Endpoint) -> None:
    endpoint.state.free_name = lambda image: None  # type: ignore[method-assign]


def refusal_reboots(endpoint: Endpoint) -> None:
    steps = list(endpoint.create_image.steps)
    steps.insert(steps.index("check_name_unused"), "reboot")
    endpoint.create_image.steps = tuple(steps)
    endpoint.create_image.effects = endpoint.create_image.effects[1:]


def snapshot_in_use_deleted(endpoint: Endpoint) -> None:
    endpoint.delete_snapshot.check_unused = lambda snapshot: None  # type: ignore[method-assign]


def tags_come_too_late(endpoint: Endpoint) -> None:
    """CreateTags of an image says yes and does nothing."""
    endpoint.create_tags.perform = lambda call: [("return", "true")]  # type: ignore[method-assign]


def disabled_shown(endpoint: Endpoint) -> None:
    endpoint.describe_images.visible = (  # type: ignore[method-assign]
        lambda image, call: image.owner == call.caller.account or image.public
    )


def idempotent(endpoint: Endpoint) -> None:
    """A name in use is answered by the image that has it."""
    check = endpoint.create_image.check_name_unused
    original = type(endpoint.create_image).__call__

    class Held(Exception):
        pass

    def check_kindly(draft: Any) -> None:
        try:
            check(draft)
        except ApiError:
            raise Held(endpoint.state.names[draft.call.caller.account, draft.name]) from None

    def call_kindly(call: Any) -> Any:
        try:
            return original(endpoint.create_image, call)
        except Held as held:
            return [("imageId", str(held))]

    endpoint.create_image.check_name_unused = check_kindly  # type: ignore[method-assign]
    endpoint.route = _routed(endpoint, call_kindly)  # type: ignore[method-assign]


def _routed(endpoint: Endpoint, create_image: Callable[[Any], Any]) -> Callable[[str], Any]:
    route = endpoint.route
    return lambda name: create_image if name == "CreateImage" else route(name)


def deregistered_launches(endpoint: Endpoint) -> None:
    find = endpoint.run_instances.find_image

    def find_any(image_id: str) -> Any:
        return endpoint.state.deregistered.get(image_id) or find(image_id)

    endpoint.run_instances.find_image = find_any  # type: ignore[method-assign]


FAULTS = {
    two_winners: "name.unique",
    recycled_ids: "resp.unique_id",
    starts_the_stopped: "st.instance.same",
    restarts_when_told_not_to: "noreboot.true",
    dry_run_takes_the_name: "dryrun.no_effect",
    refusal_takes_the_name: "err.atomic",
    deregistration_deletes_snapshots: "lc.deregister.snapshots",
    name_stays_taken: "name.reuse_after_deregister",
    refusal_reboots: "noreboot.after_failure",
    snapshot_in_use_deleted: "lc.snapshot.in_use",
    tags_come_too_late: "lc.tags_later",
    disabled_shown: "lc.disabled_hidden",
    idempotent: "lc.not_idempotent",
    deregistered_launches: "lc.deregister",
}


def _endpoint() -> Endpoint:
    """The reference, and nothing to wait for."""
    return Endpoint(check_signatures=False, timing=Timing(pending=0))


def _properties() -> Iterator[tuple[str, Callable[[Exercise], None]]]:
    """Every rule that is selected, with its property."""
    for module in iter_modules(suite.__path__):
        for _, function in getmembers(import_module(f"{suite.__name__}.{module.name}"), isfunction):
            for mark in getattr(function, "pytestmark", ()):
                yield from ((r, function) for r in mark.args[1] if matches(r, SELECTED.split()))


def _run(folder: Path, endpoint: Endpoint, seed: int = 1) -> Results:
    """The results of the selected properties, with little patience."""
    with serving(endpoint) as url:
        target = Target(name=url, endpoint=url, keys=Keys("testing", "testing"), window=0.4)
        part = Worker(Plan(target, "tests", str(folder), seed=seed))
        records = []
        for rule_id, function in _properties():
            exercise = part.exercise(rule_id)
            records.append(run(function, exercise))
        part.close()
    facts = RunFacts(target, "quick", seed, complete=True, seconds=0, python="")
    return assemble(facts, records, [record.rule for record in records])


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_defect_is_blamed_on_its_rule(tmp_path: Path, fault: Callable[[Endpoint], None]) -> None:
    endpoint = _endpoint()
    fault(endpoint)
    results = _run(tmp_path, endpoint)
    assert [rule.id for rule in results.of(Verdict.FAIL)] == [FAULTS[fault]]


def dry_run_frees_the_name(endpoint: Endpoint) -> None:
    """No property of one or two requests sees it: a name in use has to be asked for in between."""

    def free(draft: Any) -> None:
        if draft.dry_run:
            name = (draft.call.caller.account, draft.call.text("Name"))
            endpoint.state.names.pop(name, None)
            raise ApiError("DryRunOperation", "Request would have succeeded.")

    endpoint.create_image.read_dry_run = free  # type: ignore[method-assign]


def test_a_drawn_life_is_shrunk(tmp_path: Path) -> None:
    endpoint = _endpoint()
    dry_run_frees_the_name(endpoint)
    with serving(endpoint) as url:
        target = Target(name=url, endpoint=url, keys=Keys("testing", "testing"), window=0.4)
        part = Worker(Plan(target, "tests", str(tmp_path)))
        told = SequenceTest(part.exercise("lc.new_name_again").session, rejections.UNRELATED)
        assert not [finding for life in sequences.ALWAYS for finding in told.tell(life)]
        found = told.explore(
            sequences.sequence_test,
            sequences=60,
            seed=1,
            share=(1, 1),
            known=(),
            most_after_failure=75,
        )
        part.close()
    [finding] = found
    assert finding.identity == ("name.unique", "breaks", "accepted", "")
    assert finding.deviation.before is not UNSET
    dry = [dict(params).get("DryRun") for params in finding.deviation.before]
    assert dry == [None, "true"]


def late_snapshots(endpoint: Endpoint) -> None:
    """A snapshot is shown a while after it was taken."""
    visible = endpoint.describe_snapshots.visible
    endpoint.describe_snapshots.visible = (  # type: ignore[method-assign]
        lambda snapshot, call: visible(snapshot, call) and call.now - snapshot.started > LAG
    )


def late_names(endpoint: Endpoint) -> None:
    """A name is free a while after its image was deregistered."""
    freed: dict[tuple[str, str], float] = {}
    free, check = endpoint.state.free_name, endpoint.create_image.check_name_unused

    def free_late(image: Any) -> None:
        freed[image.owner, image.name] = endpoint.clock.now()
        free(image)

    def check_late(draft: Any) -> None:
        if draft.call.now - freed.get((draft.call.caller.account, draft.name), 0) < LAG:
            raise ApiError("InvalidAMIName.Duplicate", "The name is still in use")
        check(draft)

    endpoint.state.free_name = free_late  # type: ignore[method-assign]
    endpoint.create_image.check_name_unused = check_late  # type: ignore[method-assign]


def slow_reboot(endpoint: Endpoint) -> None:
    """While it is rebooted the instance is shown stopping."""

    def reboot(draft: Any) -> None:
        if draft.instance.state == "running" and not draft.no_reboot:
            endpoint.state.move(draft.instance, "stopping", "running", draft.call.now, LAG)

    endpoint.create_image.reboot = reboot  # type: ignore[method-assign]


def without_disable(endpoint: Endpoint) -> None:
    del endpoint.actions["DisableImage"]


LAG = 0.1
VARIANTS = (late_snapshots, late_names, slow_reboot, without_disable)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.__name__)
def test_what_conforms_is_not_blamed(tmp_path: Path, variant: Callable[[Endpoint], None]) -> None:
    endpoint = _endpoint()
    variant(endpoint)
    assert not _run(tmp_path, endpoint).of(Verdict.FAIL)


@pytest.mark.parametrize("seed", [1, 2])
def test_without_a_defect_nobody_is_blamed(tmp_path: Path, seed: int) -> None:
    results = _run(tmp_path, _endpoint(), seed)
    assert not results.of(Verdict.FAIL)
    undecided = [r.id for r in results.of(Verdict.UNTESTED) if r.id.startswith(SURE)]
    assert undecided == []


SURE = ("name.unique", "lc.", "st.image.", "st.instance", "noreboot.")
"""Families that are decided whatever else the endpoint cannot do."""
