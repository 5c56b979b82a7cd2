"""Name: its presence, length, characters and uniqueness, and that it is reported as sent."""

from __future__ import annotations

import contextlib

from conformance.engine.client.api import Refused
from conformance.engine.execution.concurrent import create_concurrently
from conformance.engine.observation.trial import Trial
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.spec import breaks, control, keeps, observe, requires, select
from conformance.model import Arm
from conformance.model.answer import is_server_error
from conformance.model.deregistration import is_left
from conformance.model.history import Created
from conformance.model.request import Draft, Placeholder, UniqueName, create_image
from conformance.suite.declare import FROM_STANDARD, exercises, prop
from conformance.suite.scenarios import DEREGISTRATION, DISABLED_IMAGE
from reports.reasons import masked_by
from strategies import covering, examples, instance_ids, names, rejections, unspecified
from strategies.scenarios import TO_BE_DISABLED, TO_BE_LAUNCHED

PLAIN = create_image()
OF_ANOTHER_INSTANCE = create_image(InstanceId=Placeholder.STOPPED, Name=Placeholder.USED_NAME)


test_a_name_is_required = prop(
    "name.required", breaks(PLAIN.without("Name")), keeps(PLAIN), observe(examples.THIRD)
)


test_an_empty_name_is_refused = prop("name.empty", breaks(names.named("")), keeps(PLAIN))


test_at_least_3_characters = prop(
    "name.length.min",
    breaks(*names.TOO_SHORT, generated=names.too_short()),
    keeps(names.SHORTEST_LEGAL[0], via=covering.STOPPED),
    requires(names.EXTRA_AT_ONCE[1], "name.charset.extra"),
    keeps(names.SHORTEST_LEGAL[1], via=covering.STOPPED),
)


test_at_most_128_characters = prop(
    "name.length.max",
    breaks(*names.TOO_LONG, generated=names.too_long()),
    keeps(names.LONGEST_LEGAL[0], via=covering.FULL),
    requires(names.CORE_AT_ONCE, "name.charset.core"),
    keeps(names.LONGEST_LEGAL[1], via=covering.FULL),
)


test_letters_digits_and_the_shared_punctuation = prop(
    "name.charset.core",
    keeps(names.CORE_AT_ONCE, generated=names.with_core(), via=covering.GREATEST),
    keeps(names.NUMBER, via=TO_BE_LAUNCHED),
    keeps(names.DIGITS_FIRST, via=TO_BE_DISABLED),
    control(names.named("aa!"), *rejections.SAMPLE, one=True),
)


test_the_characters_that_the_action_page_adds = prop(
    "name.charset.extra",
    keeps(*names.EXTRA_AT_ONCE, generated=names.with_extra(), via=covering.EVERY_PARAMETER),
    control(*names.NEAR_EXTRA, *rejections.SAMPLE, one=True),
)


test_no_comma = prop(
    "name.charset.comma", breaks(*names.COMMA, generated=names.with_comma()), keeps(PLAIN)
)


test_no_other_character = prop(
    "name.charset.other", breaks(*names.OTHER, generated=names.with_other()), keeps(PLAIN)
)


test_other_scripts = prop(
    "name.charset.unicode",
    observe(
        select(names.OTHER_SCRIPTS, at_quick=1),
        select(names.OTHER_DIGITS, at_quick=1),
        whole=unspecified.OFTEN_REFUSED,
    ),
)


test_what_a_length_counts = prop("name.length.unit", observe(select(names.UNITS, at_quick=1)))


test_nothing_but_spaces = prop(
    "name.edge_space", observe(select(names.ONLY_SPACES, at_quick=1), via=unspecified.ALL)
)


@exercises(
    "name.unique",
    requires=("lc.not_idempotent",),
    sends=(keeps(PLAIN), breaks(create_image(Name=Placeholder.USED_NAME), OF_ANOTHER_INSTANCE)),
    slowness=1,
)
def test_a_name_in_use_is_refused(exercise: Exercise) -> None:
    exercise.keeps(PLAIN)
    again = exercise.send(create_image(Name=Placeholder.USED_NAME))
    if again.accepted and again.image_id == again.before.names.get(again.request.name or ""):
        exercise.skip("not decided: see lc.not_idempotent")
        return
    exercise.breaks(again.draft)
    stopped = exercise.send(instance_ids.STOPPED, via=covering.STOPPED)
    if (stopped and stopped.accepted) or exercise.send(instance_ids.STOPPED).accepted:
        exercise.breaks(OF_ANOTHER_INSTANCE)
    used = exercise.send(PLAIN).request.name or ""
    exercise.keeps(
        names.beyond(used).having({"Description": "true"}),
        names.beginning_of(used).having({"Description": "2024-01-02"}),
    )
    _judge_race(exercise, *exercise.scenarios.concurrent(_near(exercise)))
    for _ in range(exercise.effort.accepted_examples):
        if not exercise.record.own():
            request = exercise.session.binder.bind(AT_ONCE)
            _judge_race(exercise, *create_concurrently(exercise.session, AT_ONCE, request, request))


