"""The new image, as DescribeImages reports it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from conformance.engine.client.api import Refused
from conformance.engine.core.record import A_LONGER_WINDOW
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.spec import Needs, Step, control, keeps, shows
from conformance.engine.resources.instances import NotAvailable
from conformance.model import Arm
from conformance.model.request import Placeholder, create_image
from conformance.suite.declare import exercises, prop, props
from conformance.suite.scenarios import DEREGISTRATION
from strategies import covering, instance_ids, rejections

PLAIN = create_image()
EFFECTS = (
    "st.image.exists",
    "st.image.state0",
    "st.image.root",
    "st.image.owner",
    "st.image.private",
    "st.image.source_instance",
    "st.image.inherit",
    "st.image.type",
)


@dataclass(frozen=True, slots=True)
class _BootModeKept:
    """An image of an instance with a boot mode, if the minimal request's instance has none."""

    def run(self, exercise: Exercise) -> None:
        sources = exercise.session.instances
        if sources.of(Placeholder.RUNNING).boot_mode:
            return
        image_id = sources.public.with_boot_mode()
        if image_id is not None:
            with contextlib.suppress(Refused, NotAvailable):
                instance = sources.settled(sources.launch(image_id, added=False), "running")
                exercise.keeps(create_image(InstanceId=instance.id))

    def needs(self) -> Needs:
        return Needs()

    def sends(self) -> None:
        return None


def _steps(*more: Step) -> tuple[Step, ...]:
    stopped = keeps(instance_ids.STOPPED, via=covering.STOPPED)
    return (keeps(PLAIN), stopped, *more, control(*rejections.SAMPLE, one=True))


test_the_image_of_an_accepted_request = props(
    dict.fromkeys(EFFECTS, _steps()) | {"st.image.inherit": _steps(_BootModeKept())}
)


@exercises("st.image.source_image")
def test_the_image_that_a_new_one_names_as_its_source(exercise: Exercise) -> None:
    trial = exercise.send(PLAIN, unless="refused")
    if trial is not None and trial.effects is not None and trial.effects.image is not None:
        source = trial.before.instances[trial.request.instance_id or ""]
        named = trial.effects.image.source_image
        same = "the image that its instance was launched of" if named == source.image_id else named
        exercise.observe(trial, seen=f"sourceImageId is {same}")


@exercises("st.image.inherit.support")
def test_whether_support_of_nitro_tpm_and_imds_is_inherited(exercise: Exercise) -> None:
    trial = exercise.send(PLAIN, unless="refused")
    image = trial.effects.image if trial is not None and trial.effects is not None else None
    if trial is None or image is None:
        return
    source = trial.before.instances[trial.request.instance_id or ""]
    origin = trial.before.images.get(source.image_id or "")
    for words, name in (("NitroTPM", "tpm_support"), ("IMDS", "imds_support")):
        had, has = getattr(origin, name, None), getattr(image, name)
        if had or has:
            seen = f"{words} support is {has or 'not shown'}; the image of its instance shows {had}"
            exercise.observe(trial, seen=seen)


@exercises("st.image.state1", requires=("st.image.exists",), slowness=3)
def test_the_image_ends_available(exercise: Exercise) -> None:
    session = exercise.session
    trial = exercise.send(PLAIN, unless="refused")
    if trial is not None:
        image = session.observer.complete(trial.image_id or "")
        if image is not None and image.state in ("available", "failed"):
            exercise.check(Arm.KEEPS)
        elif image is not None and image.state in ("invalid", "error", "deregistered"):
            exercise.check(Arm.KEEPS)
            exercise.check(Arm.KEEPS, trial, f"the image's state ends as {image.state}")
        elif image is None and trial.effects is not None and trial.effects.image is not None:
            observed = "DescribeImages does not show the image any more"
            exercise.check(Arm.KEEPS, trial, observed, rule="st.image.exists")
            exercise.skip("not decided: see st.image.exists")
        else:
            exercise.skip(
                f"inconclusive: the image is {image.state if image else 'not shown'} after"
                f" {session.target.window:g} s; {A_LONGER_WINDOW}"
            )
    exercise.control(*rejections.SAMPLE, one=True)


test_an_available_image_can_be_launched = prop("st.image.launchable", shows(DEREGISTRATION))
