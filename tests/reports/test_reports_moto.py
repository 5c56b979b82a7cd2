"""The reproductions of deviations of moto show what the run observed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from fixtures import endpoints
from reports.results import Deviation, Results, load
from tests.conftest import environment
from tests.warm import Warm

LEAST = 12
"""Broken rules to try in each form."""
FORMS = 5
"""Different forms of the AWS CLI's command line to try."""
CLEAN_UP = "trap clean_up EXIT\n"
KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "NO_PROXY": "*"}
SELECT = "name. desc. inst.format tag. bdm.new. bdm.snap. wire.unknown wire.case st.image."


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with endpoints.moto() as started:
        yield started.url


@pytest.fixture(scope="module")
def launched(moto: str) -> tuple[str, str]:
    """An image and an instance of it.

    Its root device is not /dev/sda1, which moto names as the root device of each new image.
    """
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    ec2 = boto3.client("ec2", endpoint_url=moto, region_name="us-east-1", **keys)
    image = next(
        image["ImageId"]
        for image in ec2.describe_images(Owners=["amazon"])["Images"]
        if (image["RootDeviceType"], image["RootDeviceName"]) == ("ebs", "/dev/xvda")
    )
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]
    return image, str(made["InstanceId"])


@pytest.fixture(scope="module")
def instance(launched: tuple[str, str]) -> str:
    return launched[1]


@pytest.fixture(scope="module")
def results(
    moto: str, launched: tuple[str, str], warm: Warm, tmp_path_factory: pytest.TempPathFactory
) -> Results:
    """The results of a run with an instance that remains after the run.

    The run launches from the image of that instance, as the reproductions do.
    """
    folder = tmp_path_factory.mktemp("moto")
    image, instance = launched
    command = ["run", moto, "--select", SELECT, "--instance-id", instance, "--image-id", image]
    env = {**environment(folder / "state"), **KEYS}
    done = warm.run([*command, "--region", "us-east-1"], folder, env, timeout=300)
    # 5: moto keeps snapshots that name nothing of the run, and the run leaves those alone.
    assert done.returncode in (1, 5), done.stdout + done.stderr
    return load(folder / "amiproof-report" / "results.json")


def deviations(results: Results) -> list[tuple[str, Deviation]]:
    """The first of each broken rule."""
    return [(rule.id, rule.deviations[0]) for rule in results.rules if rule.deviations]


def ran(*command: str, folder: Path, instance: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "INSTANCE_ID": instance}
    env |= KEYS
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=300)


def test_enough_rules_are_broken_to_try(results: Results) -> None:
    assert len(deviations(results)) >= LEAST


def has_script(text: str) -> bool:
    """Whether there is a script, and not just a comment that says why there is none."""
    return not text.startswith("#") or "\n" in text.strip()


def scripts(results: Results, kind: str) -> list[tuple[str, Deviation, str]]:
    """Each broken rule with its first deviation and the script that reproduces it."""
    made = [(rule, each, getattr(each.reproduce, kind)) for rule, each in deviations(results)]
    return [found for found in made if has_script(found[2])]


def one_of_each_form(found: list[tuple[str, Deviation, str]]) -> list[tuple[str, Deviation, str]]:
    """The AWS CLI takes seconds: one script for each set of parameters that requests have."""
    by_form = {frozenset(name for name, _ in each[1].request): each for each in reversed(found)}
    return list(by_form.values())


def check(found: tuple[str, Deviation, str], status: int, said: str) -> None:
    rule, deviation, text = found
    where = f"{rule}\n{text}\n{said}\n{json.dumps(str(deviation.observed))}"
    if "# Look for this" in text:
        assert status in (0, 1), where
    else:
        assert status == 1, where
        assert "DEVIATION: expected: " in said, where


@pytest.mark.parametrize("kind", ["curl", "aws"])
def test_commands_run_and_show_it(
    results: Results, instance: str, kind: str, tmp_path: Path
) -> None:
    if kind == "aws" and not shutil.which("aws"):
        pytest.skip("the AWS CLI is not installed")
    found = scripts(results, kind)
    if kind == "aws":
        assert len(found) >= LEAST
        found = one_of_each_form(found)
    assert len(found) >= (FORMS if kind == "aws" else LEAST)
    for number, each in enumerate(found):
        script = each[2]
        if number and kind == "aws":  # three of four commands of a script are the same clean-up
            assert CLEAN_UP in script
            script = script.replace(CLEAN_UP, "")
        done = ran("sh", "-c", script, folder=tmp_path, instance=instance)
        check(each, done.returncode, done.stdout + done.stderr)


ONE_AFTER_ANOTHER = """
import contextlib, io, json, runpy, sys
for path in sys.argv[1:]:
    said, status = io.StringIO(), 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            runpy.run_path(path, run_name="__main__")
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
            print(end.code)
    print(json.dumps([status, said.getvalue()]))
"""
"""Runs scripts in one interpreter, and prints the exit status and the output of each."""


def test_boto3_scripts_run_and_show_it(results: Results, instance: str, tmp_path: Path) -> None:
    found = scripts(results, "boto3")
    assert len(found) >= LEAST
    paths = [tmp_path / f"{number}.py" for number in range(len(found))]
    for path, each in zip(paths, found, strict=True):
        path.write_text(each[2])
    done = ran(
        sys.executable, "-c", ONE_AFTER_ANOTHER, *map(str, paths), folder=tmp_path,
        instance=instance,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for each, line in zip(found, done.stdout.splitlines(), strict=True):
        check(each, *json.loads(line))


def test_each_pytest_script_fails(results: Results, instance: str, tmp_path: Path) -> None:
    found = scripts(results, "pytest")
    assert len(found) >= LEAST
    for number, (_, _, text) in enumerate(found):
        (tmp_path / f"test_{number}.py").write_text(text)
    command = (sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider")
    done = ran(*command, folder=tmp_path, instance=instance)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{len(found)} failed in" in done.stdout, done.stdout
    for number in range(len(found)):
        assert f"FAILED test_{number}.py::" in done.stdout, done.stdout
