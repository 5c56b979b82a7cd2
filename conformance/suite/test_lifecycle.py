"""Several requests: repeated requests, deregistration, disabled images."""

from __future__ import annotations

from conformance.engine.client.api import Refused, numbered
from conformance.engine.property.exercise import Exercise
from conformance.model import Arm
from conformance.model.answer import Accepted, Outcome
from conformance.model.attribution import Attributed, Decided, Undecided, attribute
from conformance.model.expectation import Reject
from conformance.model.request import UniqueName, create_image
from conformance.suite.declare import FROM_STANDARD, exercises
from conformance.suite.sequences import run_sequences
from conformance.suite.tag_steps import tags_are_shown
from strategies.scenarios import TO_BE_DISABLED, TO_BE_LAUNCHED
from strategies.sequences import OUTLIVES

PLAIN = create_image()
NO_SNAPSHOTS = "not decided: the image has no snapshots, see st.snap.per_volume"


@exercises("lc.not_idempotent")
def test_the_same_request_again(exercise: Exercise) -> None:
    """An endpoint that returns the first image's id again treats the action as idempotent.

    An endpoint that creates a second image of that name breaks name.unique instead.
    """
    first = exercise.send_accepted(PLAIN)
    if first is None:
        return
    exercise.decided(Arm.KEEPS)
    again = exercise.session.executor.execute(first.draft, first.request)
    if isinstance(again.outcome, Accepted) and again.image_id != first.image_id:
        exercise.skip("not decided: see name.unique")
    elif isinstance(again.outcome, Accepted):
        exercise.decided(Arm.BREAKS)
        exercise.deviates(Arm.BREAKS, again, again.observed, before=[first])
    else:
        exercise.judge(Arm.BREAKS, again, before=[first])
    run_sequences(exercise, OUTLIVES)


@exercises("lc.deregister")
def test_a_deregistered_image_cannot_be_launched(exercise: Exercise) -> None:
    after = exercise.scenarios.deregistration(TO_BE_LAUNCHED)
    if after.why:
        exercise.skip(after.why)
        return
    if after.launched is None:
        exercise.decided(Arm.KEEPS)
    else:
        exercise.skip("not decided: see st.image.launchable")
    if after.refused:
        observed = f"DeregisterImage of the available image: {after.refused}"
        exercise.decided(Arm.BREAKS)
        exercise.deviates(Arm.BREAKS, after.trial, observed)
    if after.kept:
        exercise.skip(after.kept)
        return
    exercise.decided(Arm.BREAKS)
    if after.launched_again:
        observed = "RunInstances launches the image after it was deregistered"
        exercise.deviates(Arm.BREAKS, after.trial, observed)
    run_sequences(exercise)


@exercises("lc.deregister.snapshots")
def test_deregistration_leaves_the_snapshots(exercise: Exercise) -> None:
    after = exercise.scenarios.deregistration(TO_BE_LAUNCHED)
    had = after.snapshots_before
    if (why := after.why or after.unread or after.kept) or not had:
        exercise.skip(why or NO_SNAPSHOTS)
        return
    exercise.decided(Arm.KEEPS)
    exercise.decided(Arm.BREAKS)
    if after.snapshots_left < had:
        observed = f"{after.snapshots_left} of {had} snapshots exist after deregistration"
        exercise.deviates(Arm.BREAKS, after.trial, observed)


@exercises("lc.deregister.visible")
def test_a_deregistered_image_is_not_shown(exercise: Exercise) -> None:
    after = exercise.scenarios.deregistration(TO_BE_LAUNCHED)
    if why := after.why or after.kept:
        exercise.skip(why)
        return
    exercise.decided(Arm.KEEPS)
    exercise.decided(Arm.BREAKS)
    if after.shown:
        observed = "DescribeImages still shows the image after it was deregistered"
        exercise.deviates(Arm.BREAKS, after.trial, observed)
    run_sequences(exercise)


@exercises("lc.deregister.pending")
def test_a_pending_image_is_deregistered(exercise: Exercise) -> None:
    if not exercise.effort.accepted_examples:
        exercise.skip(FROM_STANDARD)
        return
    trial = exercise.send_accepted(create_image(Name=UniqueName("amiproof-early-00000000")))
    if trial is not None and trial.effects is not None and trial.effects.image is not None:
        state = trial.effects.image.state
        exercise.session.executor.deregister(trial)
        exercise.observed(trial, f"deregistered while it was {state}")


