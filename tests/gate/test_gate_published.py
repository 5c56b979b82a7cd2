"""The published results of emulators: complete, free of local paths, each deviation known."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import jsonschema
import msgspec
import pytest

from conformance.publish.emulators import EMULATORS
from conformance.publish.measure import NOT_IMPLEMENTED, Measured, plain, publish
from conformance.publish.page import page
from reports.gate import hold, load
from reports.results import Results, exit_status
from reports.results import load as load_results
from tests.conftest import environment
from tests.reports import reports_factory as make

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "reports" / "published"
MEASURED = [emulator for emulator in EMULATORS if emulator.has_action]
LACKING = next(emulator for emulator in EMULATORS if not emulator.has_action)
each = pytest.mark.parametrize("id", [emulator.id for emulator in MEASURED])


def results(id: str) -> Results:
    return load_results(PUBLISHED / id / "results.json")


def baseline(id: str) -> Path:
    return ROOT / "fixtures" / "baselines" / f"{id}.toml"


def test_moto_passes_its_gate(moto_run: Path) -> None:
    found = load_results(moto_run / "results.json")
    held = hold(found, load(baseline("moto")), date.today())
    assert not held.gate
    assert exit_status(held) == 0


@each
def test_each_deviation_that_is_published_is_known(id: str) -> None:
    found, known = results(id), load(baseline(id))
    assert found.complete
    assert exit_status(found) == 1
    held = hold(found, known, date.today())
    assert not held.gate
    assert exit_status(held) == 0


@each
def test_published_results_keep_the_schema(id: str) -> None:
    schema = json.loads((ROOT / "reports" / "results.schema.json").read_text())
    written = json.loads((PUBLISHED / id / "results.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(written)


@each
def test_each_known_deviation_has_its_reason(id: str) -> None:
    assert [entry for entry in load(baseline(id)).entries if len(entry.reason) < 10] == []


@pytest.mark.parametrize("emulator", MEASURED, ids=lambda emulator: emulator.id)
def test_the_matrix_and_the_page_name_it(emulator: object) -> None:
    (this,) = (one for one in MEASURED if one is emulator)
    target = results(this.id).target
    assert (target.name, target.software) == (this.name, this.version)
    for file in ("matrix.md", "matrix.html", "README.md"):
        assert f"{this.name} {this.version}" in (PUBLISHED / file).read_text(encoding="utf-8")


def test_it_names_no_folder_of_a_machine() -> None:
    files = [file for file in PUBLISHED.rglob("*") if file.is_file()]
    assert files
    for file in files:
        text = file.read_text(encoding="utf-8")
        for sign in (f"{Path.home()}/", "/home/", "/tmp/", "/Users/", "site-packages"):
            assert sign not in text, f"{file} has {sign}"


def test_folders_are_taken_out(tmp_path: Path) -> None:
    message = f'File "{sys.prefix}/lib/moto.py", in {tempfile.gettempdir()}/x'
    crash = make.Observed("rejected", "InternalError", 500, message)
    found = make.results(make.rule("name.length.max", make.deviation(observed=crash)))
    publish(plain(found, MEASURED[0]), tmp_path / "results.json")
    text = (tmp_path / "results.json").read_text()
    assert ".../lib/moto.py" in text
    assert sys.prefix not in text
    assert tempfile.gettempdir() not in text


def test_a_known_deviation_is_published_as_one() -> None:
    known = make.deviation()
    identity = known.identity("name.length.max")
    found = make.results(make.rule("name.length.max", known, baseline={identity}))
    assert found.totals.known == 1
    published = plain(found, MEASURED[0])
    assert (published.totals.known, published.totals.fail) == (0, 1)
    assert published.totals.requests == found.totals.requests


@pytest.mark.parametrize("checkout", [True, False])
@pytest.mark.skipif(sys.version_info >= (3, 13), reason="this Python is new enough for all")
def test_missing_files_are_reported_before_a_run(tmp_path: Path, checkout: bool) -> None:
    for folder in ("reports", "fixtures") if checkout else ():
        (tmp_path / folder).mkdir()
    done = subprocess.run(
        [sys.executable, "-P", "-m", "conformance.publish"],
        cwd=tmp_path,
        env={**environment(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2, done.stderr
    said = "needs Python 3.13 or later" if checkout else "in a checkout"
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_page_says_what_to_do_first_and_what_changed() -> None:
    emulator = MEASURED[0]
    found = results(emulator.id)
    shown = [rule for rule in found.rules if rule.id != "name.length.max"]
    before = msgspec.structs.replace(found, rules=tuple(shown))
    measured = Measured(emulator, 0, results=found, known=1)
    lacking = Measured(LACKING, 3, error=f"http://127.0.0.1 {NOT_IMPLEMENTED} (InvalidAction)")
    text = page([measured, lacking], date(2026, 1, 2), {emulator.id: before})
    assert "An implementer should first mend what masks most" in text
    assert "`st.bdm.devices` masks" in text
    row = f"| {emulator.name} {emulator.version} | {before.suite.amiproof} | `name.length.max` |"
    assert row in text
    assert f"- {LACKING.name} {LACKING.version}" in text
