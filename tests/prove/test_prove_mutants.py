"""Mutants of the reference: each changes one node, is put in, and is taken out again."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import msgspec
import pytest

from conformance.prove.mutants import Mutants, drawn, mutant_row
from fixtures.mutants import all_mutants, applied, equivalents, put_in
from fixtures.mutants.operators import replacements
from fixtures.reference import Endpoint
from fixtures.reference.create_image import CreateImage
from fixtures.reference.create_image.name import NameChecks
from tests.conftest import Command

LONGER = "create_image.name.NameChecks: 128 -> 129"
DROPPED = "create_image.name.NameChecks.read_name: self.check_name_length(name) -> pass"


def mistakes(code: str) -> set[str]:
    """Every replacement of every node of a statement, as code."""

    def each() -> Iterator[str]:
        for node in ast.walk(ast.parse(code)):
            yield from (ast.unparse(other) for other in replacements(node))

    return set(each())


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("a < b", {"a <= b"}),
        ("a is None", {"a is not None"}),
        ("a and b", {"a or b"}),
        ("not a", {"a"}),
        ("f(128)", {"129", "127", "pass"}),
        ("a.b = c", {"pass"}),
        ("a = b", set()),
        ("raise a", {"pass"}),
    ],
)
def test_the_replacements_of_a_node(code: str, expected: set[str]) -> None:
    assert mistakes(code) == expected


def test_a_branch_is_forced_both_ways() -> None:
    assert {each.splitlines()[0] for each in mistakes("if a:\n    b = 1")} >= {
        "if True:",
        "if False:",
    }


def test_each_mutant_changes_the_code_and_is_taken_out() -> None:
    before = NameChecks.name_max, NameChecks.read_name.__code__
    for mutant in all_mutants().values():
        with applied(mutant):
            pass
    assert (NameChecks.name_max, NameChecks.read_name.__code__) == before


def test_a_constant_and_a_statement_change_inside_the_block() -> None:
    with applied(all_mutants()[LONGER]):
        assert NameChecks.name_max == 129
    code = NameChecks.read_name.__code__
    with applied(all_mutants()[DROPPED]):
        assert NameChecks.read_name.__code__ != code


def test_a_set_changes_in_the_classes_that_are_made_of_it() -> None:
    parameter = "BlockDeviceMapping.N.Ebs.Iops"
    with applied(all_mutants()["actions.block_devices: 'Ebs.Iops' -> 'Ebs.Iops~'"]):
        assert parameter not in CreateImage.accepts
    assert parameter in CreateImage.accepts


def test_a_mutant_changes_no_other_action() -> None:
    """RunInstances shares the code of tags, and a run needs it."""
    no_tags = (
        "actions.tag_specifications.TagRules.check_tag_count: if count > self.tag_limit -> if True"
    )
    row = mutant_row(no_tags, "quick", 1)
    assert row.verdict == "killed"
    assert row.attempt.errors == ()


def test_a_mutant_is_in_while_its_endpoint_creates_an_image() -> None:
    endpoint = Endpoint()
    put_in(all_mutants()[LONGER], endpoint)
    assert NameChecks.name_max == 128


def test_a_run_that_cannot_be_tested_kills_no_mutant() -> None:
    row = mutant_row(LONGER, "quick", 1)
    failed = msgspec.structs.replace(row.attempt, blamed=(), errors=("cannot be tested: why",))
    untestable = msgspec.structs.replace(row, attempt=failed)
    assert untestable.verdict == "untestable"
    assert Mutants(effort="quick", seed=1, all=1, rows=(untestable,)).status == 1


def test_the_seed_draws_the_mutants() -> None:
    assert drawn(10, 1, []) == drawn(10, 1, []) != drawn(10, 2, [])


def test_the_listed_equivalents_exist_and_give_a_reason() -> None:
    assert set(equivalents()) <= set(all_mutants())
    assert all(reason.endswith(".") for reason in equivalents().values())


def test_the_suite_kills_a_mutant_of_a_bound() -> None:
    row = mutant_row(LONGER, "quick", 1)
    assert row.verdict == "killed"
    assert row.attempt.blamed == ("name.length.max",)


def test_the_command_prints_what_survives(amiproof: Command) -> None:
    done = amiproof("prove", "--mutants", "99", "--select", "NameChecks:")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 of 4 mutants are killed" in done.stdout
