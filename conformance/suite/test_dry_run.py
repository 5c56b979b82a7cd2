"""DryRun and permissions: the answer, the missing permission, and that a dry run does nothing."""

from __future__ import annotations

from conformance.engine.observation.trial import Trial
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.spec import breaks, control, keeps, observe
from conformance.model import Arm
from conformance.model.codes import DRY_RUN_CODE
from conformance.model.request import Placeholder, Signing, UniqueName, create_image
from conformance.suite.declare import exercises, prop
from strategies import covering, rejections

DRY = create_image(DryRun="true")
WET = create_image(DryRun="false")
NAMED = create_image(DryRun="true", Name=UniqueName("amiproof-dry-00000000"))
"""A dry run. Later requests ask for the same name."""
DENIED = create_image().sent(signing=Signing.DENIED)


test_dry_run_may_be_left_out = prop(
    "dryrun.optional", keeps(create_image()), control(WET, via=covering.EVERY_PARAMETER)
)


test_a_permitted_dry_run_is_an_error = prop(
    "dryrun.permitted",
    breaks(DRY, create_image(DryRun="true", NoReboot="true")),
    keeps(create_image()),
)


@exercises("dryrun.denied", requires=("dryrun.permitted", "auth.denied"))
def test_a_dry_run_tells_who_may_not(exercise: Exercise) -> None:
    if (dry := exercise.send(DRY)).expectation.allows(dry.outcome):
        exercise.check(Arm.KEEPS)
    else:
        exercise.skip(exercise.why_undecided(dry, "dryrun.permitted"))
    if not exercise.is_masked(DENIED, "auth.denied", accepted=False):
        exercise.check(Arm.BREAKS, exercise.send(DRY.sent(signing=Signing.DENIED)))


test_who_may_not_is_refused = prop("auth.denied", breaks(DENIED), keeps(create_image()))


@exercises("dryrun.no_effect", requires=("dryrun.permitted",))
def test_a_dry_run_does_nothing(exercise: Exercise) -> None:
    """A dry run leaves no orphan, does not reboot the instance and does not take the name."""
    session = exercise.session
    exercise.send(create_image())  # the first request of a run reboots the instance
    source = session.instances.of(Placeholder.RUNNING)
    console = session.observer.consoles.last(source.id)
    dry = exercise.send(NAMED)
    if dry.accepted:
        exercise.skip("not decided: see dryrun.permitted")
        return
    exercise.check(Arm.BREAKS)
    if left := session.rejections.orphans([dry]):
        exercise.check(Arm.BREAKS, dry, f"afterwards there is {left[0].kind}")
        return
    if session.rejections.unread:
        exercise.skip(session.rejections.unread)
        return
    if session.observer.consoles.read(source.id) != console and _reboots(exercise, dry, source.id):
        exercise.check(Arm.BREAKS, dry, "afterwards the instance has rebooted")
        return
    _, wet = after_refusals(exercise)
    if not wet.accepted:  # the rejected request may have taken the name
        dry = session.create_again(NAMED)
        wet = exercise.send(create_image(Name=dry.request.name or ""))
    if wet.accepted:
        exercise.check(Arm.KEEPS)
    elif _is_remembered(wet):
        exercise.check(Arm.KEEPS)
        exercise.check(Arm.KEEPS, wet, wet.observed, before=[dry])
    else:
        broken = exercise.spoken_against(wet)
        against = f"; it speaks against {broken}" if broken else ""
        exercise.skip(f"inconclusive: the same request without DryRun; {wet.summary}{against}")


def after_refusals(exercise: Exercise) -> tuple[Trial, Trial]:
    """A rejected request and a conforming one with the name of the dry run.

    If the second is accepted, neither the dry run nor the rejected request took the name. The
    first has another name, and is accepted, where the target is known to let it through.
    """
    name = exercise.send(NAMED).request.name or ""
    refused = exercise.let_through(rejections.LONG_DESCRIPTION)
    refused = refused or exercise.send(rejections.LONG_DESCRIPTION.given(Name=name))
    return refused, exercise.answer(create_image(Name=name))


def _reboots(exercise: Exercise, dry: Trial, source: str) -> bool:
    """Whether the console changes again. It may show the boot of an earlier request late."""
    session = exercise.session
    session.patience.rest()
    console = session.observer.consoles.read(source)
    session.create_again(dry.draft)
    changed = session.observer.consoles.read(source) != console
    return changed and session.observer.consoles.is_steady(source)


def _is_remembered(trial: Trial) -> bool:
    """Whether the dry run took the name, or the endpoint repeats its answer."""
    return trial.code in ("InvalidAMIName.Duplicate", DRY_RUN_CODE)


test_dry_run_false_is_carried_out = prop(
    "dryrun.false", keeps(WET, via=covering.EVERY_PARAMETER), control(DRY)
)


test_a_dry_run_of_a_bad_request = prop(
    "dryrun.with_invalid",
    observe(create_image(DryRun="true", Name="ab"), create_image(DryRun="true", InstanceId="i-1")),
)


test_a_dry_run_without_a_required_parameter = prop(
    "dryrun.missing_required", observe(DRY.without("Name"), DRY.without("InstanceId"))
)


test_a_dry_run_with_a_name_in_use = prop(
    "dryrun.duplicate_name", observe(create_image(DryRun="true", Name=Placeholder.USED_NAME))
)
