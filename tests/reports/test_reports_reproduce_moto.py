"""Reproductions against moto: a real endpoint, which breaks rules and keeps others."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import boto3
import pytest
import reports_factory as make
from reports_scripts import made, python, run_test, shell

from reports.results import Expected, WireForm


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """A real moto server on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _client(endpoint: str) -> boto3.client:  # type: ignore[valid-type]
    return boto3.client(
        "ec2", endpoint_url=endpoint, region_name="us-east-1",
        aws_access_key_id="testing", aws_secret_access_key="testing",
    )  # fmt: skip


@pytest.fixture(scope="module")
def instance(moto: str) -> str:
    run = _client(moto).run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)
    return str(run["Instances"][0]["InstanceId"])


def test_against_moto_a_long_name_is_accepted_and_its_test_fails(moto: str, instance: str) -> None:
    all_ = made(make.params(InstanceId=instance, Name="a" * 129), moto)
    ran = shell(all_.curl)
    assert ran.returncode == 1, ran
    assert "<imageId>ami-" in ran.stdout
    failing = run_test(made(make.params(InstanceId=instance, Name="b" * 129), moto).pytest)
    assert failing.error.startswith("AssertionError: expected: rejected")
    # The test took its image away again.
    for letter in "ab":
        images = _client(moto).describe_images(Filters=[{"Name": "name", "Values": [letter * 129]}])
        assert images["Images"] == []


def test_against_moto_a_test_of_a_kept_rule_passes(moto: str, instance: str) -> None:
    params = make.params(InstanceId=instance, Name="kept name")
    passing = made(params, moto, "name.charset.extra", expected=Expected("accepted")).pytest
    assert not run_test(passing).error
    missing = make.params(InstanceId="i-00000000000000000")
    known = made(missing, moto, expected=Expected("rejected", ("InvalidInstanceID.NotFound",)))
    assert not run_test(known.pytest).error
    wrong = made(missing, moto, expected=Expected("rejected", ("InvalidAMIName.Malformed",)))
    assert run_test(wrong.pytest).error.startswith("AssertionError")


def test_the_requests_before_are_sent_first(moto: str, instance: str) -> None:
    params = make.params(InstanceId=instance, Name="twice-1")
    twice = made(params, moto, "name.unique", before=(params,),
                 expected=Expected("rejected", ("InvalidAMIName.Duplicate",)))  # fmt: skip
    # moto takes a name twice: the reproductions show it, by two images of the two calls.
    assert run_test(twice.pytest).error.startswith("AssertionError: expected: rejected")
    assert shell(twice.curl).stdout.count("<imageId>ami-") == 2
    raw = made(params, moto, "name.unique", before=(make.params(InstanceId=instance, Name="x y"),),
               form=WireForm(content_type="application/x-www-form-urlencoded"))  # fmt: skip
    assert python(raw.boto3).stdout.startswith("DEVIATION: expected: rejected")
