"""A run's options are declared once: the command line, pytest and the workers take them there."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Literal

import pytest

from conformance.cli.app import app
from conformance.engine.core.target import Target
from conformance.engine.run.config import RunConfig, flag, options_for_pytest
from conformance.engine.run.plan import Plan
from tests.conftest import Command

OPTIONS = {flag(option.name): option for option in fields(RunConfig)}


def parsed(*arguments: str) -> RunConfig:
    """The configuration that a command line gives."""
    _, bound, _ = app.parse_args(["run", *arguments], exit_on_error=False)
    config: RunConfig = bound.arguments.get("config", RunConfig())
    return config


def test_every_field_is_an_option_with_its_help(amiproof: Command) -> None:
    shown = " ".join(re.sub(r"[│╭╮╰╯─]", " ", amiproof("run", "--help").stdout).split())
    for name, option in OPTIONS.items():
        assert f"--{name} " in shown, name
        assert option.metadata["help"].split(".")[0][:20] in shown, name


def test_pytest_has_the_same_options() -> None:
    found = dict(options_for_pytest())
    apart = {"workers", "yes", "record", "verbose", "clock"}
    assert set(found) == {f"--amiproof-{name}" for name in OPTIONS if name not in apart}
    assert found["--amiproof-effort"]["choices"] == ["quick", "standard", "thorough"]
    assert found["--amiproof-seed"] | {"help": ""} == {"default": 1, "type": int, "help": ""}
    assert found["--amiproof-out"]["default"] is None  # pytest users ask for files explicitly


def test_the_defaults_are_the_same() -> None:
    given = {name: how["default"] for name, how in options_for_pytest()}
    assert RunConfig.from_pytest(given.__getitem__) == RunConfig(out=None)
    assert parsed() == RunConfig()


def test_the_environment_and_the_command_line_name_options_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AMIPROOF_RUN_FOR", "90s")
    monkeypatch.setenv("AMIPROOF_RUN_FAIL_ON", "documented")
    config = parsed("moto", "--no-tags-profile", "p", "--fail-on", "detail")
    assert config == RunConfig("moto", duration="90s", fail_on="detail", no_tags_profile="p")
    assert config.overrides() == {"no_tags_profile": "p"}
    assert config.overriding({"region": "r"}).region == "r"


def test_a_worker_gets_the_plan_that_the_controller_sent() -> None:
    config = RunConfig("moto", record=Path("/tmp/run.jsonl"), duration="1m", out=None)
    plan = Plan(Target(name="moto", endpoint="http://127.0.0.1:1"), "run", "folder", config)
    assert Plan.from_json(plan.to_json()) == plan
    assert plan.duration == 60.0


@pytest.mark.parametrize(
    ("endpoint", "limits", "effort"),
    [
        ("http://127.0.0.1:5000", "", "standard"),
        ("http://localhost:4566", "", "standard"),
        ("http://127.0.0.1:5000", "aws", "quick"),
        ("https://ec2.us-east-1.amazonaws.com", "aws", "quick"),
        ("https://cloud.example.com", "", "quick"),
    ],
)
def test_a_run_without_an_effort_takes_that_of_its_target(
    endpoint: str, limits: Literal["", "aws"], effort: str
) -> None:
    target = Target(name="it", endpoint=endpoint, limits=limits)
    assert Plan(target, "run", "folder").effort == effort
    assert Plan(target, "run", "folder", RunConfig(effort="thorough")).effort == "thorough"
