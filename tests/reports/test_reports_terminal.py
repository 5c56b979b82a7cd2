"""The terminal shows what a person acts on: short, by section and cause, and never a false pass."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from dataclasses import dataclass
from pathlib import Path

import pytest
import reports_factory as make
from rich.console import Console

from conformance.model.rule import Arm
from reports import reasons, words
from reports.causes import causes
from reports.progress import Progress
from reports.results import Expected, Observed, Results, Verdict, load
from reports.terminal import summary
from tests.conftest import environment
from tests.reports.test_reports_documents import evil

PUBLISHED = Path(__file__).parents[2] / "reports" / "published"


@dataclass
class Activity:
    requests: int = 1203
    images: int = 83
    waits: tuple[tuple[str, float], ...] = (("image complete", 4.2),)


def rendered(results: Results, width: int = 100) -> list[str]:
    stream = io.StringIO()
    summary(results, Console(file=stream, width=width), where=Path("out"))
    return stream.getvalue().splitlines()


def ignored_mappings() -> Results:
    """A target that ignores mappings: it breaks two rules and masks three."""
    found = make.deviation(
        "st.bdm.devices",
        arm=Arm.KEEPS,
        request=make.params(),
        expected=Expected("effect", effect="The image must map every volume."),
        observed=Observed("effect", seen="the image does not map the instance's /dev/sdf"),
    )
    masked = reasons.masked_by("st.bdm.devices")
    return make.results(
        make.rule("name.empty", make.deviation("name.empty", request=make.params(Name=""))),
        make.rule("bdm.size.gp2", untested=masked),
        make.rule("bdm.size.gp3", untested=f"inconclusive: no answer; {masked}"),
        make.rule("bdm.size.type", untested="not decided: see bdm.size.gp2"),
        make.rule("st.bdm.devices", found, statement="The image must map every volume."),
        make.rule("sig.wrong", lacking="needs a target that verifies signatures"),
    )


@pytest.mark.parametrize("target", ["moto", "localstack-4", "localstack-2026"])
def test_a_run_of_an_emulator_fits_in_120_lines(target: str) -> None:
    results = load(PUBLISHED / target / "results.json")
    lines = rendered(results)
    assert len(lines) <= 116  # the run adds a few lines of progress
    assert max(map(len, lines)) <= 100
    for rule in results.of(Verdict.FAIL):
        assert sum(rule.id in line for line in lines) >= 1


def test_a_failure_is_a_rule_and_what_was_sent_observed_and_expected() -> None:
    lines = rendered(make.results(make.rule("name.length.max", make.deviation())))
    start = lines.index("Name")
    assert lines[start + 1 : start + 3] == [
        "  name.length.max  A name has at most 128 characters; spaces count like any other.",
        "    Name=aaaaaaaaaaaaaaa…aaaaa (129 characters): accepted; expected"
        " InvalidAMIName.Malformed",
    ]


def test_a_defect_names_what_it_masks() -> None:
    results = ignored_mappings()
    (cause,) = (each for each in causes(results) if each.masked)
    assert [rule.id for rule in cause.broken] == ["st.bdm.devices"]
    assert [rule.id for rule in cause.masked] == ["bdm.size.gp2", "bdm.size.gp3", "bdm.size.type"]
    lines = rendered(results)
    assert "    the image does not map the instance's /dev/sdf (masks 3 rules)" in lines
    assert any(line.startswith("    3  masked by the broken rules above") for line in lines)
    assert "    1  needs a target that verifies signatures: sig.wrong" in lines


def test_every_reason_that_names_a_rule_is_read() -> None:
    for file in PUBLISHED.glob("*/results.json"):
        for rule in load(file).rules:
            named = re.findall(r"(?:masked by|see) ([\w.]+\w)", rule.reason or "")
            assert set(reasons.masks_of(rule)) == set(named)


def test_many_failures_are_listed_by_id() -> None:
    many = [make.rule(f"name.r{n}", make.deviation(f"name.r{n}")) for n in range(60)]
    lines = rendered(make.results(*many))
    assert len(lines) < 90
    assert any("and 30 more broken rules: name.r30, name.r31" in line for line in lines)


def test_a_long_request_is_abridged_but_in_its_reproduction() -> None:
    tags = {f"TagSpecification.1.Tag.{n}.Key": f"key{n}" for n in range(1, 103)}
    found = make.deviation("tag.max", request=make.params(**tags))
    assert len(words.request_lines(found.request)) == words.MOST_PARAMETERS + 1
    assert ("…", "90 more parameters") in words.request_lines(found.request)
    assert "key77" in found.reproduce.curl
    text = "\n".join(rendered(make.results(make.rule("tag.max", found))))
    assert "and 99 more parameters" in text
    assert "key77" not in text


def test_text_from_the_endpoint_does_nothing() -> None:
    text = "\n".join(rendered(evil()))
    assert all(c == "\n" or c.isprintable() for c in text)


def progress(console: Console, **more: object) -> Progress:
    clock = iter(range(0, 10_000, 12))
    return Progress(
        console, [f"a.{n}" for n in range(9)], Activity, clock=lambda: next(clock), **more
    )  # type: ignore[arg-type]


def test_progress_in_a_log_is_a_line_now_and_then() -> None:
    stream = io.StringIO()
    with progress(Console(file=stream, width=40)) as shown:
        for n in range(4):
            shown.rule_done(f"a.{n}", Verdict.PASS, 12, [("a.0", make.deviation())] * (n == 0))
    first, *lines = stream.getvalue().splitlines()
    assert first == "testing 9 rules"
    assert 1 <= len(lines) <= 2
    assert re.fullmatch(
        r"\d of 9 rules, 1,203 requests, 83 images, 1 deviation from 1 rule, about \d+ \w+ left",
        lines[0],
    )


def test_verbose_progress_has_a_line_for_each_rule_and_never_says_pass() -> None:
    stream = io.StringIO()
    with progress(Console(file=stream, width=40), verbose=True) as shown:
        shown.rule_done("a.1", Verdict.FAIL, 12, [("a.1", make.deviation())])
        shown.rule_done("a.2", Verdict.PASS, 1, [])
        shown.rule_done("a.3", Verdict.NOT_APPLICABLE, 0, [])
    text = stream.getvalue()
    assert "[1/9] fail           a.1 (12 requests, 1 deviation)" in text
    assert "[2/9] done           a.2 (1 request)" in text
    assert "[3/9] not_applicable a.3 (0 requests)" in text
    assert "pass" not in text


def test_the_live_block_shows_counts_waits_and_deviations() -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=90, height=30, force_terminal=True)
    with progress(console) as shown:
        shown.rule_starts("a.1")
        shown.rule_done("a.0", Verdict.FAIL, 1234, [("name.length.max", make.deviation())])
        shown._live.refresh()
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", stream.getvalue())
    assert "1 of 9 rules" in text
    assert "1,203 requests, 83 images, 1 deviation from 1 rule" in text
    assert re.search(r"now: a\.1 for \d+ s; waiting for image complete \(4 s\)", text)
    assert "name.length.max  Name=aaaaaaaaaaaaaaa…aaaaa (129 characters): accepted" in text
    assert "pass" not in text


def test_rounds_of_generated_requests_are_counted() -> None:
    stream = io.StringIO()
    with progress(Console(file=stream, width=90), until=9_000.0) as shown:
        for n in range(9):
            shown.rule_done(f"a.{n}", Verdict.PASS, 1, [])
        for round in (1, 2, 3):
            shown.round_done("a.1", round, [("a.1", make.deviation("a.1"))] * (round == 2))
    text = stream.getvalue()
    assert "new deviation: a.1/breaks/accepted" in text
    assert re.search(r"generating requests: \d rounds? for 1 rule, .*about \d+ min left", text)


_WIDTH = ("COLUMNS", "LINES")


def test_a_run_is_as_wide_as_its_terminal(tmp_path: Path) -> None:
    main, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 130, 0, 0))
    # The width of pytest's own terminal is not this one's.
    env = {k: v for k, v in environment(tmp_path / "state").items() if k not in _WIDTH}
    run = subprocess.Popen(
        [sys.executable, "-m", "conformance.cli", "run", "reference", "--select", "bdm st lc"],
        cwd=tmp_path, stdin=other, stdout=other, stderr=other,
        env={**env, "TERM": "xterm"},
    )  # fmt: skip
    os.close(other)
    shown = b""
    with contextlib.suppress(OSError):  # how a terminal ends
        while data := os.read(main, 65536):
            shown += data
    os.close(main)
    assert run.wait(timeout=120) == 0
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode())
    assert re.search(r"\d of \d+ rules", text)
    assert "pass" not in text.partition("amiproof 0")[0]
    (heading,) = (line for line in text.splitlines() if line.startswith("amiproof 0"))
    assert heading.rstrip().endswith("only bdm st lc")  # more than 80 columns


def test_a_usual_value_under_another_name_is_the_subject() -> None:
    found = make.deviation(
        "inst.single",
        request=(("Action", "CreateImage"), ("InstanceId.1", "i-1"), ("Name", "fresh")),
        bound=(("InstanceId.1", "i-1", "{running instance}"), ("Name", "fresh", "{fresh name}")),
    )
    brief = words.request_brief("inst.single", found)
    assert brief == "no Version, no InstanceId, InstanceId.1={running instance}"
