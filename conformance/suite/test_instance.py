"""InstanceId: its presence and form, and the instances of which CreateImage makes an image."""

from __future__ import annotations

import contextlib

from conformance.engine.client.api import Refused, numbered
from conformance.engine.observation.trial import Trial
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.spec import breaks, control, keeps, observe, select
from conformance.engine.resources.instances import NotAvailable
from conformance.model import Arm
from conformance.model.hindrance import Hindrance
from conformance.model.request import Placeholder, create_image
from conformance.suite.declare import exercises, prop
from strategies import covering, instance_ids, rejections, wire

PLAIN = create_image()


test_an_instance_id_is_required = prop(
    "inst.required", breaks(PLAIN.without("InstanceId")), keeps(PLAIN)
)


test_the_form_of_an_instance_id = prop(
    "inst.format", breaks(*instance_ids.MALFORMED, generated=instance_ids.malformed()), keeps(PLAIN)
)


test_ids_that_are_not_hexadecimal = prop(
    "inst.format.hex", observe(select(instance_ids.NOT_HEXADECIMAL, at_quick=1))
)


test_ids_of_other_lengths = prop(
    "inst.format.len",
    breaks(select(instance_ids.OTHER_LENGTHS, at_quick=3, at_random=True)),
    keeps(PLAIN),
)


test_one_instance_not_a_list = prop("inst.single", breaks(wire.LISTED_INSTANCE), keeps(PLAIN))


@exercises(
    "inst.exists",
    sends=(breaks(*instance_ids.UNKNOWN, generated=instance_ids.unknown()), keeps(PLAIN)),
)
def test_the_instance_has_to_exist(exercise: Exercise) -> None:
    exercise.session.binder.prepare()
    near = instance_ids.near(exercise.session.instances.of(Placeholder.RUNNING).id)
    exercise.breaks(*instance_ids.UNKNOWN, near, generated=instance_ids.unknown())
    exercise.keeps(PLAIN)


test_a_running_instance = prop(
    "inst.state.running",
    keeps(PLAIN),
    control(instance_ids.TERMINATED, *rejections.SAMPLE, one=True),
)


test_a_stopped_instance = prop(
    "inst.state.stopped",
    keeps(instance_ids.STOPPED, via=covering.STOPPED),
    control(instance_ids.TERMINATED, *rejections.SAMPLE, one=True),
)


test_an_instance_that_differs_from_its_image = prop(
    "inst.changed",
    keeps(instance_ids.CHANGED),
    control(instance_ids.TERMINATED, *rejections.SAMPLE, one=True),
)


@exercises("inst.state.terminal", sends=(breaks(instance_ids.TERMINATED), keeps(PLAIN)), slowness=1)
def test_a_terminated_instance(exercise: Exercise) -> None:
    exercise.breaks(instance_ids.TERMINATED)
    exercise.keeps(PLAIN)
    with contextlib.suppress(NotAvailable):
        exercise.check(Arm.BREAKS, _caught(exercise, "shutting-down"))


test_an_instance_store_backed_instance = prop(
    "inst.root.ebs", keeps(PLAIN), breaks(instance_ids.INSTANCE_STORE)
)


@exercises("inst.state.pending")
def test_a_pending_instance(exercise: Exercise) -> None:
    exercise.keeps(PLAIN)
    exercise.check(Arm.BREAKS, _caught(exercise, "pending"))


@exercises("inst.state.stopping")
def test_a_stopping_instance(exercise: Exercise) -> None:
    exercise.observe(_caught(exercise, "stopping"))


_ENDINGS = {"stopping": "StopInstances", "shutting-down": "TerminateInstances"}


_TRIES = 3


def _caught(exercise: Exercise, state: str) -> Trial:
    """A request about an instance in a transient state, described in it before and after.

    Raises NotAvailable where the state is over before it can be seen. Where it was the network
    that took the time, another instance is launched.
    """
    as_it_is = exercise.send(PLAIN).draft == PLAIN  # the target needs no workaround
    if as_it_is and (trial := exercise.scenarios.transient(state)) is not None:
        return trial
    guard, over = exercise.session.client.guard, ""
    for _ in range(_TRIES):
        retried = guard.retried
        try:
            return _caught_once(exercise, state)
        except NotAvailable as why:
            if guard.retried == retried and not guard.pace.gap:
                raise
            over = str(why)
    raise NotAvailable(over, Hindrance.THROTTLING)


def _caught_once(exercise: Exercise, state: str) -> Trial:
    session = exercise.session
    over = NotAvailable(f"needs a target whose instances stay {state} long enough for a request")
    try:
        instance = session.instances.launch()
        if state in _ENDINGS:
            session.instances.settled(instance, "running")
            session.api.call(_ENDINGS[state], numbered("InstanceId", [instance.id]))
    except Refused as refused:
        raise NotAvailable(f"needs a {state} instance: {refused}", refused.hindrance) from None
    before = session.instances.refresh(instance.id)
    if before is None and (failed := session.instances.failed.get("DescribeInstances")):
        raise NotAvailable(f"needs an instance that is seen {state}; DescribeInstances: {failed}")
    if before is None or before.state != state:
        raise over
    trial = exercise.send(create_image(InstanceId=instance.id))
    after = session.instances.refresh(instance.id)
    if after is None or after.state != state:
        raise over  # the state may have ended before the request
    return trial
