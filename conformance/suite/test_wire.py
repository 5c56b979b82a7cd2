"""The form of a request: verbs, parameter names, lists, booleans, action and version."""

from __future__ import annotations

from conformance.engine.execution import boto3_client as sdk
from conformance.engine.property.exercise import Exercise
from conformance.model import Arm
from conformance.model.answer import Accepted, Rejected
from conformance.model.request import Form, create_image
from conformance.suite.marks import exercises
from reports.results import observed_of
from strategies import (
    booleans,
    covering,
    descriptions,
    mappings,
    rejections,
    requests,
    unspecified,
    wire,
)

PLAIN = create_image()


@exercises("wire.verb")
def test_get_and_post(exercise: Exercise) -> None:
    exercise.keeps(PLAIN)
    exercise.keeps_in(covering.BY_GET, wire.BY_GET)
    exercise.control_any(*(draft.sent(form=Form(verb="GET")) for draft in rejections.SAMPLE))


@exercises("wire.urlencode")
def test_reserved_characters_are_encoded(exercise: Exercise) -> None:
    exercise.rests_on(descriptions.ROUND_TRIP[0], "desc.roundtrip")
    exercise.keeps_in(covering.GREATEST, descriptions.ENCODED, drawn=descriptions.reserved())
    exercise.control_in(covering.FULL, descriptions.ROUND_TRIP[0])


@exercises("wire.post.ctype")
def test_the_type_of_a_post(exercise: Exercise) -> None:
    exercise.keeps(PLAIN)
    exercise.breaks(*exercise.sample(wire.OTHER_TYPES))


@exercises("wire.case")
def test_parameter_names_are_case_sensitive(exercise: Exercise) -> None:
    exercise.breaks(*wire.RECASED)
    exercise.keeps(PLAIN)


@exercises("wire.names")
def test_the_documented_names(exercise: Exercise) -> None:
    if not exercise.covered(covering.EVERY_PARAMETER):
        exercise.keeps_if(create_image(DryRun="false"), "dryrun.false", wire.EVERY_NAME)
    exercise.combines(*covering.ALL, drawn=requests.legal())
    if not exercise.masked_by(wire.UNKNOWN[0], "wire.unknown"):
        exercise.control(*wire.NEAR_MISSES)


@exercises("wire.names.rule")
def test_an_sdk_is_understood(exercise: Exercise) -> None:
    """boto3 is what people use: the same requests through it."""
    good = sdk.create_image(exercise.session, wire.EVERY_NAME)
    exercise.see(good)
    if isinstance(good.outcome, Accepted):
        exercise.decided(Arm.KEEPS)
    elif (plain := exercise.trial(wire.EVERY_NAME)).accepted and not plain.violations:
        exercise.decided(Arm.KEEPS)
        exercise.deviates(Arm.KEEPS, good, observed_of(good.outcome))
    else:
        exercise.untested("not decided: see wire.names")
    for draft in (rejections.MINIMAL, rejections.NO_SUCH_INSTANCE):
        bad = sdk.create_image(exercise.session, draft)
        if isinstance(bad.outcome, Rejected):
            exercise.decided(Arm.BREAKS)
            return
    exercise.untested("the controls were not answered as they should be")


@exercises("wire.list.base")
def test_lists_begin_at_1(exercise: Exercise) -> None:
    exercise.keeps_in(covering.FULL, wire.tag_list("1"))
    exercise.breaks(*wire.FROM_ZERO)


@exercises("wire.list.gap")
def test_lists_with_gaps(exercise: Exercise) -> None:
    exercise.observe_among(unspecified.ALL, *exercise.sample(wire.GAPS))


@exercises("wire.list.bare")
def test_lists_without_indexes(exercise: Exercise) -> None:
    exercise.observe(*wire.BARE)


@exercises("wire.bool")
def test_a_boolean_is_true_or_false(exercise: Exercise) -> None:
    no_reboot, dry_run = map(booleans.nonsense_of, booleans.PARAMETERS)
    wrong = (*no_reboot, dry_run[0], *exercise.some_of(dry_run[1:], 2))
    exercise.breaks(*wrong, drawn=booleans.nonsense())
    if _reads_flags(exercise):
        exercise.breaks(mappings.flagged("maybe"))
    exercise.keeps(create_image(NoReboot="true"))
    exercise.keeps_in(covering.EVERY_PARAMETER, create_image(NoReboot="false"))
    wet = create_image(DryRun="false")
    if not exercise.covered(covering.EVERY_PARAMETER):
        exercise.keeps_if(wet, "dryrun.false", wet)


def _reads_flags(exercise: Exercise) -> bool:
    """Whether the flags of mappings are looked at at all."""
    return any(
        trial is not None and trial.accepted and not trial.violations
        for trial in map(exercise.trial_if_any, (covering.FULL, mappings.ROOT_KEPT))
    )


@exercises("wire.bool.other")
def test_other_spellings_of_a_boolean(exercise: Exercise) -> None:
    for parameter in booleans.PARAMETERS:
        exercise.observe(*exercise.sample(booleans.unspecified_of(parameter)))


@exercises("wire.dup")
def test_a_parameter_given_twice(exercise: Exercise) -> None:
    exercise.observe(*exercise.sample(wire.TWICE))


@exercises("wire.unknown")
def test_an_unknown_parameter(exercise: Exercise) -> None:
    exercise.breaks(*wire.UNKNOWN, *wire.NEAR_MISSES, drawn=wire.unknown_names())
    exercise.keeps(PLAIN)


@exercises("wire.clienttoken")
def test_there_is_no_client_token(exercise: Exercise) -> None:
    exercise.keeps(PLAIN)
    if not exercise.masked_by(wire.UNKNOWN[0], "wire.unknown"):
        exercise.breaks(wire.CLIENT_TOKEN)


@exercises("wire.action.missing")
def test_an_action_is_required(exercise: Exercise) -> None:
    exercise.breaks(PLAIN.without("Action"))
    exercise.keeps(PLAIN)


@exercises("wire.action.bad")
def test_an_action_that_does_not_exist(exercise: Exercise) -> None:
    exercise.breaks(*wire.BAD_ACTIONS, drawn=wire.bad_actions())
    exercise.keeps(PLAIN)


@exercises("wire.version.required")
def test_a_version_is_required(exercise: Exercise) -> None:
    exercise.breaks(PLAIN.without("Version"))
    exercise.keeps(PLAIN)


@exercises("wire.version.value")
def test_the_version_of_the_documents(exercise: Exercise) -> None:
    exercise.keeps(PLAIN)
    exercise.control_any(wire.BAD_VERSIONS[0], *rejections.SAMPLE)


@exercises("wire.version.bad")
def test_a_version_that_does_not_exist(exercise: Exercise) -> None:
    exercise.breaks(*wire.BAD_VERSIONS)
    exercise.keeps(PLAIN)


@exercises("wire.missing.generic")
def test_several_parameters_missing(exercise: Exercise) -> None:
    exercise.weigh(Arm.BREAKS, exercise.trial(PLAIN.without("Name", "InstanceId")))
    exercise.keeps(PLAIN)
