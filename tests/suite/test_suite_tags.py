"""The rules on tags against the reference endpoint, as it is and with one thing wrong."""

from __future__ import annotations

from collections.abc import Callable, Container
from pathlib import Path
from typing import Any

import pytest

from conformance.engine.core.effort import EffortName
from conformance.engine.core.record import Record
from conformance.engine.core.target import Keys, Target
from conformance.engine.property import runner
from conformance.engine.property.exercise import Exercise
from conformance.engine.run.worker import Plan, Worker
from conformance.model import CATALOGUE
from conformance.suite import test_error, test_tags
from fixtures.reference import ADMINISTRATOR, NO_TAGS, Credential, Endpoint, Timing, serving
from fixtures.reference.errors import ApiError
from reports.results import load
from tests.conftest import Command

FAMILY = [
    rule.id
    for rule in CATALOGUE.values()
    if rule.asserted
    and not rule.uncovered
    and (rule.id.startswith("tag.") or rule.id in ("auth.tags", "auth.no_tags"))
]
PROPERTIES = [
    (rule_id, function)
    for module in (test_error, test_tags)
    for function in vars(module).values()
    if hasattr(function, "pytestmark")
    for rule_id in function.pytestmark[0].args[1]
]


def _records(
    endpoint: Endpoint,
    folder: Path,
    effort: EffortName = "quick",
    rules: Container[str] = frozenset(dict(PROPERTIES)),
) -> list[Record]:
    """What the properties on tags, and those on errors, find out about an endpoint."""
    with serving(endpoint) as url:
        target = Target(
            name=url,
            endpoint=url,
            keys=_keys(ADMINISTRATOR),
            no_tags_keys=_keys(NO_TAGS),
            window=0.05,
        )
        part = Worker(Plan(target, "tags", str(folder), effort))
        chosen = [(rule_id, run) for rule_id, run in PROPERTIES if rule_id in rules]
        return [_record(part.exercise(rule_id), run) for rule_id, run in chosen]


def _keys(credential: Credential) -> Keys:
    return Keys(credential.access_key, credential.secret_key)


def _record(exercise: Exercise, run: Callable[[Exercise], None]) -> Record:
    return runner.run(run, exercise)


def _endpoint() -> Endpoint:
    return Endpoint(timing=Timing(0.0, 0.0, 0.0, 0.0))


def test_the_reference_keeps_every_rule_on_tags(tmp_path: Path) -> None:
    records = {record.rule: record for record in _records(_endpoint(), tmp_path)}
    assert [finding for record in records.values() for finding in record.findings] == []
    for rule_id in FAMILY:
        assert records[rule_id].keeps, rule_id
        assert records[rule_id].breaks, rule_id
    silent = [r for r in CATALOGUE.values() if r.id.startswith("tag.") and not r.asserted]
    for rule in silent:
        assert records[rule.id].observations, rule.id


def test_a_rare_type_is_tried_at_standard(tmp_path: Path) -> None:
    """At quick some of a hundred types are tried, others with another seed."""
    endpoint = _endpoint()
    endpoint.create_image.taggable = frozenset({"image", "snapshot", "vpn-gateway"})  # type: ignore[misc]
    records = _records(endpoint, tmp_path, "standard", {"tag.rt.other"})
    found = [f for record in records for f in record.findings]
    assert [finding.rule for finding in found] == ["tag.rt.other"]
    request = dict(found[0].deviation.request)
    assert request["TagSpecification.1.ResourceType"] == "vpn-gateway"


def test_what_it_costs(amiproof: Command, tmp_path: Path) -> None:
    done = amiproof("run", "reference", "--select", "tag auth.tags auth.no_tags")
    assert done.returncode == 0, done.stdout + done.stderr
    results = load(tmp_path / "amiproof-report" / "results.json")
    assert results.totals.passed == len(FAMILY)
    assert results.totals.images_created <= 10
    assert results.totals.create_image_requests <= 190


def test_somebody_who_may_not_tag(amiproof: Command, tmp_path: Path) -> None:
    """Where nobody such is known the rules are not applicable; a profile makes them so."""
    selected = ("--select", "auth.tags auth.no_tags")
    with serving(Endpoint(check_signatures=False)) as url:
        alone = amiproof("run", url, *selected)
    assert alone.returncode == 4, "nothing else was selected"
    assert "give --no-tags-profile" in " ".join(alone.stdout.split())
    unknown = amiproof("run", "reference", "--no-tags-profile", "nobody-has-this", *selected)
    assert unknown.returncode == 2
    assert "no profile" in unknown.stderr


Fault = Callable[[Endpoint], None]
FAULTS: dict[str, tuple[Fault, set[str]]] = {}


