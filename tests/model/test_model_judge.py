"""The judge and attribution: the outcomes that are allowed, and the rule that another violates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis.strategies import SearchStrategy

from conformance.model import CATALOGUE, judge
from conformance.model.answer import Accepted, Indeterminate, Malformed, Outcome, Rejected
from conformance.model.attribution import Attributed, Decided, Undecided, attribute
from conformance.model.expectation import Accept, Either, Expectation, Reject
from conformance.model.request import Draft, Placeholder, Request, UniqueName, create_image
from conformance.model.world import Instance, Volume, World
from strategies import booleans, descriptions, examples, instance_ids, names, wire

SOURCES = {
    Placeholder.RUNNING: Instance(
        "i-0000000000000000a",
        "running",
        root_device_type="ebs",
        volumes=(Volume("vol-1", "/dev/sdf"),),
    ),
    Placeholder.STOPPED: Instance("i-0000000000000000b", "stopped", root_device_type="ebs"),
    Placeholder.TERMINATED: Instance("i-0000000000000000c", "terminated"),
    Placeholder.INSTANCE_STORE: Instance(
        "i-0000000d", "running", root_device_type="instance-store"
    ),
}
WORLD = World({i.id: i for i in SOURCES.values()}, {"in-use": "ami-00000001"})


def bound(draft: Draft) -> Request:
    def fill(value: Placeholder | UniqueName) -> str:
        if isinstance(value, UniqueName):
            return value.shape
        if value is Placeholder.ADDED_DEVICE:
            return "/dev/sdf"
        return SOURCES[value].id if value in SOURCES else "in-use"

    return draft.bind(fill)


def due(draft: Draft) -> Expectation:
    return judge(bound(draft), WORLD)


KEPT = (
    create_image(),
    names.CORE_AT_ONCE,
    *names.EXTRA_AT_ONCE,
    *names.SHORTEST_LEGAL,
    *names.LONGEST_LEGAL,
    *descriptions.LONGEST_LEGAL,
    descriptions.EMPTY,
    descriptions.PLUS,
    examples.FIRST,
    examples.SECOND,
    instance_ids.STOPPED,
    wire.BY_GET,
    wire.EVERY_NAME,
)
BROKEN = (
    ("name.required", (create_image().without("Name"),)),
    ("name.empty", (names.named(""),)),
    ("name.length.min", names.TOO_SHORT),
    ("name.length.max", names.TOO_LONG),
    ("name.charset.other", names.OTHER),
    ("name.charset.comma", names.COMMA),
    ("name.unique", (create_image(Name=Placeholder.USED_NAME),)),
    ("desc.max255", descriptions.TOO_LONG),
    ("inst.required", (create_image().without("InstanceId"),)),
    ("inst.format", instance_ids.MALFORMED[:-1]),
    ("inst.format.len", instance_ids.OTHER_LENGTHS),
    ("inst.exists", instance_ids.UNKNOWN),
    ("inst.state.terminal", (instance_ids.TERMINATED,)),
    ("inst.root.ebs", (instance_ids.INSTANCE_STORE,)),
    ("wire.bool", booleans.nonsense_of("NoReboot") + booleans.nonsense_of("DryRun")),
    ("wire.unknown", wire.UNKNOWN),
    ("wire.action.bad", wire.BAD_ACTIONS),
    ("wire.version.bad", wire.BAD_VERSIONS),
)
SILENT = (
    *names.OTHER_SCRIPTS,
    *names.ONLY_SPACES,
    *descriptions.UNSPECIFIED,
    *instance_ids.NOT_HEXADECIMAL,
    *booleans.unspecified_of("NoReboot"),
    *wire.TWICE[1:],
    *wire.GAPS,
    *wire.FROM_ZERO,
)


@pytest.mark.parametrize("draft", KEPT, ids=str)
def test_a_request_that_keeps_every_rule_must_be_accepted(draft: Draft) -> None:
    assert due(draft) == Accept()


@pytest.mark.parametrize(("rule_id", "drafts"), BROKEN, ids=[id for id, _ in BROKEN])
def test_a_request_that_breaks_one_rule_must_be_rejected_for_it(
    rule_id: str, drafts: tuple[Draft, ...]
) -> None:
    for draft in drafts:
        expectation = due(draft)
        assert isinstance(expectation, Reject), draft
        assert expectation.rules == (rule_id,), draft
        assert expectation.codes == CATALOGUE[rule_id].codes, draft


@pytest.mark.parametrize("draft", SILENT, ids=str)
def test_an_unspecified_request_may_be_accepted_or_rejected(draft: Draft) -> None:
    expectation = due(draft)
    assert isinstance(expectation, Either), expectation
    assert expectation.allows(Accepted("ami-1"))
    assert expectation.allows(Rejected("Anything", 400))
    assert not expectation.allows(Rejected("Anything", 500))


def _property(strategy: SearchStrategy[Draft], rule_id: str) -> None:
    @given(strategy)
    def breaks(draft: Draft) -> None:
        expectation = due(draft)
        assert isinstance(expectation, Reject)
        assert expectation.rules == (rule_id,)

    breaks()


def test_each_strategy_breaks_its_rule_and_no_other() -> None:
    _property(names.too_short(), "name.length.min")
    _property(names.too_long(), "name.length.max")
    _property(names.with_other(), "name.charset.other")
    _property(names.with_comma(), "name.charset.comma")
    _property(descriptions.too_long(), "desc.max255")
    _property(instance_ids.unknown(), "inst.exists")
    _property(instance_ids.malformed(), "inst.format")
    _property(booleans.nonsense(), "wire.bool")
    _property(wire.unknown_names(), "wire.unknown")
    _property(wire.bad_actions(), "wire.action.bad")


@given(names.legal())
def test_legal_names_are_legal(draft: Draft) -> None:
    assert due(draft) == Accept()


@given(descriptions.texts())
def test_texts_are_legal_descriptions(draft: Draft) -> None:
    assert due(draft) == Accept()


def test_two_broken_rules_allow_the_codes_of_both() -> None:
    expectation = due(create_image(Name="ab", InstanceId="i-1"))
    assert isinstance(expectation, Reject)
    assert expectation.codes == {"InvalidAMIName.Malformed", "InvalidInstanceID.Malformed"}


def test_a_dry_run_is_never_a_success() -> None:
    good, bad = due(create_image(DryRun="true")), due(create_image(DryRun="true", Name="ab"))
    assert good == Reject(frozenset({"DryRunOperation"}), ("dryrun.permitted",))
    assert isinstance(bad, Reject)
    assert bad.codes == {"DryRunOperation", "InvalidAMIName.Malformed"}


SHORT = Reject(frozenset({"InvalidAMIName.Malformed"}), ("name.length.min",))


@pytest.mark.parametrize(
    ("expectation", "outcome", "judgement"),
    [
        (SHORT, Rejected("InvalidAMIName.Malformed", 400), Decided()),
        (SHORT, Rejected("Client.InvalidAMIName.Malformed", 400), Decided()),
        (SHORT, Rejected("MissingParameter", 400), Attributed("own")),
        (SHORT, Accepted("ami-1"), Attributed("own")),
        (SHORT, Malformed("HTML", 500), Attributed("err.class.client")),
        (SHORT, Rejected("InternalError", 500), Attributed("err.class.client")),
        (SHORT, Indeterminate("connection reset"), Attributed("err.class.client")),
        (SHORT, Malformed("JSON", 400), Attributed("err.shape")),
        (Accept(), Accepted("ami-1"), Decided()),
        (Accept(), Rejected("InvalidAMIName.Malformed", 400), Attributed("own")),
    ],
)
def test_attribution(expectation: Expectation, outcome: Outcome, judgement: object) -> None:
    assert attribute(expectation, outcome, "own") == judgement


@pytest.mark.parametrize(
    ("expectation", "outcome"),
    [
        (Accept(), Rejected("InternalError", 500)),
        (Accept(), Malformed("HTML", 500)),
        (Accept(), Indeterminate("timeout")),
        (Accept(), Rejected("SnapshotLimitExceeded", 400)),
        (SHORT, Indeterminate("timeout")),
    ],
)
def test_an_undecided_outcome_is_attributed_to_no_rule(
    expectation: Expectation, outcome: Outcome
) -> None:
    assert isinstance(attribute(expectation, outcome, "own"), Undecided)


def test_the_catalogue_is_whole() -> None:
    for rule in CATALOGUE.values():
        assert rule.statement.endswith("."), rule.id
        assert rule.sources, rule.id
        if rule.asserted and not rule.uncovered:
            assert rule.keeps, rule.id
            assert rule.breaks, rule.id
