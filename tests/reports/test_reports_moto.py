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

pytestmark = pytest.mark.xdist_group("reproductions")  # one moto, one run
LEAST = 12
"""Broken rules to try in each form; half of the rules in the slow ones."""
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
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120)


def test_enough_rules_are_broken_to_try(results: Results) -> None:
    assert len(deviations(results)) >= LEAST


def has_script(text: str) -> bool:
    """Whether there is a script, and not just a comment that says why there is none."""
    return not text.startswith("#") or "\n" in text.strip()


def sample(kind: str, found: list[tuple[str, Deviation]]) -> list[tuple[str, Deviation]]:
    """All scripts for curl, half of them for the slow tools that start Python, if many."""
    found = [(rule, each) for rule, each in found if has_script(getattr(each.reproduce, kind))]
    if kind == "curl" or len(found) < 2 * LEAST:
        return found
    return found[kind == "boto3" :: 2]


@pytest.mark.parametrize("kind", ["curl", "aws", "boto3", "pytest"])
def test_they_run_and_show_it(results: Results, instance: str, kind: str, tmp_path: Path) -> None:
    if kind == "aws" and not shutil.which("aws"):
        pytest.skip("the AWS CLI is not installed")
    shown = 0
    for rule, found in sample(kind, deviations(results)):
        text = getattr(found.reproduce, kind)
        script = tmp_path / f"test_{kind}.py"
        script.write_text(text)
        command = {
            "curl": ("sh", "-c", text),
            "aws": ("sh", "-c", text),
            "boto3": (sys.executable, str(script)),
            "pytest": (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(script)),
        }[kind]
        done = ran(*command, folder=tmp_path, instance=instance)
        said = done.stdout + done.stderr
        where = f"{rule}\n{text}\n{said}\n{json.dumps(str(found.observed))}"
        if kind == "pytest":
            assert done.returncode == 1, where
            assert "1 failed" in said, where
        elif "# Look for this" in text:
            assert done.returncode in (0, 1), where
        else:
            assert done.returncode == 1, where
            assert "DEVIATION: expected: " in said, where
        shown += 1
    assert shown >= LEAST
