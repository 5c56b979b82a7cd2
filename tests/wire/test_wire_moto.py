"""A round trip through moto's server returns the values that were sent."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.model.answer import Accepted, Malformed, Rejected
from conformance.model.request import API_VERSION, Form, Request, action
from conformance.wire import Client, Credentials
from conformance.wire.decoding import describe

pytest.importorskip("moto")


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1"]
    server = subprocess.Popen(
        [*command, "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Its 1,100 images take a second of each start; no test here needs their absence.
        env={**os.environ, "MOTO_EC2_LOAD_DEFAULT_AMIS": "false"},
    )
    try:
        who = Credentials("testing", "testing")
        with Client(f"http://127.0.0.1:{port}", "us-east-1", who) as made:
            end = time.monotonic() + 20
            while made.send(action("DescribeTags")).unreachable:
                assert time.monotonic() < end, "moto did not start"
                assert server.poll() is None, "moto ended"
                time.sleep(0.1)
            yield made
    finally:
        server.terminate()
        server.wait(10)


NAME = "amiproof a+b/(c)"


@pytest.mark.parametrize("form", [Form(), Form("GET"), Form("POST", "+"), Form("GET", "+")])
def test_an_image_is_made_and_described(client: Client, form: Form) -> None:
    ran = client.send(
        action("RunInstances", [("ImageId", "ami-12c6146b"), ("MinCount", "1"), ("MaxCount", "1")])
    )
    assert ran.outcome == Accepted("")
    assert ran.answer is not None
    assert ran.answer.root is not None
    (instance,) = describe.instances(ran.answer.root)
    name = f"{NAME} {form.verb}{form.space}"
    made = client.send(
        Request(
            (
                ("Action", "CreateImage"),
                ("Version", API_VERSION),
                ("InstanceId", instance.id),
                ("Name", name),
                ("Description", "é & <tags> 漢"),
                ("TagSpecification.1.ResourceType", "image"),
                ("TagSpecification.1.Tag.1.Key", "a b"),
                ("TagSpecification.1.Tag.1.Value", "c=d&e"),
            ),
            form,
        )
    )
    assert isinstance(made.outcome, Accepted)
    assert made.outcome.image_id.startswith("ami-")
    shown = client.send(action("DescribeImages", [("ImageId.1", made.outcome.image_id)]))
    assert shown.answer is not None
    assert shown.answer.root is not None
    (image,) = describe.images(shown.answer.root)
    assert (image.id, image.name, image.description) == (
        made.outcome.image_id,
        name,
        "é & <tags> 漢",
    )
    assert image.tags == {"a b": "c=d&e"}
    assert [mapping.ebs for mapping in image.mappings] == [True]


def test_refusals_and_crashes(client: Client) -> None:
    missing = client.send(action("DescribeImages", [("ImageId.1", "ami-00000000")]))
    assert missing.outcome == Rejected("InvalidAMIID.NotFound", 400)
    # moto answers what it does not have with status 500 and a page for people.
    assert isinstance(client.send(action("NoSuchAction")).outcome, Malformed | Rejected)


def test_another_service(client: Client) -> None:
    asked = Request((("Action", "GetCallerIdentity"), ("Version", "2011-06-15")))
    exchange = client.send(asked, service="sts")
    assert exchange.answer is not None
    assert exchange.answer.root is not None
    assert describe.account(exchange.answer.root) == "123456789012"
