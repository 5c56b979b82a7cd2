"""NoReboot: what happens to the instance, as far as an API can show it."""

from __future__ import annotations

from conformance.engine.calls import Refused
from conformance.engine.exercise import Exercise
from conformance.engine.sources import NotAvailable
from conformance.model import Arm
from conformance.model.request import Draft, Slot, create_image
from conformance.model.world import Instance
from conformance.suite.marks import exercises
from strategies import instance_ids, refusals

REBOOTS = create_image(NoReboot="false")
STAYS_UP = create_image(NoReboot="true")


@exercises("noreboot.optional")
def test_no_reboot_may_be_left_out(exercise: Exercise) -> None:
    exercise.keeps(create_image())
    exercise.control(REBOOTS)


@exercises("noreboot.false")
def test_the_instance_is_rebooted(exercise: Exercise) -> None:
    _judge_boot(exercise, REBOOTS, Arm.KEEPS, rebooted=True)
    _judge_boot(exercise, STAYS_UP, Arm.BREAKS, rebooted=False, own=False)


@exercises("noreboot.true")
def test_the_instance_is_not_rebooted(exercise: Exercise) -> None:
    _judge_boot(exercise, STAYS_UP, Arm.KEEPS, rebooted=False)
    _judge_boot(exercise, REBOOTS, Arm.BREAKS, rebooted=True, own=False)


def _judge_boot(
    exercise: Exercise, draft: Draft, arm: Arm, *, rebooted: bool, own: bool = True
) -> None:
    """One accepted request, and whether the console shows a boot that was not there before."""
    session = exercise.session
    session.begin()
    if not _console_shows_boots(exercise):
        raise NotAvailable("the target's console shows no boots")
    source = session.sources.of(Slot.RUNNING)
    before = session.console(source.id)
    trial = session.create_again(draft)
    if not trial.accepted:
        exercise.untested("the request was refused")
        return
    after = session.patience.until(
        f"boot {draft.params[-1]}",
        lambda: session.console(source.id),
        lambda now: (now != before) is rebooted,
    )
    if (after != before) is rebooted:
        exercise.decided(arm)
    elif own:
        exercise.decided(arm)
        seen = "its console shows another boot" if after != before else "its console shows no boot"
        exercise.deviates(arm, trial, seen)
    else:
        exercise.untested("the control was not answered as it should be")


def _console_shows_boots(exercise: Exercise) -> bool:
    """Whether an ordinary reboot leaves a trace: without one, nothing can be concluded."""
    session = exercise.session
    source = session.sources.of(Slot.RUNNING)
    if session.target.instance_id:
        return False  # somebody's own instance is not rebooted for a calibration
    before = session.console(source.id)
    try:
        session.caller.call("RebootInstances", [("InstanceId.1", source.id)])
    except Refused:
        return False
    after = session.patience.until(
        "boot on the console", lambda: session.console(source.id), lambda now: now != before
    )
    return after != before


@exercises("noreboot.stopped")
def test_a_stopped_instance_stays_stopped(exercise: Exercise) -> None:
    trial = exercise.accepted(instance_ids.STOPPED)
    if trial is not None and trial.effects is not None and trial.effects.instance is not None:
        exercise.observed(trial, f"afterwards the instance is {trial.effects.instance.state}")


@exercises("noreboot.after_failure")
def test_a_refused_request_leaves_the_instance_alone(exercise: Exercise) -> None:
    """Every kind of refusal at once; the culprit is sought when something has changed."""
    session = exercise.session
    session.begin()
    source = session.sources.of(Slot.RUNNING)

    def state() -> tuple[Instance | None, str]:
        return session.sources.refresh(source.id), session.console(source.id)

    before = state()
    trials = [session.create_again(draft) for draft in refusals.ABOUT_THE_INSTANCE]
    if state() == before:
        exercise.decided(Arm.KEEPS, sum(not trial.accepted for trial in trials))
    else:
        for trial in trials:
            before = state()
            again = session.create_again(trial.draft)
            if state() != before and not again.accepted:
                exercise.decided(Arm.KEEPS)
                exercise.deviates(Arm.KEEPS, again, "the instance is changed, or was rebooted")
                break
        else:
            exercise.untested("the instance changed, but not again")
    exercise.control(create_image())


@exercises("noreboot.identity")
def test_the_instance_keeps_its_volumes(exercise: Exercise) -> None:
    exercise.keeps(create_image(), instance_ids.STOPPED)
    exercise.control_any(*refusals.PANEL)
