"""The doctor finds what a run would miss; every command about a target takes the same options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import boto3
import pytest

from conformance.engine.run.config import TargetOptions, flag
from fixtures.changes import PENDING
from fixtures.reference import ADMINISTRATOR, Endpoint, serving
from fixtures.variants import VARIANTS
from tests.conftest import Command, Ended
from tests.gate.test_gate_run import KEYS

Prepare = Callable[[Endpoint], None]


def examined(amiproof: Command, change: Prepare, *options: str, own: bool = False) -> Ended:
    endpoint = Endpoint()
    change(endpoint)
    with serving(endpoint) as address:
        if own:
            _own_an_image(address)
        return amiproof("doctor", address, *options, env=KEYS)


def _own_an_image(address: str) -> None:
    ec2: Any = boto3.client(
        "ec2",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id=ADMINISTRATOR.access_key,
        aws_secret_access_key=ADMINISTRATOR.secret_key,
    )
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.micro")
    instance = made["Instances"][0]["InstanceId"]
    ec2.get_waiter("instance_running").wait(InstanceIds=[instance], WaiterConfig={"Delay": 1})
    ec2.create_image(InstanceId=instance, Name="an image of the account")


def without(*actions: str) -> Prepare:
    def change(endpoint: Endpoint) -> None:
        for action in actions:
            del endpoint.actions[action]

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without("DeregisterImage"), "lacks         DeregisterImage"),
        (without("DeleteSnapshot"), "lacks         DeleteSnapshot"),
        (without("DescribeSnapshots"), "lacks         DescribeSnapshots: InvalidAction"),
        (
            (VARIANTS | PENDING)["evidence/filters-are-ignored"].change,
            "lacks         DescribeImages ignores filters",
        ),
        (
            (VARIANTS | PENDING)["evidence/owner-self-lists-nothing"].change,
            "DescribeImages with Owner=self lists nothing",
        ),
    ],
)
def test_what_a_run_would_miss_is_told(amiproof: Command, change: Prepare, says: str) -> None:
    done = examined(amiproof, change, own="self" in says)
    assert done.returncode == 0, done.stdout + done.stderr
    assert says in done.stdout
    last = done.stdout.splitlines()[-1]
    assert last.startswith("next: amiproof run http://127.0.0.1:")


@pytest.mark.parametrize(
    ("change", "options", "says"),
    [
        (without("DescribeImages"), (), "DescribeImages: InvalidAction"),
        (without("CreateImage"), (), "does not implement CreateImage"),
        (without(), ("--image-id", "ami-0123456789abcdef0"), "shows no image ami-0123456789abc"),
        (without(), ("--instance-id", "i-0123456789abcdef0"), "shows no running i-0123456789abcd"),
    ],
)  # fmt: skip
def test_what_ends_a_run_with_3_ends_the_doctor_with_3(
    amiproof: Command, change: Prepare, options: tuple[str, ...], says: str
) -> None:
    done = examined(amiproof, change, *options)
    assert done.returncode == 3, done.stdout + done.stderr
    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    endpoint = Endpoint()
    change(endpoint)
    with serving(endpoint) as address:
        run = amiproof("run", address, "--select", "name.length.max", *options, env=KEYS)
    assert run.returncode == 3, run.stdout + run.stderr


def test_a_conforming_endpoint_lacks_nothing(amiproof: Command) -> None:
    done = examined(amiproof, without(), "--region", "us-east-1", own=True)
    assert done.returncode == 0
    assert "cannot" not in done.stdout
    assert [line for line in done.stdout.splitlines() if line.startswith("lacks")] == [
        line for line in done.stdout.splitlines() if "-profile; not applicable" in line
    ]
    assert done.stdout.splitlines()[-1].endswith(" --region us-east-1")


@pytest.mark.parametrize("command", ["run", "replay", "compare", "plan", "doctor", "sweep"])
def test_every_command_about_a_target_takes_the_same_options(
    amiproof: Command, command: str
) -> None:
    said = amiproof(command, "--help").stdout
    for each in fields(TargetOptions):
        assert f"--{flag(each.name)}" in said
    if command == "compare":
        assert "--first.image-id" in said
        assert "--second.region" in said


def test_a_comparison_takes_options_for_each_side(amiproof: Command) -> None:
    select = ("--select", "name.length.max")
    with serving(Endpoint()) as one, serving(Endpoint(region="eu-west-1")) as two:
        sides = ("--first.region", "us-east-1", "--second.region", "eu-west-1")
        done = amiproof("compare", one, two, *select, *sides, env=KEYS)
        assert (done.returncode, "0 disagreements" in done.stdout) == (0, True), done.stderr
        wrong = amiproof("compare", one, two, *select, "--second.image-id", "ami-1", env=KEYS)
        assert wrong.returncode != 0
