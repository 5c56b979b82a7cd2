"""The GitHub action and the pipelines of docs/ci.md use options that the command has."""

from __future__ import annotations

import dataclasses
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.engine.run.config import RunConfig
from fixtures.faults import FAULTS
from fixtures.reference import ADMINISTRATOR, Endpoint, serving
from reports.results import load
from tests.conftest import environment

ROOT = Path(__file__).parents[2]
OPTIONS = {option.name: option for option in dataclasses.fields(RunConfig)}
RULE = "name.length.max"


@pytest.fixture(scope="module")
def action() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
    return parsed


def variables(action: dict[str, Any], given: dict[str, str]) -> dict[str, str]:
    """The environment of the step that runs amiproof, its inputs filled in."""
    inputs = {name: it.get("default", "") for name, it in action["inputs"].items()} | given

    def filled(text: str) -> str:
        return re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: inputs[found[1]], text)

    return {name: filled(value) for name, value in action["runs"]["steps"][-1]["env"].items()}


def test_inputs_are_options_of_the_command(action: dict[str, Any]) -> None:
    assert set(action["inputs"]) == {"target", "baseline", "effort", "fail-on", "out"}
    for name, described in action["inputs"].items():
        option = OPTIONS[name.replace("-", "_")]
        if not described.get("required"):
            assert described["default"] == str(option.default or "")
        assert described["description"]
    script = action["runs"]["steps"][-1]["run"]
    assert set(re.findall(r"--([a-z-]+)", script)) == set(action["inputs"]) - {"target"}


def test_no_script_holds_an_expression(action: dict[str, Any]) -> None:
    """Inputs of a workflow reach the script as variables, never as shell text."""
    assert not any("${{" in step.get("run", "") for step in action["runs"]["steps"])


@pytest.mark.parametrize(("listed", "status"), [(False, 1), (True, 0)])
def test_its_script_runs(action: dict[str, Any], tmp_path: Path, listed: bool, status: int) -> None:
    (tmp_path / "known file.toml").write_text(
        f'[[deviation]]\nrule = "{RULE}"\narm = "breaks"\noutcome = "accepted"\n' if listed else ""
    )
    endpoint = Endpoint()
    FAULTS["name/accepts-129"].change(endpoint)
    output = tmp_path / "output"
    with serving(endpoint) as url:
        given = {"target": url, "baseline": "known file.toml", "out": "a folder"}
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", action["runs"]["steps"][-1]["run"]],
            cwd=tmp_path,
            env={
                **environment(tmp_path / "state"),
                **variables(action, given),
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "AWS_ACCESS_KEY_ID": ADMINISTRATOR.access_key,
                "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR.secret_key,
                "AMIPROOF_RUN_SELECT": RULE,
                "GITHUB_OUTPUT": str(output),
            },
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == status, done.stdout + done.stderr
    assert output.read_text() == f"folder=a folder\nstatus={status}\n"
    assert load(tmp_path / "a folder" / "results.json").totals.known == listed


def test_pipelines_use_existing_options(action: dict[str, Any]) -> None:
    github, gitlab = map(
        yaml.safe_load,
        re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "ci.md").read_text(), re.DOTALL),
    )
    steps = github["jobs"]["createimage"]["steps"]
    (used,) = (step for step in steps if "amiproof" in step.get("uses", ""))
    assert set(used["with"]) <= set(action["inputs"])
    assert used["id"] == "amiproof"
    line = shlex.split(gitlab["createimage"]["script"][-1])
    assert line[:2] == ["/tmp/venv/bin/amiproof", "run"]
    assert all(w[2:].replace("-", "_") in OPTIONS for w in line if w.startswith("--"))
    assert f"{line[line.index('--out') + 1]}/" in gitlab["createimage"]["artifacts"]["paths"]