def fault(*rules: str) -> Callable[[Fault], Fault]:
    """A change to the reference endpoint, and the rules that it breaks."""

    def register(change: Fault) -> Fault:
        FAULTS[change.__name__.removeprefix("_")] = change, set(rules)
        return change

    return register


def _without(endpoint: Endpoint, effect: str) -> None:
    endpoint.create_image.effects = tuple(
        each for each in endpoint.create_image.effects if each != effect
    )


def _retagged(endpoint: Endpoint, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
    """Tags are changed after they were checked."""
    read = endpoint.create_image.read_tags

    def read_tags(draft: Any) -> None:
        read(draft)
        draft.image_tags = change(draft.image_tags)
        draft.snapshot_tags = change(draft.snapshot_tags)

    endpoint.create_image.read_tags = read_tags  # type: ignore[method-assign]


def _refusing(endpoint: Endpoint, wrong: Callable[[str, str], bool]) -> None:
    """Some tags are refused that are good."""
    check = endpoint.create_image.check_tag_value

    def check_tag_value(key: str, value: str) -> None:
        if wrong(key, value):
            raise ApiError("InvalidParameterValue", "not like this")
        check(key, value)

    endpoint.create_image.check_tag_value = check_tag_value  # type: ignore[method-assign]


@fault("tag.rt.image")
def _image_tags_dropped(endpoint: Endpoint) -> None:
    _without(endpoint, "tag_image")


@fault("tag.rt.snapshot")
def _snapshot_tags_dropped(endpoint: Endpoint) -> None:
    _without(endpoint, "tag_snapshots")


@fault("tag.rt.snapshot")
def _snapshot_tags_on_the_first_snapshot_only(endpoint: Endpoint) -> None:
    def tag_snapshots(draft: Any) -> None:
        next(iter(draft.snapshots.values())).tags.update(draft.snapshot_tags)

    endpoint.create_image.tag_snapshots = tag_snapshots  # type: ignore[method-assign]


@fault("tag.rt.image")
def _image_tags_also_on_snapshots(endpoint: Endpoint) -> None:
    def tag_snapshots(draft: Any) -> None:
        for snapshot in draft.snapshots.values():
            snapshot.tags.update(draft.image_tags | draft.snapshot_tags)

    endpoint.create_image.tag_snapshots = tag_snapshots  # type: ignore[method-assign]


@fault("tag.rt.snapshot")
def _snapshot_tags_also_on_the_image(endpoint: Endpoint) -> None:
    def tag_image(draft: Any) -> None:
        tags = endpoint.state.images[draft.image_id].tags
        tags.update(draft.snapshot_tags | draft.image_tags)

    endpoint.create_image.tag_image = tag_image  # type: ignore[method-assign]


@fault("tag.rt.both")
def _last_specification_alone(endpoint: Endpoint) -> None:
    read = endpoint.create_image.read_tag_specifications

    def read_tag_specifications(params: Any) -> dict[str, dict[str, str]]:
        return dict(list(read(params).items())[-1:])

    endpoint.create_image.read_tag_specifications = read_tag_specifications  # type: ignore[method-assign]


@fault("tag.optional")
def _tags_inherited_from_the_instance(endpoint: Endpoint) -> None:
    def tag_image(draft: Any) -> None:
        tags = endpoint.state.images[draft.image_id].tags
        tags.update(draft.instance.tags | draft.image_tags)

    endpoint.create_image.tag_image = tag_image  # type: ignore[method-assign]


@fault("tag.optional")
def _tags_inherited_from_the_volume(endpoint: Endpoint) -> None:
    def tag_snapshots(draft: Any) -> None:
        for snapshot in draft.snapshots.values():
            volume = endpoint.state.volumes[snapshot.volume_id]
            snapshot.tags.update(volume.tags | draft.snapshot_tags)

    endpoint.create_image.tag_snapshots = tag_snapshots  # type: ignore[method-assign]


@fault("tag.optional")
def _tags_required(endpoint: Endpoint) -> None:
    read = endpoint.create_image.read_tags

    def read_tags(draft: Any) -> None:
        read(draft)
        if not draft.image_tags and not draft.snapshot_tags:
            raise ApiError("MissingParameter", "tags are wanted")

    endpoint.create_image.read_tags = read_tags  # type: ignore[method-assign]


@fault("tag.rt.other")
def _instance_accepted_as_a_type(endpoint: Endpoint) -> None:
    endpoint.create_image.taggable = frozenset({"image", "snapshot", "instance"})  # type: ignore[misc]


@fault("tag.rt.missing")
def _type_taken_for_image(endpoint: Endpoint) -> None:
    read = endpoint.create_image.read_resource_type
    endpoint.create_image.read_resource_type = (  # type: ignore[method-assign]
        lambda member: read({**member, "ResourceType": member.get("ResourceType") or "image"})
    )


@fault("tag.count.50")
def _51_tags_accepted(endpoint: Endpoint) -> None:
    endpoint.create_image.tag_limit = 51


@fault("tag.count.50")
def _50_tags_refused(endpoint: Endpoint) -> None:
    endpoint.create_image.tag_limit = 49


@fault("tag.count.50")
def _10_tags_at_most(endpoint: Endpoint) -> None:
    endpoint.create_image.tag_limit = 10


@fault("tag.count.50")
def _50_tags_in_a_request(endpoint: Endpoint) -> None:
    read = endpoint.create_image.read_tag_specifications

    def read_tag_specifications(params: Any) -> dict[str, dict[str, str]]:
        found = read(params)
        endpoint.create_image.check_tag_count(sum(map(len, found.values())))
        return found

    endpoint.create_image.read_tag_specifications = read_tag_specifications  # type: ignore[method-assign]


@fault("tag.count.50")
def _another_code_for_51_tags(endpoint: Endpoint) -> None:
    def check_tag_count(count: int) -> None:
        if count > 50:
            raise ApiError("InvalidTagKey.Malformed", "too many")

    endpoint.create_image.check_tag_count = check_tag_count  # type: ignore[method-assign]


@fault("tag.rt.image")
def _first_nine_tags_kept(endpoint: Endpoint) -> None:
    def tag_image(draft: Any) -> None:
        tags = endpoint.state.images[draft.image_id].tags
        tags.update(list(draft.image_tags.items())[:9])

    endpoint.create_image.tag_image = tag_image  # type: ignore[method-assign]


@fault("tag.key.aws")
def _reserved_keys_accepted(endpoint: Endpoint) -> None:
    endpoint.create_image.check_tag_key_prefix = lambda key: None  # type: ignore[method-assign]


@fault("tag.key.aws")
def _every_key_with_aws_refused(endpoint: Endpoint) -> None:
    _refusing(endpoint, lambda key, value: key.startswith("aws"))


@fault("tag.key.empty")
def _empty_key_accepted(endpoint: Endpoint) -> None:
    check = endpoint.create_image.check_tag_key
    endpoint.create_image.check_tag_key = (  # type: ignore[method-assign]
        lambda key: None if key == "" else check(key)
    )


@fault("tag.key.unique")
def _a_key_shown_twice(endpoint: Endpoint) -> None:
    once = endpoint.shapes.tag_set

    def tag_set(tags: Any) -> Any:
        return [(name, [*items, items[0]]) for name, items in once(tags)]

    endpoint.shapes.tag_set = tag_set  # type: ignore[method-assign]


@fault("tag.key.max")
def _127_characters_refused(endpoint: Endpoint) -> None:
    endpoint.create_image.tag_key_max = 126


@fault("tag.key.max")
def _129_characters_accepted(endpoint: Endpoint) -> None:
    endpoint.create_image.tag_key_max = 129


@fault("tag.key.max")
def _bytes_counted(endpoint: Endpoint) -> None:
    _refusing(endpoint, lambda key, value: len(key.encode()) > 128)


@fault("tag.key.max")
def _keys_cut(endpoint: Endpoint) -> None:
    _retagged(endpoint, lambda tags: {key[:100]: value for key, value in tags.items()})


@fault("tag.value.max")
def _255_characters_refused(endpoint: Endpoint) -> None:
    endpoint.create_image.tag_value_max = 254


@fault("tag.value.max")
def _257_characters_accepted(endpoint: Endpoint) -> None:
    endpoint.create_image.tag_value_max = 257


@fault("tag.value.max")
def _values_cut(endpoint: Endpoint) -> None:
    _retagged(endpoint, lambda tags: {key: value[:128] for key, value in tags.items()})


@fault("tag.key.case")
def _keys_in_lower_case(endpoint: Endpoint) -> None:
    _retagged(endpoint, lambda tags: {key.lower(): value for key, value in tags.items()})


@fault("tag.key.case")
def _keys_alike_but_for_case_refused(endpoint: Endpoint) -> None:
    gather = endpoint.create_image.gather_tags

    def gather_tags(tags: Any) -> dict[str, str]:
        gather([(key.lower(), value) for key, value in tags])
        return gather(tags)

    endpoint.create_image.gather_tags = gather_tags  # type: ignore[method-assign]


@fault("tag.key.case")
def _first_of_keys_alike_kept(endpoint: Endpoint) -> None:
    def merged(tags: dict[str, str]) -> dict[str, str]:
        first = {key.lower(): key for key in reversed(tags)}
        return {key: tags[key] for key in tags if first[key.lower()] == key}

    _retagged(endpoint, merged)


@fault("tag.value.empty")
def _empty_values_dropped(endpoint: Endpoint) -> None:
    _retagged(endpoint, lambda tags: {key: value for key, value in tags.items() if value})


@fault("tag.value.empty")
def _empty_values_refused(endpoint: Endpoint) -> None:
    _refusing(endpoint, lambda key, value: not value)


@fault("tag.value.empty")
def _empty_values_become_null(endpoint: Endpoint) -> None:
    _retagged(endpoint, lambda tags: {key: value or "null" for key, value in tags.items()})


@fault("tag.charset")
def _texts_stripped(endpoint: Endpoint) -> None:
    _retagged(endpoint, lambda tags: {k.strip(): v.strip() for k, v in tags.items()})


@fault("tag.charset")
def _other_scripts_refused(endpoint: Endpoint) -> None:
    _refusing(endpoint, lambda key, value: not (key + value).isascii() and len(key + value) < 100)


@fault("tag.charset")
def _other_scripts_lost(endpoint: Endpoint) -> None:
    def ascii_only(text: str) -> str:
        return text.encode("ascii", "replace").decode()

    _retagged(endpoint, lambda tags: {k: ascii_only(v) for k, v in tags.items()})


@fault("tag.charset")
def _values_in_lower_case(endpoint: Endpoint) -> None:
    _retagged(endpoint, lambda tags: {key: value.lower() for key, value in tags.items()})


@fault("tag.atomic")
def _refused_tags_leave_the_image(endpoint: Endpoint) -> None:
    create = endpoint.create_image
    create.steps = tuple(step for step in create.steps if step != "read_tags")
    create.effects = ("reboot", "name_image", "take_snapshots", "register", "read_tags",
                      "tag_image", "tag_snapshots")  # fmt: skip


@fault("tag.atomic")
def _refused_tags_leave_snapshots(endpoint: Endpoint) -> None:
    create = endpoint.create_image
    create.steps = tuple(step for step in create.steps if step != "read_tags")
    create.effects = ("reboot", "name_image", "take_snapshots", "read_tags", "register",
                      "tag_image", "tag_snapshots")  # fmt: skip


@fault("err.atomic")
def _every_refusal_leaves_the_image(endpoint: Endpoint) -> None:
    """Something is made for a name that is refused as well: the tags have no part in it."""
    create = endpoint.create_image
    checks = [step for step in create.steps if step in ("read_tags", "read_name_late")]
    name = create.read_name

    def read_name(draft: Any) -> None:
        draft.name = draft.call.params.get("Name", "")

    create.read_name = read_name  # type: ignore[method-assign]
    create.read_name_late = name  # type: ignore[attr-defined]
    create.steps = tuple(step for step in create.steps if step not in checks)
    create.effects = ("reboot", "name_image", "take_snapshots", "register", "read_name_late",
                      "read_tags", "tag_image", "tag_snapshots")  # fmt: skip


@fault("tag.immediate")
def _describe_tags_shows_no_snapshots(endpoint: Endpoint) -> None:
    every = endpoint.describe_tags.tags
    endpoint.describe_tags.tags = lambda call: (  # type: ignore[method-assign]
        tag for tag in every(call) if tag[1] != "image"
    )


@fault("auth.tags")
def _anybody_may_tag(endpoint: Endpoint) -> None:
    allows = endpoint.policy.allows
    endpoint.policy.allows = lambda caller, action: (  # type: ignore[method-assign]
        action == "CreateTags" or allows(caller, action)
    )


@fault("auth.no_tags")
def _everybody_has_to_be_able_to_tag(endpoint: Endpoint) -> None:
    read = endpoint.create_image.read_permission

    def read_permission(draft: Any) -> None:
        endpoint.policy.demand(draft.call.caller, "CreateTags")
        read(draft)

    endpoint.create_image.read_permission = read_permission  # type: ignore[method-assign]


@fault("tag.rt.image", "tag.rt.snapshot")
def _tags_are_no_parameter(endpoint: Endpoint) -> None:
    def read_tags(draft: Any) -> None:
        if any(name.startswith("TagSpecification.") for name in draft.call.params):
            raise ApiError("UnknownParameter", "no tags here")

    endpoint.create_image.read_tags = read_tags  # type: ignore[method-assign]


@fault("tag.rt.image", "tag.rt.snapshot")
def _tags_are_ignored(endpoint: Endpoint) -> None:
    endpoint.create_image.read_tags = lambda draft: None  # type: ignore[method-assign]


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_fails_the_rule_it_breaks(name: str, tmp_path: Path) -> None:
    change, rules = FAULTS[name]
    endpoint = _endpoint()
    change(endpoint)
    findings = [f for record in _records(endpoint, tmp_path) for f in record.findings]
    assert {f.rule for f in findings} == rules, [(f.rule, f.deviation.observed) for f in findings]
