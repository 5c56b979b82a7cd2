"""Every row of the catalogue of documented rules is accounted for."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.commands.drift import changes, installed, to_read_again, written_from
from conformance.model import CATALOGUE, Grade
from conformance.model.sources import DOCUMENTS
from conformance.suite.registry import properties
from tests.conftest import Command

ROWS = [
    line
    for line in (Path(__file__).parent / "catalogue.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


def test_the_model_has_every_row_and_no_other() -> None:
    assert sorted(CATALOGUE) == sorted(ROWS)


@pytest.mark.parametrize("rule_id", ROWS)
def test_a_rule_is_exercised_or_says_why_not(rule_id: str) -> None:
    rule = CATALOGUE[rule_id]
    assert bool(rule.uncovered) is (rule_id not in properties())
    assert rule.statement
    assert rule.sources
    assert all(source.document in DOCUMENTS and source.section for source in rule.sources)
    if rule.asserted and not rule.uncovered:
        assert rule.keeps
        assert rule.breaks


def test_few_rules_have_no_property() -> None:
    missing = [rule for rule in CATALOGUE.values() if rule.uncovered]
    assert len(missing) <= 32
    assert all(rule.uncovered[0].islower() or rule.uncovered[0].isdigit() for rule in missing)


def test_every_grade_is_there() -> None:
    assert {rule.grade for rule in CATALOGUE.values()} == set(Grade)


def test_botocore_is_as_the_rules_were_written_from() -> None:
    assert changes(written_from(), installed()) == {}


def test_a_change_names_the_rules_to_read_again() -> None:
    then = written_from()
    now = {path: dict(facts) for path, facts in then.items()}
    now["Name"]["max"] = 129
    now["Frobnicate"] = {"type": "string"}
    del now["BlockDeviceMappings[].Ebs.Iops"]
    found = changes(then, now)
    assert found == {
        "Name": "has a different max",
        "BlockDeviceMappings[].Ebs.Iops": "was removed",
        "Frobnicate": "was added",
    }
    assert "name.length.max" in to_read_again("Name")
    assert "bdm.iops.gp3" in to_read_again("BlockDeviceMappings[].Ebs.Iops")
    assert "wire.unknown" in to_read_again("Frobnicate")


@pytest.mark.parametrize("path", sorted(installed()))
def test_each_member_has_rules(path: str) -> None:
    assert to_read_again(path)


def test_the_command_shows_all_this(amiproof: Command) -> None:
    drift = amiproof("rules", "--drift")
    assert drift.returncode == 0, drift.stdout
    whole = amiproof("rules", "name.length.max").stdout
    for part in ("at most 128", "API_CreateImage", "InvalidAMIName.Malformed", "AWS", "test_name"):
        assert part in whole, part
    uncovered = amiproof("rules", "--uncovered").stdout.splitlines()
    assert [line.split()[0] for line in uncovered] == [
        rule.id for rule in CATALOGUE.values() if rule.uncovered
    ]
