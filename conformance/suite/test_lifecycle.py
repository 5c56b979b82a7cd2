"""Several requests: repeated requests, deregistration, disabled images."""

from __future__ import annotations

from conformance.engine.client.api import Refused, numbered
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.spec import named, shows
from conformance.model import Arm
from conformance.model.answer import Accepted
from conformance.model.request import Placeholder, UniqueName, create_image
from conformance.suite.declare import FROM_STANDARD, exercises, prop
from conformance.suite.listings import lists_every_image
from conformance.suite.scenarios import DEREGISTRATION, DISABLED_IMAGE
from conformance.suite.sequences import run_sequences, sent_again, sequences
from conformance.suite.tag_steps import tags_are_shown
from strategies.sequences import FIXED

PLAIN = create_image()


@exercises("lc.not_idempotent")
def test_the_same_request_again(exercise: Exercise) -> None:
    """An endpoint that returns the first image's id again treats the action as idempotent.

    An endpoint that creates a second image of that name breaks name.unique instead.
    """
    first = exercise.send(PLAIN, unless="refused")
    if first is None:
        return
    exercise.check(Arm.KEEPS)
    again = sent_again(exercise, first)
    if isinstance(again.outcome, Accepted) and again.image_id != first.image_id:
        exercise.skip("not decided: see name.unique")
    elif isinstance(again.outcome, Accepted):
        exercise.check(Arm.BREAKS)
        exercise.check(Arm.BREAKS, again, again.observed, before=[first])
    else:
        in_use = {"name.unique": create_image(Name=Placeholder.USED_NAME)}
        exercise.check(Arm.BREAKS, again, before=[first], unless_as=in_use)
    run_sequences(exercise, FIXED[exercise.rule.id])


test_a_deregistered_image_cannot_be_launched = prop(
    "lc.deregister", shows(DEREGISTRATION), sequences(if_breaks=True)
)


test_deregistration_leaves_the_snapshots = prop("lc.deregister.snapshots", shows(DEREGISTRATION))


test_deregistration_leaves_the_instances = prop("lc.deregister.instances", shows(DEREGISTRATION))


test_a_deregistered_image_is_not_shown = prop(
    "lc.deregister.visible",
    named("lc.deregister"),
    shows(DEREGISTRATION),
    sequences(if_breaks=True),
)


@exercises("lc.deregister.pending")
def test_a_pending_image_is_deregistered(exercise: Exercise) -> None:
    if not exercise.effort.accepted_examples:
        exercise.skip(FROM_STANDARD)
        return
    trial = exercise.send(
        create_image(Name=UniqueName("amiproof-early-00000000")), unless="refused"
    )
    if trial is not None and trial.effects is not None and trial.effects.image is not None:
        state = trial.effects.image.state
        exercise.session.executor.deregister(trial)
        exercise.observe(trial, seen=f"deregistered while it was {state}")


test_a_snapshot_in_use_cannot_be_deleted = prop("lc.snapshot.in_use", shows(DEREGISTRATION))


test_an_image_is_tagged_later = prop(
    "lc.tags_later",
    named("tag.rt.image", "tag.rt.snapshot"),
    shows(DEREGISTRATION, given=tags_are_shown),
)


test_a_disabled_image_is_not_listed = prop(
    "lc.disabled_hidden",
    named("st.image.views"),
    shows(DISABLED_IMAGE, given=lists_every_image),
)


@exercises("lc.terminate_during")
def test_the_instance_is_terminated_meanwhile(exercise: Exercise) -> None:
    if not exercise.effort.accepted_examples:
        exercise.skip(FROM_STANDARD)
        return
    session = exercise.session
    instance = session.instances.settled(session.instances.launch(added=False), "running")
    trial = exercise.send(create_image(InstanceId=instance.id), unless="refused")
    if trial is None or trial.image_id is None:
        return
    image = session.observer.image(trial.image_id)
    session.api.call("TerminateInstances", numbered("InstanceId", [instance.id]))
    began = image.state if image else "not shown"
    ended = session.observer.complete(trial.image_id)
    exercise.observe(trial, seen=f"it was {began}, and is {ended.state if ended else 'not shown'}")
    if ended is None or ended.state != "available":
        return
    try:
        session.executor.deregister(trial)
    except Refused as refused:
        if refused.denies:
            seen = f"DeregisterImage once the source instance is terminated: {refused.what}"
            exercise.check(Arm.BREAKS, trial, seen, rule="lc.deregister")
