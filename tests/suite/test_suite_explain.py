"""``amiproof explain`` and ``amiproof rules``: one rule in full, and how rules are found."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from lxml import html as dom

from conformance.model import CATALOGUE
from fixtures.faults import FAULTS
from fixtures.reference import Endpoint, serving
from tests.conftest import Command
from tests.gate.test_gate_run import KEYS

RULE = "name.length.max"


@pytest.fixture
def broken(amiproof: Command, tmp_path: Path) -> Path:
    """The results of a run in which a name of 129 characters is accepted."""
    endpoint = Endpoint()
    FAULTS["name/accepts-129"].change(endpoint)
    with serving(endpoint) as address:
        assert amiproof("run", address, "--select", "name.length", env=KEYS).returncode == 1
    return tmp_path / "amiproof-report" / "results.json"


def test_a_rule_is_explained_with_its_evidence(amiproof: Command, broken: Path) -> None:
    done = amiproof("explain", RULE, "--results", str(broken))
    said = " ".join(done.stdout.split())
    for part in (
        CATALOGUE[RULE].statement,
        "API_CreateImage, Name https://docs.aws.amazon.com/AWSEC2/latest/APIReference/",
        "verdict fails", "(129 characters)", "expected rejected with InvalidAMIName.Malformed",
        "observed accepted", "AWS unknown", "curl -sSi", "--script curl|aws|boto3|pytest",
    ):  # fmt: skip
        assert part in said
    assert "a" * 129 not in said.partition("curl -sSi")[0]
    assert amiproof("explain", RULE).stdout.count("verdict") == 1  # the usual results are found


def test_a_script_is_printed_alone(amiproof: Command, broken: Path) -> None:
    done = amiproof("explain", RULE, "--script", "boto3")
    assert done.returncode == 0
    ast.parse(done.stdout)
    assert "a" * 129 in done.stdout
    moved = amiproof("explain", RULE, "--script", "curl", "--endpoint", "127.0.0.1:5999")
    assert "http://127.0.0.1:5999" in moved.stdout
    none = amiproof("explain", "name.length.min", "--script", "boto3")
    assert (none.returncode, none.stdout) == (2, "")
    assert "no deviation from name.length.min" in none.stderr


def test_a_rule_is_explained_without_results(amiproof: Command, broken: Path) -> None:
    other = amiproof("explain", "desc.max255")
    assert "no verdict about this rule: the run selected name.length" in other.stdout
    broken.unlink()
    alone = amiproof("explain", RULE)
    assert alone.returncode == 0
    assert "No results are given" in alone.stdout
    wrong = amiproof("explain", "name.lenght.max")
    assert wrong.returncode == 2
    assert "The nearest are name.length.max" in wrong.stderr


@pytest.mark.parametrize(
    ("word", "found", "not_found"),
    [
        ("throughput", "bdm.throughput.range", "name.length.max"),
        ("128 characters", RULE, "name.empty"),
        ("snapshotlocation", "snaploc.enum", RULE),
        ("BlockDeviceMapping.N", "bdm.existing.dot", RULE),
    ],
)
def test_a_word_finds_rules(amiproof: Command, word: str, found: str, not_found: str) -> None:
    done = amiproof("rules", word)
    ids = {line.split()[0] for line in done.stdout.splitlines()}
    assert done.returncode == 0
    assert found in ids
    assert not_found not in ids


def test_a_word_that_finds_nothing_is_an_error(amiproof: Command) -> None:
    done = amiproof("rules", "name.lengths")
    assert (done.returncode, done.stdout) == (2, "")
    assert "The nearest are name.length" in done.stderr


def test_the_catalogue_is_one_page(amiproof: Command, tmp_path: Path) -> None:
    assert amiproof("rules", "--html", "rules.html").returncode == 0
    text = (tmp_path / "rules.html").read_text()
    page = dom.document_fromstring(text)
    assert len(text) < 1_000_000
    assert not page.xpath("//@src | //link | //iframe | //img")
    anchors = page.xpath("//@id")
    assert len(anchors) == len(set(anchors))
    assert set(CATALOGUE) <= set(anchors)
    for link in page.xpath("//a/@href"):
        assert link.startswith("https://") or link.removeprefix("#") in anchors, link
    (entry,) = page.xpath(f"//article[@id='{RULE}']")
    said = " ".join(entry.text_content().split())
    for part in (
        CATALOGUE[RULE].statement, "Name 2", "(129 characters)", "InvalidAMIName.Malformed",
        "test_at_most_128_characters", "name/accepts-129",
    ):  # fmt: skip
        assert part in said
    (statement,) = page.xpath("//li[@id='page.Name.2']")
    assert RULE in statement.text_content()
