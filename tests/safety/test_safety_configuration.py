"""Where settings come from, the later over the earlier: amiproof.toml, pyproject.toml, the
environment, flags."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.reference import ADMINISTRATOR, Endpoint, serving
from tests.conftest import Command

KEYS = {
    "AWS_ACCESS_KEY_ID": ADMINISTRATOR.access_key,
    "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR.secret_key,
}
ONE_RULE = ("--select", "name.length.max")


@pytest.fixture
def url() -> Iterator[str]:
    with serving(Endpoint()) as url:
        yield url


def results(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "amiproof-report" / "results.json").read_text())
    return found


def test_each_source_outranks_the_one_before(amiproof: Command, tmp_path: Path, url: str) -> None:
    own, project = tmp_path / "amiproof.toml", tmp_path / "pyproject.toml"
    own.write_text(f'[run]\nseed = 11\n[target.lab]\nendpoint = "{url}"\n')
    assert amiproof("run", "lab", *ONE_RULE, env=KEYS).returncode == 0
    assert results(tmp_path)["seed"] == 11
    project.write_text("[tool.amiproof.run]\nseed = 12\n")
    assert amiproof("run", "lab", *ONE_RULE, env=KEYS).returncode == 0
    assert results(tmp_path)["seed"] == 12
    env = {**KEYS, "AMIPROOF_RUN_SEED": "13"}
    assert amiproof("run", "lab", *ONE_RULE, env=env).returncode == 0
    assert results(tmp_path)["seed"] == 13
    assert amiproof("run", "lab", *ONE_RULE, "--seed", "14", env=env).returncode == 0
    assert results(tmp_path)["seed"] == 14


def test_a_target_s_table(amiproof: Command, tmp_path: Path, url: str) -> None:
    own, project = tmp_path / "amiproof.toml", tmp_path / "pyproject.toml"
    own.write_text(
        '[target.lab]\nendpoint = "http://127.0.0.1:1"\nbudget = "images=3"\n'
        "capabilities = { console = false, signatures = false }\n"
    )
    project.write_text(f'[tool.amiproof.target.lab]\nendpoint = "{url}"\n')
    done = amiproof("run", "lab", env=KEYS)
    assert done.returncode == 4, done.stdout + done.stderr
    assert "the budget is spent (images=3)" in done.stdout
    done = amiproof("doctor", "lab", env=KEYS)
    assert done.returncode == 0
    assert "noreboot.false" in done.stdout
    assert "sig.wrong" in done.stdout
    done = amiproof("targets")
    assert url in done.stdout
    assert "moto" in done.stdout


def test_every_setting_of_a_target_can_be_in_its_table(amiproof: Command, tmp_path: Path) -> None:
    wanted = {
        "region": "eu-west-1", "profile": "a", "denied_profile": "b", "no_tags_profile": "c",
        "image_id": "ami-1", "instance_id": "i-1", "instance_type": "t3.nano", "subnet_id": "s-1",
        "window": 7.0, "timeout": 8.0,
    }  # fmt: skip
    table = "".join(f"{name} = {json.dumps(value)}\n" for name, value in wanted.items())
    (tmp_path / "amiproof.toml").write_text(
        f'[target.lab]\nendpoint = "http://127.0.0.1:1"\nbudget = "images=1"\n{table}'
    )
    done = amiproof("targets")
    assert done.returncode == 0, done.stdout + done.stderr
    for name, value in wanted.items():
        assert f"{name}={value}" in done.stdout


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[target.lab]\nendpiont = 'x'\n", "endpiont"),
        ("[target.lab]\nwindow = 'soon'\n", "window"),
        ("[target.lab]\ncapabilities = { konsole = true }\n", "konsole"),
        ("target = 3\n", "tables"),
        ("[target.lab\n", "TOMLDecodeError"),
    ],
)
def test_a_mistake_in_the_file(amiproof: Command, tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "amiproof.toml").write_text(text)
    done = amiproof("doctor", "lab")
    said = done.stdout + done.stderr
    assert done.returncode == 2, said
    assert says in said
    assert "Traceback" not in said
