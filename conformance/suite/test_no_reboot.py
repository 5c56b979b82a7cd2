"""NoReboot: whether CreateImage reboots the instance, as far as the API shows it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from conformance.engine.execution.concurrent import create_concurrently
from conformance.engine.observation.trial import Trial
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.spec import Needs, control, keeps, shows
from conformance.engine.resources.instances import NotAvailable
from conformance.model import Arm
from conformance.model.attribution import DRY_RUN
from conformance.model.history import Created
from conformance.model.request import Draft, Placeholder, UniqueName, create_image
from conformance.model.world import Instance
from conformance.suite.declare import FROM_STANDARD, exercises, prop
from conformance.suite.scenarios import BOOT_DELAY, boot
from strategies import covering, instance_ids, pairs, rejections

ANOTHER = create_image(Name=UniqueName("amiproof-again-00000000"))
"""The minimal request once more, with another name."""
REBOOTS = create_image(NoReboot="false")
STAYS_UP = create_image(NoReboot="true")


test_no_reboot_may_be_left_out = prop(
    "noreboot.optional", keeps(create_image()), control(REBOOTS, via=covering.EVERY_PARAMETER)
)


@dataclass(frozen=True, slots=True)
class _Boots:
    """A request with everything else in it, or with all of it that the target accepts."""

    draft: Draft

    def run(self, exercise: Exercise) -> None:
        shows(boot(self.draft)).run(exercise)
        history = exercise.scenarios.history(boot(self.draft))
        created = history.last(Created)
        if created is not None and created.image_id is not None:
            return
        if created is None and not history.ended.startswith("masked by"):
            return  # the target shows no console, or lacks a resource that the request names
        whole = exercise.parts.workarounds.apply(self.draft)
        rest = exercise.session.covering(whole).draft
        given = dict(rest.params).get("NoReboot")
        if rest != whole and given == self.draft.value("NoReboot"):
            shows(boot(rest, of=self.draft)).run(exercise)

    def needs(self) -> Needs:
        return Needs(scenarios=(boot(self.draft),))

    def sends(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class _RebootsWithEverything:
    """NoReboot=false with everything else in the request. If that is not right, alone."""

    def run(self, exercise: Exercise) -> None:
        record = exercise.record
        decided, notes = record.keeps + record.breaks, len(record.untested)
        found = len(record.deviations)
        with contextlib.suppress(NotAvailable):
            _Boots(pairs.REBOOTS).run(exercise)
        if len(record.deviations) == found and record.keeps + record.breaks > decided:
            return
        together, record.deviations[found:] = record.deviations[found:], []
        del record.untested[notes:]
        shows(boot(REBOOTS)).run(exercise)
        for deviation in together:  # that of the plain request stays
            record.add(deviation)

    def needs(self) -> Needs:
        return Needs(scenarios=(boot(pairs.REBOOTS),))

    def sends(self) -> None:
        return None


test_the_instance_is_rebooted = prop(
    "noreboot.false",
    shows(boot(STAYS_UP)),
    _Boots(pairs.STAYS_UP),
    _RebootsWithEverything(),
    shows(boot(ANOTHER)),
)


@exercises(
    "noreboot.true",
    needs=(BOOT_DELAY, boot(STAYS_UP), boot(pairs.STAYS_UP), boot(pairs.REBOOTS)),
    slowness=2,
)
def test_the_instance_is_not_rebooted(exercise: Exercise) -> None:
    """DescribeInstances can show that the rule is broken; only the console that it is kept."""
    with contextlib.suppress(NotAvailable):
        exercise.scenarios.history(boot(STAYS_UP))
    trial = exercise.send(STAYS_UP)
    for violation in trial.violations:
        if violation.rule == exercise.rule.id:
            exercise.check(Arm.KEEPS)
            exercise.check(Arm.KEEPS, trial, violation.observed)
    shows(boot(STAYS_UP)).run(exercise)
    _Boots(pairs.STAYS_UP).run(exercise)
    _RebootsWithEverything().run(exercise)


@exercises("noreboot.stopped", slowness=1)
def test_a_stopped_instance_stays_stopped(exercise: Exercise) -> None:
    trial = exercise.send(instance_ids.STOPPED, via=covering.STOPPED)
    if trial is None or not trial.accepted:
        trial = exercise.send(instance_ids.STOPPED)
    if trial.effects is not None and trial.effects.instance is not None:
        exercise.observe(trial, seen=f"afterwards the instance is {trial.effects.instance.state}")


@exercises("noreboot.visible_state")
def test_the_state_while_it_is_rebooted(exercise: Exercise) -> None:
    """The instance is described as soon as the answer arrives."""
    if not exercise.effort.accepted_examples:
        exercise.skip(FROM_STANDARD)
        return
    session = exercise.session
    request = session.binder.bind(REBOOTS)
    [trial] = create_concurrently(session, REBOOTS, request)
    now = session.instances.refresh(request.instance_id or "")
    exercise.observe(trial, seen=f"then the instance is {now.state if now else 'not shown'}")


@exercises("noreboot.concurrent")
def test_two_images_at_once(exercise: Exercise) -> None:
    if not exercise.effort.accepted_examples:
        exercise.skip(FROM_STANDARD)
        return
    requests = [exercise.session.binder.bind(STAYS_UP) for _ in range(2)]
    for trial in create_concurrently(exercise.session, STAYS_UP, *requests):
        exercise.observe(trial)


@exercises("noreboot.after_failure")
def test_a_refused_request_leaves_the_instance_alone(exercise: Exercise) -> None:
    """All kinds of rejections in one go. If the instance changes, each is sent again alone."""
    session = exercise.session
    plain = exercise.send(create_image())  # it takes the name of a later request, and may reboot
    source = session.instances.of(Placeholder.RUNNING)

    consoles = session.observer.consoles

    def state() -> tuple[Instance | None, str]:
        return session.instances.refresh(source.id), consoles.read(source.id)

    # What differs afterwards may be of an earlier refused request, so its own are sent again.
    before = session.instances.refresh(source.id), consoles.last(source.id)
    if before[0] is None:
        shown = session.instances.failed.get("DescribeInstances", "does not show the instance")
        exercise.skip(f"inconclusive: DescribeInstances: {shown}")
        return
    drafts = [each for each in rejections.ABOUT_THE_INSTANCE if not _was_accepted(exercise, each)]
    trials = list[Trial]()
    for draft in drafts:
        with contextlib.suppress(NotAvailable):  # the others are refused without it
            trials.append(session.create_again(draft))
    refused = [trial for trial in trials if not trial.accepted and not trial.crashes]
    if state() == before and refused:
        exercise.check(Arm.KEEPS, times=len(refused))
    elif state() == before:
        exercise.skip(f"inconclusive: the target refused no request; {plain.summary}")
    else:
        for trial in trials:
            before = state()
            again = session.create_again(trial.draft)
            changed = state() != before and not again.accepted
            if changed and state()[0] == before[0]:
                changed = consoles.is_steady(source.id)
            if changed:
                exercise.check(Arm.KEEPS)
                dry = trial.request.dry_run == "true"
                broken = DRY_RUN if dry else exercise.rule.id
                seen = "the instance is changed, or was rebooted"
                exercise.check(Arm.KEEPS, again, seen, rule=broken)
                break
        else:
            exercise.skip(
                "inconclusive: the instance changed, but not when the requests were sent again"
            )
    exercise.control(create_image())


def _was_accepted(exercise: Exercise, draft: Draft) -> bool:
    """Whether the target has accepted a draft before, so that it would make another image."""
    return exercise.session.has(draft) and exercise.session.create(draft).accepted


test_the_instance_is_as_it_was = prop(
    ("noreboot.identity", "st.instance.same"),
    keeps(create_image(), STAYS_UP),
    keeps(instance_ids.STOPPED, via=covering.STOPPED),
    control(*rejections.SAMPLE, one=True),
)