def _near(exercise: Exercise) -> Draft:
    """A free name with _ where a name in use has -, for endpoints that match _ as a wildcard."""
    used = exercise.send(PLAIN).request.name or ""
    return names.named(used.replace("-", "_", 1))


def _judge_race(exercise: Exercise, first: Trial, second: Trial) -> None:
    """One of two concurrent requests for one name gets it, and no more than one."""
    if is_server_error(second.outcome):
        exercise.skip(f"inconclusive: one of two concurrent requests; {second.summary}")
    elif first.accepted and first.image_id == second.image_id:
        exercise.skip("not decided: see lc.not_idempotent")
    elif first.accepted and second.accepted and not _is_shown(exercise, first):
        exercise.skip(masked_by("st.image.exists"))  # nothing shows that it holds its name
    elif first.accepted:
        exercise.check(Arm.BREAKS, second, before=[first])
    elif second.code == "InvalidAMIName.Duplicate":
        exercise.check(Arm.KEEPS, first, before=[exercise.send(PLAIN)])
    else:
        exercise.skip(f"inconclusive: neither of two concurrent requests; {second.summary}")


def _is_shown(exercise: Exercise, trial: Trial) -> bool:
    """Whether DescribeImages shows the image of a trial."""
    with contextlib.suppress(Refused):
        return exercise.session.observer.complete(trial.image_id or "") is not None
    return False


AT_ONCE = create_image(Name=UniqueName("amiproof-at-once-00000000"))


@exercises("name.case")
def test_a_name_in_use_in_another_case(exercise: Exercise) -> None:
    if not exercise.effort.accepted_examples:
        exercise.skip(FROM_STANDARD)
        return
    first = exercise.send(names.MIXED_CASE, unless="refused")
    if first is not None:
        exercise.observe(names.named((first.request.name or "").swapcase()))


@exercises("name.unique.pending")
def test_the_name_of_a_pending_image(exercise: Exercise) -> None:
    """The second of two concurrent requests for one name."""
    first, second = exercise.scenarios.concurrent(_near(exercise))
    if first.accepted:
        exercise.observe(second)
    else:
        exercise.skip(f"inconclusive: neither of two concurrent requests; {second.summary}")


@exercises("name.unique.failed", needs=(DISABLED_IMAGE,), slowness=3)
def test_the_name_of_a_disabled_image(exercise: Exercise) -> None:
    history = exercise.scenarios.history(DISABLED_IMAGE)
    again = history.since(history.first(Created)).last(Created)
    if again is None:
        exercise.skip(history.ended)
    else:
        held = "is refused" if again.came.kind == "rejected" else "is accepted"
        trial = exercise.scenarios.trial(DISABLED_IMAGE, again)
        exercise.observe(trial, seen=f"the name of a disabled image {held}")


@exercises("name.reuse_after_deregister", requires=("lc.deregister",), needs=(DEREGISTRATION,))
def test_a_name_is_free_after_deregistration(exercise: Exercise) -> None:
    """name.unique covers the refusal while the image exists. Here the refusal has to end."""
    session = exercise.session
    exercise.control(create_image(Name=Placeholder.USED_NAME))
    history = exercise.scenarios.history(DEREGISTRATION)
    created = history.first(Created)
    if created is None:
        exercise.skip(history.ended)
        return
    first = exercise.scenarios.trial(DEREGISTRATION, created)
    mask = exercise.parts.workarounds.mask_of(first)
    if not mask and created.image_id is None:
        mask = next((each.rule for each in first.violations), "")
    if mask:
        exercise.skip(masked_by(mask))
        return
    if history.ended:
        if not first.accepted:
            exercise.skip(history.ended)
            return
        session.executor.deregister(first)
    request = session.binder.bind(first.draft.having({"Name": first.request.name or ""}))
    with session.answers_alone():
        again = session.patience.until(
            "name free again",
            lambda: session.executor.execute(first.draft, request),
            lambda trial: trial.accepted or trial.request.name in session.registry.names,
            acts=True,
        )
    if not again.accepted and (left := is_left(history)):
        exercise.skip(left)
        return
    exercise.check(Arm.KEEPS)
    # A lost answer may have been a success: then the image exists.
    if not again.accepted and again.request.name not in session.registry.names:
        exercise.check(Arm.KEEPS, again, again.observed, before=[first])


test_the_name_is_reported_as_sent = prop(
    "name.roundtrip",
    requires(names.CORE_AT_ONCE, "name.charset.core"),
    keeps(names.MIXED_CASE, via=covering.STORE_UNTAGGED),
    keeps(names.EXTRA_AT_ONCE[1], via=covering.EVERY_PARAMETER),
    keeps(names.NUMBER, via=TO_BE_LAUNCHED),
    keeps(names.DIGITS_FIRST, via=TO_BE_DISABLED),
    control(names.named("ab"), *rejections.SAMPLE, one=True),
)
