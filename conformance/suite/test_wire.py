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
DRY_RUN_FALSE = create_image(DryRun="false")


@exercises("wire.verb")
def test_get_and_post(exercise: Exercise) -> None:
    exercise.keeps(PLAIN)
    exercise.keeps(wire.BY_GET, via=covering.BY_GET)
    exercise.control(*(draft.sent(form=Form(verb="GET")) for draft in rejections.SAMPLE), one=True)


@exercises("wire.urlencode")
def test_reserved_characters_are_encoded(exercise: Exercise) -> None:
    exercise.requires(descriptions.ROUND_TRIP[0], "desc.roundtrip")
    exercise.keeps(descriptions.ENCODED, generated=descriptions.reserved(), via=covering.GREATEST)
    exercise.control(descriptions.ROUND_TRIP[0], via=covering.FULL)


@exercises("wire.post.ctype")
def test_the_type_of_a_post(exercise: Exercise) -> None:
    exercise.keeps(PLAIN)
    exercise.breaks(*exercise.select(wire.OTHER_TYPES, at_quick=1))


@exercises("wire.case")
def test_parameter_names_are_case_sensitive(exercise: Exercise) -> None:
    exercise.breaks(*wire.RECASED)
    exercise.keeps(PLAIN)


@exercises("wire.names")
def test_the_documented_names(exercise: Exercise) -> None:
    covered = exercise.covers(covering.EVERY_PARAMETER)
    if not covered and not exercise.is_masked(DRY_RUN_FALSE, "dryrun.false", accepted=True):
        exercise.keeps(wire.EVERY_NAME)
    exercise.combine(*covering.ALL, generated=requests.legal())
    if not exercise.is_masked(wire.UNKNOWN[0], "wire.unknown", accepted=False):
        exercise.control(*wire.NEAR_MISSES)


@exercises("wire.names.rule")
def test_an_sdk_is_understood(exercise: Exercise) -> None:
    """boto3 is what people use: the same requests through it."""
    good = sdk.create_image(exercise.session, wire.EVERY_NAME)
    exercise.check(good)
    if isinstance(good.outcome, Accepted):
        exercise.decided(Arm.KEEPS)
    elif (plain := exercise.send(wire.EVERY_NAME)).accepted and not plain.violations:
        exercise.decided(Arm.KEEPS)
        exercise.deviates(Arm.KEEPS, good, observed_of(good.outcome))
    else:
        exercise.skip("not decided: see wire.names")
    for draft in (rejections.MINIMAL, rejections.NO_SUCH_INSTANCE):
        bad = sdk.create_image(exercise.session, draft)
        if isinstance(bad.outcome, Rejected):
            exercise.decided(Arm.BREAKS)
            return
    exercise.skip("the controls were not answered as they should be")


@exercises("wire.list.base")
def test_lists_begin_at_1(exercise: Exercise) -> None:
    exercise.keeps(wire.tag_list("1"), via=covering.FULL)
    exercise.breaks(*wire.FROM_ZERO)


@exercises("wire.list.gap")
def test_lists_with_gaps(exercise: Exercise) -> None:
    exercise.observe(*exercise.select(wire.GAPS, at_quick=1), via=unspecified.ALL)


@exercises("wire.list.bare")
def test_lists_without_indexes(exercise: Exercise) -> None:
    exercise.observe(*wire.BARE)


@exercises("wire.bool")
def test_a_boolean_is_true_or_false(exercise: Exercise) -> None:
    no_reboot, dry_run = map(booleans.nonsense_of, booleans.PARAMETERS)
    wrong = (*no_reboot, dry_run[0], *exercise.select(dry_run[1:], at_quick=2, at_random=True))
    exercise.breaks(*wrong, generated=booleans.nonsense())
    if _reads_flags(exercise):
        exercise.breaks(mappings.flagged("maybe"))
    exercise.keeps(create_image(NoReboot="true"))
    exercise.keeps(create_image(NoReboot="false"), via=covering.EVERY_PARAMETER)
    covered = exercise.covers(covering.EVERY_PARAMETER)
    if not covered and not exercise.is_masked(DRY_RUN_FALSE, "dryrun.false", accepted=True):
        exercise.keeps(DRY_RUN_FALSE)


def _reads_flags(exercise: Exercise) -> bool:
    """Whether the flags of mappings are looked at at all."""
    return any(
        trial is not None and trial.accepted and not trial.violations
        for trial in map(exercise.send_if_available, (covering.FULL, mappings.ROOT_KEPT))
    )


@exercises("wire.bool.other")
def test_other_spellings_of_a_boolean(exercise: Exercise) -> None:
    for parameter in booleans.PARAMETERS:
        exercise.observe(*exercise.select(booleans.unspecified_of(parameter), at_quick=1))


@exercises("wire.dup")
def test_a_parameter_given_twice(exercise: Exercise) -> None:
    exercise.observe(*exercise.select(wire.TWICE, at_quick=1))


@exercises("wire.unknown")
def test_an_unknown_parameter(exercise: Exercise) -> None:
    exercise.breaks(*wire.UNKNOWN, *wire.NEAR_MISSES, generated=wire.unknown_names())
    exercise.keeps(PLAIN)


@exercises("wire.clienttoken")
def test_there_is_no_client_token(exercise: Exercise) -> None:
    exercise.keeps(PLAIN)
    if not exercise.is_masked(wire.UNKNOWN[0], "wire.unknown", accepted=False):
        exercise.breaks(wire.CLIENT_TOKEN)


@exercises("wire.action.missing")
def test_an_action_is_required(exercise: Exercise) -> None:
    exercise.breaks(PLAIN.without("Action"))
    exercise.keeps(PLAIN)


@exercises("wire.action.bad")
def test_an_action_that_does_not_exist(exercise: Exercise) -> None:
    exercise.breaks(*wire.BAD_ACTIONS, generated=wire.bad_actions())
    exercise.keeps(PLAIN)


@exercises("wire.version.required")
def test_a_version_is_required(exercise: Exercise) -> None:
    exercise.breaks(PLAIN.without("Version"))
    exercise.keeps(PLAIN)


@exercises("wire.version.value")
def test_the_version_of_the_documents(exercise: Exercise) -> None:
    exercise.keeps(PLAIN)
    exercise.control(wire.BAD_VERSIONS[0], *rejections.SAMPLE, one=True)


@exercises("wire.version.bad")
def test_a_version_that_does_not_exist(exercise: Exercise) -> None:
    exercise.breaks(*wire.BAD_VERSIONS)
    exercise.keeps(PLAIN)


@exercises("wire.missing.generic")
def test_several_parameters_missing(exercise: Exercise) -> None:
    exercise.judge(Arm.BREAKS, exercise.send(PLAIN.without("Name", "InstanceId")))
    exercise.keeps(PLAIN)
