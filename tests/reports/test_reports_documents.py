"""The reports are complete, and safe whatever an endpoint answered."""

from __future__ import annotations

import io
import re
from collections import Counter
from xml.etree import ElementTree as ET

import pytest
import reports_factory as make
from rich.console import Console

from reports import junit, markdown, words
from reports.full import summary
from reports.results import Observed, Results, Verdict

EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202ereversed\ud800 [bold]loud[/bold] [/] |x| <b>&"
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def rendered(results: Results, *, colour: bool = False, **more: int) -> str:
    stream = io.StringIO()
    console = Console(
        file=stream, width=80, force_terminal=colour, color_system="standard" if colour else None
    )
    summary(results, console, **more)
    return stream.getvalue()


def evil() -> Results:
    """Results in which every text that comes from outside is hostile."""
    found = make.deviation(
        request=make.params(Name=EVIL, **{EVIL: "x"}),
        observed=Observed("rejected", EVIL, 500, EVIL),
    )
    return make.results(make.rule(EVIL, found, statement=EVIL), make.rule("a.b", untested=EVIL))


def test_a_broken_rule_is_reported_in_full() -> None:
    text = rendered(make.realistic())
    start = text.index("FAIL  name.length.max")
    reported = text[start : text.index("FAIL", start + 4)]
    for part in (
        "A name has at most 128 characters", "API_CreateImage, Name", "(documented)",
        "keeps this rule: refuses longer names", "packer/issues/4761", "that breaks the rule",
        "Name       = aaaa", "(129 characters)", "rejected with InvalidAMIName.Malformed",
        "accepted: ami-0c0ffee0c0ffee000",
    ):  # fmt: skip
        assert part in reported
    assert "a" * 129 not in reported.partition("curl")[0]


def test_lines_fit_80_columns_except_those_to_be_copied() -> None:
    long = [line for line in rendered(make.realistic()).splitlines() if len(line) > 80]
    assert len(long) == 7
    assert all(line.startswith("curl ") for line in long)
    curl = make.realistic().rules[2].deviations[0].reproduce.line
    assert curl in long


def test_the_table_and_the_sentences_add_up() -> None:
    text = rendered(make.realistic())
    table = {line.split()[0]: line.split()[1:] for line in text.splitlines()[3:10]}
    assert table["all"] == ["4", "7", "1", "3", "1", "64", "90"]
    assert table["inst"] == ["·", "·", "·", "2", "1", "12", "18"]
    assert "16 rules: 4 pass, 7 fail, 1 known, 3 untested, 1 not applicable." in text
    assert "913 requests, 642 of them CreateImage; 58 images created; 41.7 s." in text
    assert text.endswith("Exit status 1: the target breaks rules.\n")


def test_untested_rules_are_grouped_by_reason() -> None:
    rules = [make.rule(f"inst.r{n}", untested="no stopped instance") for n in range(3)]
    text = rendered(make.results(make.rule(), *rules))
    assert "3 rules untested" in text
    lines = [line.rstrip() for line in text.splitlines()]
    start = lines.index("  no stopped instance")
    assert lines[start + 1] == "    inst.r0, inst.r1, inst.r2"


def test_every_report_says_that_the_run_stopped_early() -> None:
    stopped = make.results(make.rule(), complete=False)
    assert words.STOPPED_EARLY in rendered(stopped)
    assert "Exit status 4" in rendered(stopped)
    assert words.STOPPED_EARLY in markdown.render(stopped)
    assert '"complete" value="false"' in junit.render(stopped)


def test_exit_status_1_names_its_cause() -> None:
    broken, passing = make.rule("a.b", make.deviation("a.b")), make.rule("c.d")
    wrong = ("known.toml, line 1: a.b/breaks/accepted is fixed: delete the entry.",)
    for rule, gate, why in (
        (broken, (), "the target breaks rules."),
        (passing, wrong, "the baseline is out of date."),
        (broken, wrong, "the target breaks rules, and the baseline is out of date."),
    ):
        assert rendered(make.results(rule, gate=gate)).endswith(f"Exit status 1: {why}\n")


def test_a_given_exit_status_is_explained() -> None:
    text = rendered(make.results(make.rule()), status=5)
    assert "Exit status 5: the run left resources behind" in text


@pytest.mark.parametrize("colour", [False, True])
def test_hostile_text_is_shown_and_does_nothing(colour: bool) -> None:
    text = ANSI.sub("", rendered(evil(), colour=colour)) if colour else rendered(evil())
    assert all(c == "\n" or c.isprintable() for c in text)
    assert r"\x1b]0;owned" in text
    assert "[bold]loud[/bold]" in text.replace("\n", "").replace("          ", "")
    assert "[bold]" in markdown.render(evil()).replace("\\", "")
    for document in (markdown.render(evil()), junit.render(evil())):
        assert all(c == "\n" or c.isprintable() for c in document)


def test_hostile_text_stays_in_its_markdown_cell() -> None:
    row = next(r for r in markdown.render(evil()).splitlines() if "owned" in r and r[0] == "|")
    assert len(re.findall(r"(?<!\\)\|", row.replace(words.visible(EVIL), "", 1))) == 5
    assert not re.search(r"(?<!\\)<b>", row.replace(words.visible(EVIL), "", 1))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain-1", "plain-1"),
        ("", '""'),
        ("a b ", '"a b "'),
        ('say "x"\\', r'"say \"x\"\\"'),
        ("\t\r\n\x00\x7f\x9b", r'"\t\r\n\x00\x7f\x9b"'),
        ("\u202e\U000e0001", r'"\u202e\U000e0001"'),
        ("ünï", "ünï"),
        ("x" * 37, "x" * 27 + "…" + "x" * 9 + " (37 characters)"),
    ],
)
def test_values_cannot_be_misread(text: str, shown: str) -> None:
    assert words.value(text) == shown


def test_junit_has_one_case_for_each_rule() -> None:
    results = make.realistic()
    suite = ET.fromstring(junit.render(results)).find("testsuite")
    assert suite is not None
    cases = suite.findall("testcase")
    assert [c.get("name") for c in cases] == [r.id for r in results.rules]
    children = Counter(child.tag for case in cases for child in case)
    assert children == {"properties": 16, "failure": 7, "skipped": 4, "system-out": 1}
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("16", "7", "4")
    properties = {p.get("name"): p.get("value") for p in cases[2].iter("property")}
    assert properties["grade"] == "documented"
    assert (properties["source"] or "").startswith("API_CreateImage")
    skipped = next(c for c in cases if c.get("name") == "inst.root.ebs").find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "the target has no instance-store instances"


def test_markdown_names_every_rule_that_did_not_pass() -> None:
    results = make.realistic()
    text = markdown.render(results)
    for rule in results.rules:
        assert (f"`{rule.id}`" in text) is (rule.status is not Verdict.PASS)
