"""The form of a request: verbs, parameter names, lists, booleans, action and version."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from conformance.engine.execution import boto3_client as sdk
from conformance.engine.observation.trial import Trial
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.spec import (
    Needs,
    Sends,
    breaks,
    control,
    keeps,
    named,
    observe,
    requires,
    select,
    unless_masked_by,
)
from conformance.engine.resources.instances import NotAvailable
from conformance.model import CATALOGUE, Arm
from conformance.model.answer import Accepted, Rejected
from conformance.model.request import Draft, Form, create_image
from conformance.suite.declare import exercises, prop
from conformance.suite.requirements import decided_by
from reports.reasons import masked_by
from strategies import (
    booleans,
    covering,
    descriptions,
    mappings,
    pairs,
    rejections,
    unspecified,
    wire,
)

PLAIN = create_image()
CONTENT_TYPE = "wire.post.ctype"
DRY_RUN_FALSE = create_image(DryRun="false")


test_get_and_post = prop(
    "wire.verb",
    keeps(PLAIN),
    keeps(wire.BY_GET, via=covering.BY_GET),
    control(*(draft.sent(form=Form(verb="GET")) for draft in rejections.SAMPLE), one=True),
)


test_reserved_characters_are_encoded = prop(
    "wire.urlencode",
    requires(descriptions.ROUND_TRIP[0], "desc.roundtrip"),
    keeps(descriptions.ENCODED, generated=descriptions.reserved(), via=covering.GREATEST),
    control(descriptions.ROUND_TRIP[0], via=covering.FULL),
)


test_the_type_of_a_post = prop(
    CONTENT_TYPE, keeps(PLAIN), breaks(select(wire.OTHER_TYPES, at_quick=1))
)


test_parameter_names_are_case_sensitive = prop("wire.case", breaks(*wire.RECASED), keeps(PLAIN))


@exercises(
    "wire.names",
    requires=("dryrun.false", "wire.unknown"),
    sends=(keeps(wire.EVERY_NAME), control(*wire.NEAR_MISSES)),
    slowness=2,
)
def test_the_documented_names(exercise: Exercise) -> None:
    every = covering.EVERY_PARAMETER
    named = keeps(wire.EVERY_NAME)
    unless_masked_by(DRY_RUN_FALSE, "dryrun.false", named, accepted=True, via=every).run(exercise)
    near = control(*wire.NEAR_MISSES)
    unless_masked_by(wire.UNKNOWN[0], "wire.unknown", near, accepted=False).run(exercise)


@dataclass(frozen=True, slots=True)
class _BySdk:
    """The same requests sent through boto3."""

    def run(self, exercise: Exercise) -> None:
        session = exercise.session
        with session.observing_together() as together:
            sent = [_sent_by_sdk(exercise, draft) for draft in (wire.EVERY_NAME, *pairs.BY_SDK)]
        for trial in filter(None, sent):
            _accepted_of_an_sdk(exercise, together.observed(trial))
        for draft in (rejections.MINIMAL, rejections.NO_SUCH_INSTANCE):
            bad = sdk.create_image(exercise.session, draft)
            if isinstance(bad.outcome, Rejected):
                exercise.check(Arm.BREAKS)
                return
        exercise.skip(f"inconclusive: the SDK's controls were answered wrongly; {bad.summary}")

    def needs(self) -> Needs:
        return Needs()

    def sends(self) -> None:
        return None


test_an_sdk_is_understood = prop("wire.names.rule", named("wire.names", CONTENT_TYPE), _BySdk())


def _sent_by_sdk(exercise: Exercise, draft: Draft) -> Trial | None:
    try:
        return sdk.create_image(exercise.session, exercise.parts.workarounds.apply(draft))
    except NotAvailable:
        return None  # the covering requests say what the target lacks


def _form(trial: Trial) -> str:
    """The rule about answers that the answer to a request violates, or nothing."""
    violated = (violation.rule for violation in trial.violations)
    return next((id for id in violated if CATALOGUE[id].on_answer), "")


def _accepted_of_an_sdk(exercise: Exercise, good: Trial) -> None:
    exercise.check_effects(good)
    refused = exercise.parts.workarounds.refused_for(CONTENT_TYPE)
    if refused is not None and refused.observed.code == good.observed.code:
        exercise.skip(masked_by(CONTENT_TYPE))  # an SDK sends the charset with each request
    elif isinstance(good.outcome, Accepted):
        exercise.check(Arm.KEEPS)
    elif (plain := exercise.send(good.draft)).accepted and (form := _form(plain)):
        exercise.skip(masked_by(form))  # an SDK may not read such an answer
    elif plain.accepted:
        exercise.check(Arm.KEEPS)
        exercise.check(Arm.KEEPS, good, good.observed)
    else:
        mask = exercise.spoken_against(plain) or _form(plain)  # a success may be unreadable
        why = f"inconclusive: the same request without an SDK was refused; {plain.summary}"
        exercise.skip(masked_by(mask) if mask else why)
        if not mask:
            exercise.combine(good.draft, decided_by=decided_by(), rule="wire.together")


@dataclass(frozen=True, slots=True)
class _WhereImagesAreShown:
    """Lists that a target accepts: only the image shows whether it reads them."""

    step: Sends

    def run(self, exercise: Exercise) -> None:
        plain = exercise.send(PLAIN)
        if plain.accepted and (mask := exercise.mask_of(plain, "st.image.exists")):
            exercise.skip(masked_by(mask))
        else:
            self.step.run(exercise)

    def needs(self) -> Needs:
        return Needs(rules=("st.image.exists",)) + self.step.needs()

    def sends(self) -> tuple[Sends, ...]:
        return (self.step,)


test_lists_begin_at_1 = prop(
    "wire.list.base",
    _WhereImagesAreShown(keeps(wire.tag_list("1"), via=covering.FULL)),
    breaks(*wire.FROM_ZERO),
)


test_lists_with_gaps = prop(
    "wire.list.gap", observe(select(wire.GAPS, at_quick=1), via=unspecified.ALL)
)


test_lists_without_indexes = prop("wire.list.bare", observe(*wire.BARE))


@exercises(
    "wire.bool",
    requires=("dryrun.false",),
    sends=(
        breaks(
            *(draft for each in booleans.PARAMETERS for draft in booleans.nonsense_of(each)),
            mappings.flagged("maybe"),
            mappings.ENCRYPTED_MAYBE,
            generated=booleans.nonsense(),
        ),
        keeps(create_image(NoReboot="true"), create_image(NoReboot="false"), DRY_RUN_FALSE),
    ),
    slowness=2,
)
def test_a_boolean_is_true_or_false(exercise: Exercise) -> None:
    no_reboot, dry_run = map(booleans.nonsense_of, booleans.PARAMETERS)
    few = select(dry_run[1:], at_quick=2, at_random=True)
    some = select(no_reboot[1:], at_quick=4)
    breaks(no_reboot[0], some, dry_run[0], few, generated=booleans.nonsense()).run(exercise)
    if _reads_flags(exercise):
        exercise.breaks(mappings.flagged("maybe"))
        if "bdm.enc.new_empty" not in exercise.session.deviating:
            exercise.breaks(mappings.ENCRYPTED_MAYBE)
    exercise.keeps(create_image(NoReboot="true"))
    exercise.keeps(create_image(NoReboot="false"), via=covering.EVERY_PARAMETER)
    every, false = covering.EVERY_PARAMETER, keeps(DRY_RUN_FALSE)
    unless_masked_by(DRY_RUN_FALSE, "dryrun.false", false, accepted=True, via=every).run(exercise)


def _reads_flags(exercise: Exercise) -> bool:
    """Whether the target reads the boolean flags of mappings."""
    whole = exercise.send(mappings.ROOT_KEPT, via=covering.FULL)
    return any(
        trial is not None and trial.accepted and not trial.violations
        for trial in chain(
            [whole], (exercise.send(draft, unless="lacking") for draft in [mappings.ROOT_KEPT])
        )
    )


test_other_spellings_of_a_boolean = prop(
    "wire.bool.other",
    observe(*(select(booleans.unspecified_of(each), at_quick=1) for each in booleans.PARAMETERS)),
)


test_a_parameter_given_twice = prop("wire.dup", observe(select(wire.TWICE, at_quick=1)))


test_an_unknown_parameter = prop(
    "wire.unknown",
    breaks(*wire.UNKNOWN, *wire.NEAR_MISSES, generated=wire.unknown_names()),
    keeps(PLAIN),
)


test_there_is_no_client_token = prop(
    "wire.clienttoken",
    keeps(PLAIN),
    unless_masked_by(wire.UNKNOWN[0], "wire.unknown", breaks(wire.CLIENT_TOKEN), accepted=False),
)


test_an_action_is_required = prop(
    "wire.action.missing", breaks(PLAIN.without("Action")), keeps(PLAIN)
)


test_an_action_that_does_not_exist = prop(
    "wire.action.bad", breaks(*wire.BAD_ACTIONS, generated=wire.bad_actions()), keeps(PLAIN)
)


test_a_version_is_required = prop(
    "wire.version.required", breaks(PLAIN.without("Version")), keeps(PLAIN)
)


test_the_version_of_the_documents = prop(
    "wire.version.value", keeps(PLAIN), control(wire.BAD_VERSIONS[0], *rejections.SAMPLE, one=True)
)


test_a_version_that_does_not_exist = prop(
    "wire.version.bad", breaks(*wire.BAD_VERSIONS), keeps(PLAIN)
)


@exercises(
    "wire.missing.generic",
    requires=("name.required", "inst.required"),
    sends=(breaks(PLAIN.without("Name", "InstanceId")), keeps(PLAIN)),
)
def test_several_parameters_missing(exercise: Exercise) -> None:
    missing = exercise.send(PLAIN.without("Name", "InstanceId"))
    exercise.check(Arm.BREAKS, missing, unless_as=wire.LACKING)
    exercise.keeps(PLAIN)
