"""``--select``: the rules that it selects, and the report of the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.engine.core.errors import UsageError
from conformance.engine.core.selection import matches, nth_part, selected_rules
from conformance.model import CATALOGUE
from fixtures.faults import FAULTS
from fixtures.reference import Endpoint, serving
from reports.results import load
from tests.conftest import Command
from tests.gate.test_gate_run import KEYS


def test_patterns_select_ids_families_and_shell_patterns() -> None:
    assert selected_rules("name.length.max") == {"name.length.max"}
    assert selected_rules("name.length") == selected_rules("name.length.*")
    assert selected_rules("desc, name.length.max") > selected_rules("desc")
    assert not matches("name.length.max", ["name.len"])


def test_without_patterns_every_rule_with_a_property_is_selected() -> None:
    assert selected_rules("") == {r.id for r in CATALOGUE.values() if not r.uncovered}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name.lenght.max", "nearest are name.length.max"),
        ("name.length.max tag.effect", "'tag.effect' selects no rule"),
        ("qqqq", "see amiproof rules"),
        ("soap", "only rules that no request can test"),
    ],
)
def test_a_pattern_that_selects_no_rule_is_an_error(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        selected_rules(text)


@pytest.mark.parametrize("command", [("run", "reference"), ("plan", "reference")])
def test_the_command_ends_with_status_2(amiproof: Command, command: tuple[str, ...]) -> None:
    done = amiproof(*command, "--select", "name.empty tag.effect")
    assert (done.returncode, done.stdout) == (2, "")
    assert "tag.effect" in done.stderr


def test_results_list_the_selected_rules_alone(amiproof: Command, tmp_path: Path) -> None:
    assert amiproof("run", "reference", "--select", "name.length").returncode == 0
    results = load(tmp_path / "amiproof-report" / "results.json")
    assert {r.id for r in results.rules} == {
        id for id in selected_rules("name.length") if CATALOGUE[id].asserted
    }
    assert results.totals.rules == results.totals.passed == len(results.rules)
    assert "desc." not in (tmp_path / "amiproof-report" / "summary.md").read_text()


@pytest.mark.parametrize("text", ["", "1", "0/3", "4/3", "٣/٣", "-1/3"])
def test_a_part_is_one_of_so_many(text: str) -> None:
    assert nth_part("2/5", "part") == (2, 5)
    with pytest.raises(UsageError, match="is no part"):
        nth_part(text, "part")


def test_a_rule_that_is_not_selected_is_nowhere(amiproof: Command, tmp_path: Path) -> None:
    endpoint = Endpoint()
    FAULTS["name/accepts-129"].change(endpoint)
    with serving(endpoint) as address:
        done = amiproof("run", address, "--select", "name.length.min", env=KEYS)
    folder = tmp_path / "amiproof-report"
    results = load(folder / "results.json")
    assert (done.returncode, results.select) == (0, "name.length.min")
    assert [rule.id for rule in results.rules] == ["name.length.min"]
    assert results.totals.rules == 1
    for text in (done.stdout, (folder / "summary.md").read_text()):
        assert "name.length.max" not in text
        assert "only name.length.min" in " ".join(text.replace("\\", "").split())
