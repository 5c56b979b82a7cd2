"""Sets of faults: which can be combined, and the command that runs the suite against them."""

from __future__ import annotations

import json
from pathlib import Path

from conformance.prove.attempt import Attempt
from conformance.prove.together import Together, conflict, drawn, touched
from fixtures.faults import FAULTS
from tests.conftest import Command


def test_each_fault_changes_an_attribute_that_is_seen() -> None:
    assert [id for id in FAULTS if not touched(id)] == []


def test_faults_of_one_method_are_not_combined() -> None:
    assert conflict("name/accepts-129", "name/accepts-2") is False
    assert conflict("name/no-character-check", "name/multiline-expression")
    assert not conflict("reach/mappings-are-never-read", "name/comma-passes")


def test_a_replaced_method_hides_changes_of_what_it_called() -> None:
    assert conflict("error/root-is-error-response", "error/request-id-is-always-the-same")
    assert not conflict("error/root-is-error-response", "name/accepts-129")


def test_the_seed_decides_the_sets() -> None:
    sets = list(drawn(FAULTS, 4, 10, 1))
    assert sets == list(drawn(FAULTS, 4, 10, 1)) != list(drawn(FAULTS, 4, 10, 2))
    for each in sets:
        assert len(set(each)) == 4
        assert not any(conflict(a, b) for a in each for b in each if a != b)


def _set(blamed: tuple[str, ...], untested: dict[str, str]) -> Together:
    attempt = Attempt(
        id="set",
        blamed=blamed,
        sightings={},
        deviations=(),
        first=None,
        requests=1,
        seconds=1.0,
        untested=untested,
    )
    faults = ("instance/any-form-passes", "reach/an-unknown-instance-has-another-code")
    return Together(round=1, faults=faults, attempt=attempt)


def test_a_fault_is_found_or_masked_by_the_rule_of_another() -> None:
    reason = "masked by inst.exists, which the target breaks"
    both = _set(("inst.exists", "inst.format"), {})
    assert both.good
    masked = _set(("inst.exists",), {"inst.format": reason})
    assert masked.good
    assert masked.mask("instance/any-form-passes") == "inst.exists"
    untrue = _set(("inst.exists",), {"inst.format": "masked by name.empty, which it breaks"})
    assert untrue.missed == ["instance/any-form-passes"]
    assert _set(("inst.exists",), {}).missed == ["instance/any-form-passes"]
    assert _set(("inst.exists", "inst.format", "name.empty"), {}).outside == ["name.empty"]


def test_the_command(amiproof: Command, tmp_path: Path) -> None:
    file = tmp_path / "together.json"
    done = amiproof(
        "prove", "--together", "2", "--rounds", "1", "--select", "name/ desc.max255",
        "--json", str(file),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 of 1 sets have the right result" in done.stdout
    (row,) = json.loads(file.read_text())["rows"]
    assert len(row["faults"]) == 2


def test_no_set_can_be_combined(amiproof: Command) -> None:
    done = amiproof("prove", "--together", "3", "--rounds", "1", "--select", "name/accepts-129")
    assert done.returncode == 2
