"""The gate, by the real command: known deviations pass, all other ones fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from conformance.model.rule import Arm
from fixtures.faults import FAULTS
from fixtures.reference import ADMINISTRATOR, Endpoint, serving
from reports.gate import Baseline, Entry, hold, load, update
from reports.results import Results, Verdict
from reports.results import load as load_results
from tests.conftest import Command
from tests.reports import reports_factory as make

KEYS = {
    "AWS_ACCESS_KEY_ID": ADMINISTRATOR.access_key,
    "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR.secret_key,
}
RULE = "name.length.max"
LISTED = f"""# kept by hand
[[deviation]]
rule = "{RULE}"
arm = "breaks"
outcome = "accepted"
reason = "names are cut at 255"  # and that is so
owner = "compute"
"""
Gated = Callable[..., CompletedProcess[str]]


@pytest.fixture
def url() -> Iterator[str]:
    """An endpoint that accepts a name of 129 characters."""
    endpoint = Endpoint()
    FAULTS["name/accepts-129"].change(endpoint)
    with serving(endpoint) as address:
        yield address


@pytest.fixture
def gated(amiproof: Command, tmp_path: Path, url: str) -> Gated:
    def run(baseline: str, *more: str, select: str = RULE) -> CompletedProcess[str]:
        (tmp_path / "known.toml").write_text(baseline)
        return amiproof("run", url, "--select", select, "--baseline", "known.toml", *more, env=KEYS)

    return run


def results(tmp_path: Path) -> Results:
    return load_results(tmp_path / "amiproof-report" / "results.json")


def test_a_listed_deviation_is_known(gated: Gated, tmp_path: Path) -> None:
    done = gated(LISTED)
    assert done.returncode == 0, done.stdout + done.stderr
    found = results(tmp_path)
    assert [rule.id for rule in found.of(Verdict.KNOWN)] == [RULE]
    assert found.totals.known == 1
    assert found.totals.fail == 0
    assert not found.gate


def test_a_new_one_fails(gated: Gated, tmp_path: Path) -> None:
    done = gated("")
    assert done.returncode == 1, done.stdout + done.stderr
    assert [rule.id for rule in results(tmp_path).of(Verdict.FAIL)] == [RULE]


def test_one_that_fails_in_another_way_fails(gated: Gated, tmp_path: Path) -> None:
    done = gated(LISTED.replace('"accepted"', '"rejected 5xx"\ncode = "InternalError"'))
    assert done.returncode == 1, done.stdout + done.stderr
    found = results(tmp_path)
    assert [rule.id for rule in found.of(Verdict.FAIL)] == [RULE]
    (sentence,) = found.gate
    assert sentence.startswith("known.toml, line 2: name.length.max/breaks/rejected 5xx")
    assert "has changed: set outcome = 'accepted' and code = ''" in sentence
    assert sentence in " ".join(done.stdout.split())


@pytest.mark.parametrize(("day", "status"), [("2020-01-31", 1), ("2999-01-31", 0)])
def test_one_that_has_expired_fails(gated: Gated, tmp_path: Path, day: str, status: int) -> None:
    done = gated(f"{LISTED}expires = {day}\n")
    assert done.returncode == status, done.stdout + done.stderr
    found = results(tmp_path)
    assert bool(found.gate) == bool(found.of(Verdict.FAIL)) == bool(status)
    assert all("expired on 2020-01-31" in sentence for sentence in found.gate)


def test_a_fixed_one_fails(gated: Gated, tmp_path: Path) -> None:
    fixed = LISTED.replace(RULE, "name.length.min").removeprefix("# kept by hand\n")
    done = gated(LISTED + fixed, select="name.length")
    assert done.returncode == 1, done.stdout + done.stderr
    found = results(tmp_path)
    assert not found.of(Verdict.FAIL)
    (sentence,) = found.gate
    assert sentence.startswith("known.toml, line 8: name.length.min/breaks/accepted is fixed")


def test_an_untested_rule_is_not_fixed(gated: Gated, tmp_path: Path) -> None:
    other = LISTED.replace(RULE, "desc.max255")
    assert gated(LISTED + other).returncode == 0
    assert not results(tmp_path).gate


@pytest.mark.parametrize(
    ("rule", "fault", "fail_on", "status"),
    [
        (RULE, "name/accepts-129", "documented", 1),
        (RULE, "name/accepts-129", "detail", 1),
        ("name.roundtrip", "name/names-are-lower-case", "documented", 0),
        ("name.roundtrip", "name/names-are-lower-case", "detail", 1),
    ],
)
def test_a_grade_that_gates_and_one_that_does_not(
    amiproof: Command, rule: str, fault: str, fail_on: str, status: int
) -> None:
    endpoint = Endpoint()
    FAULTS[fault].change(endpoint)
    with serving(endpoint) as address:
        done = amiproof("run", address, "--select", rule, "--fail-on", fail_on, env=KEYS)
    assert done.returncode == status, done.stdout + done.stderr
    assert f"  {rule}  " in done.stdout
    assert ("do not fail the run because of their grade" in done.stdout) == (not status)


def test_an_entry_of_a_grade_that_does_not_gate(amiproof: Command, tmp_path: Path) -> None:
    (tmp_path / "known.toml").write_text(LISTED.replace(RULE, "name.roundtrip"))
    arguments = (
        "run",
        "reference",
        "--clock",
        "virtual",
        "--select",
        "name.roundtrip",
        "--baseline",
        "known.toml",
    )
    assert amiproof(*arguments).returncode == 1
    assert amiproof(*arguments, "--fail-on", "documented").returncode == 0


def test_an_arm_that_nothing_decided_is_not_fixed() -> None:
    found = make.results(make.rule(RULE, make.deviation(), keeps=0))
    entry = Entry(RULE, Arm.KEEPS, "rejected 4xx", "InvalidParameterValue")
    held = hold(found, Baseline("known.toml", (entry,), (1,)), date(2026, 1, 1))
    assert not held.gate
    both = make.results(make.rule(RULE, make.deviation()))
    assert hold(both, Baseline("known.toml", (entry,), (1,)), date(2026, 1, 1)).gate


def test_an_update_brings_the_file_up_to_date(
    gated: Gated, amiproof: Command, tmp_path: Path
) -> None:
    fixed = LISTED.replace(RULE, "name.length.min").replace("# kept by hand", "# soon gone")
    gated(fixed + "\n" + LISTED.replace('"accepted"', '"rejected 5xx"'), select="name.length")
    done = amiproof("baseline", "update", "known.toml", "amiproof-report/results.json")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "known.toml").read_text()
    (entry,) = load(tmp_path / "known.toml").entries
    assert (entry.rule, entry.outcome, entry.owner) == (RULE, "accepted", "compute")
    assert "# and that is so" in text
    assert gated(text, select="name.length").returncode == 0


def test_an_update_makes_a_file(gated: Gated, amiproof: Command, tmp_path: Path) -> None:
    gated("")
    made = amiproof("baseline", "update", "new.toml", "amiproof-report/results.json")
    assert made.returncode == 0, made.stderr
    assert f"+ {RULE}/breaks/accepted" in made.stdout
    assert gated((tmp_path / "new.toml").read_text()).returncode == 0


def test_entries_stand_apart() -> None:
    found = make.results(
        make.rule(RULE, make.deviation()),
        make.rule("desc.max255", make.deviation("desc.max255")),
        make.rule("name.empty", make.deviation("name.empty")),
    )
    for before in ("", LISTED, LISTED + "\n"):
        text = update(before, found)
        assert text.count("[[deviation]]") == 3
        assert text.count('\n\n[[deviation]]\nrule = "desc.max255"') == 1
        assert text.count('\n\n[[deviation]]\nrule = "name.empty"') == 1
        assert "\n\n\n" not in text
        assert update(text, found) == text


def test_a_baseline_that_has_lost_its_last_entry_is_still_one(tmp_path: Path) -> None:
    text = update(LISTED, make.results(make.rule(RULE)))
    assert "deviation" not in text
    (tmp_path / "known.toml").write_text(text)
    assert not load(tmp_path / "known.toml").entries
    again = update(text, make.results(make.rule(RULE, make.deviation())))
    assert again.count("[[deviation]]") == 1


_ENTRY = "[[deviation]]\nrule = 'name.empty'\narm = 'breaks'\noutcome = 'accepted'\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (_ENTRY.replace("name.empty", "no.such"), "line 1: 'no.such'"),
        ("\n[[deviation]]\nrule = 'name.empty'", "line 2"),
        ("[[deviation]]\nrule = name", "line 2"),
        ("# of ours\n[deviations]", "line 2: unknown key 'deviations'"),
        ("deviation = 1", "line 1: deviation is not a list"),
        (_ENTRY.replace("breaks", "brakes"), "line 1"),
        (_ENTRY.replace("accepted", "excepted"), "line 1: 'excepted'"),
        (f"{_ENTRY}why = ''", "`why`"),
    ],
)
def test_an_invalid_file(gated: Gated, text: str, says: str) -> None:
    done = gated(text)
    assert done.returncode == 2
    assert says in done.stderr
    assert "known.toml" in done.stderr


def test_a_target_has_a_baseline_of_its_own(amiproof: Command, tmp_path: Path, url: str) -> None:
    (tmp_path / "known.toml").write_text(LISTED)
    (tmp_path / "amiproof.toml").write_text(
        f'[target.lab]\nendpoint = "{url}"\nbaseline = "known.toml"\n'
    )
    done = amiproof("run", "lab", "--select", RULE, env=KEYS)
    assert done.returncode == 0, done.stdout + done.stderr