@exercises("lc.snapshot.in_use")
def test_a_snapshot_in_use_cannot_be_deleted(exercise: Exercise) -> None:
    after = exercise.scenarios.deregistration(TO_BE_LAUNCHED)
    if after.why or after.deleted is None:
        exercise.skip(after.why or after.unread or NO_SNAPSHOTS)
        return
    rule = exercise.rule
    match attribute(Reject(rule.codes, (rule.id,)), after.deleted, rule.id):
        case Decided():
            exercise.decided(Arm.BREAKS)
        case Undecided(why):
            exercise.skip(why)
        case Attributed(rule_id):
            if rule_id == rule.id:
                exercise.decided(Arm.BREAKS)
            observed = f"DeleteSnapshot while its image is registered: {_word(after.deleted)}"
            exercise.deviates(Arm.BREAKS, after.trial, observed, rule=rule_id)
    if isinstance(after.deleted_again, Accepted):
        exercise.decided(Arm.KEEPS)
    elif after.kept:
        exercise.skip(after.kept)
    else:
        came = _word(after.deleted_again)
        exercise.skip(f"inconclusive: DeleteSnapshot after its image is deregistered: {came}")


def _word(outcome: Outcome | None) -> str:
    return "a success" if isinstance(outcome, Accepted) else getattr(outcome, "code", "no answer")


@exercises("lc.tags_later", requires=("tag.rt.image", "tag.rt.snapshot"))
def test_an_image_is_tagged_later(exercise: Exercise) -> None:
    after = exercise.scenarios.deregistration(TO_BE_LAUNCHED)
    if after.why:
        exercise.skip(after.why)
        return
    if after.tags_unread:
        exercise.skip(after.tags_unread)
    elif after.tagged is None:
        exercise.decided(Arm.KEEPS)
    elif tags_are_shown(exercise):
        exercise.decided(Arm.KEEPS)
        exercise.deviates(Arm.KEEPS, after.trial, after.tagged)
    if after.untagged:
        exercise.decided(Arm.BREAKS)
    else:
        exercise.skip("inconclusive: the image has the tag before CreateTags")


@exercises("lc.disabled_hidden")
def test_a_disabled_image_is_not_listed(exercise: Exercise) -> None:
    scenario = exercise.scenarios.disabled(TO_BE_DISABLED)
    if scenario.why:
        exercise.skip(scenario.why)
        return
    if not scenario.listed_before:
        exercise.skip(
            "inconclusive: DescribeImages with Owner.1=self does not list the image before"
            " DisableImage either"
        )
        return
    exercise.decided(Arm.KEEPS)
    exercise.decided(Arm.BREAKS)
    if scenario.listed:
        observed = "DescribeImages lists the image after DisableImage"
        exercise.deviates(Arm.BREAKS, scenario.trial, observed)
    elif scenario.included is False:
        observed = "DescribeImages with IncludeDisabled=true does not list the disabled image"
        exercise.deviates(Arm.BREAKS, scenario.trial, observed)


@exercises("lc.terminate_during")
def test_the_instance_is_terminated_meanwhile(exercise: Exercise) -> None:
    if not exercise.effort.accepted_examples:
        exercise.skip(FROM_STANDARD)
        return
    session = exercise.session
    instance = session.instances.settled(session.instances.launch(added=False), "running")
    trial = exercise.send_accepted(create_image(InstanceId=instance.id))
    if trial is None or trial.image_id is None:
        return
    image = session.observer.image(trial.image_id)
    session.api.call("TerminateInstances", numbered("InstanceId", [instance.id]))
    began = image.state if image else "not shown"
    ended = session.observer.complete(trial.image_id)
    exercise.observed(trial, f"it was {began}, and is {ended.state if ended else 'not shown'}")
    if ended is None or ended.state != "available":
        return
    try:
        session.executor.deregister(trial)
    except Refused as refused:
        if refused.denies:
            seen = f"DeregisterImage once the source instance is terminated: {refused.what}"
            exercise.deviates(Arm.BREAKS, trial, seen, rule="lc.deregister")
