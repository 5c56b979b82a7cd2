"""A crash shows on conforming requests that carry its trigger, and on no others."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fixtures.faults.crash import HANG, MANNERS, PARAMETERS, VALUES, Manner, Trigger, crash
from fixtures.reference import Endpoint, Timing, serving
from fixtures.reference.message import Answer, Request
from tests.reference.conftest import MovableClock, RawClient, World

BY_ID = {trigger.id: trigger for trigger in (*PARAMETERS, *VALUES)}
HTML, XML, DROPPED, HANGS = MANNERS

_NEW = {"BlockDeviceMapping.1.DeviceName": "/dev/sdf", "BlockDeviceMapping.1.Ebs.VolumeSize": "200"}
_GP3 = {**_NEW, "BlockDeviceMapping.1.Ebs.VolumeType": "gp3"}
_TAGS = {
    "TagSpecification.1.ResourceType": "snapshot",
    "TagSpecification.1.Tag.1.Key": "a",
    "TagSpecification.1.Tag.1.Value": "",
}

CARRIES: dict[str, dict[str, str]] = {
    "instance-id": {},
    "name": {},
    "description": {"Description": "words"},
    "no-reboot": {"NoReboot": "true"},
    "dry-run": {"DryRun": "true"},
    "device-name": {
        "BlockDeviceMapping.1.DeviceName": "/dev/sdh",
        "BlockDeviceMapping.1.NoDevice": "",
    },
    "virtual-name": {
        "BlockDeviceMapping.1.DeviceName": "/dev/sdc",
        "BlockDeviceMapping.1.VirtualName": "ephemeral0",
    },
    "no-device": {
        "BlockDeviceMapping.1.DeviceName": "/dev/sdh",
        "BlockDeviceMapping.1.NoDevice": "",
    },
    "delete-on-termination": {**_NEW, "BlockDeviceMapping.1.Ebs.DeleteOnTermination": "true"},
    "encrypted": {**_NEW, "BlockDeviceMapping.1.Ebs.Encrypted": "true"},
    "iops": {**_GP3, "BlockDeviceMapping.1.Ebs.Iops": "3000"},
    "snapshot-id": {
        "BlockDeviceMapping.1.DeviceName": "/dev/sdf",
        "BlockDeviceMapping.1.Ebs.SnapshotId": "snap-00000000000000e01",
    },
    "throughput": {**_GP3, "BlockDeviceMapping.1.Ebs.Throughput": "125"},
    "volume-size": _NEW,
    "volume-type": _GP3,
    "resource-type": _TAGS,
    "tag": _TAGS,
    "snapshot-tags": _TAGS,
    "existing-device": {
        "BlockDeviceMapping.1.DeviceName": "/dev/xvda",
        "BlockDeviceMapping.1.Ebs.DeleteOnTermination": "true",
    },
    "name-of-128": {"Name": "a" * 128},
    "brackets": {"Name": "with [brackets]"},
    "an-empty-description": {"Description": ""},
    "an-empty-tag-value": _TAGS,
    "the-50th-tag": {
        "TagSpecification.1.ResourceType": "image",
        **{f"TagSpecification.1.Tag.{n}.Key": f"key{n}" for n in range(1, 51)},
    },
    "gp3": _GP3,
}
"""For each trigger, a conforming request that carries it."""


@contextmanager
def crashing(trigger: Trigger, manner: Manner) -> Iterator[World]:
    clock = MovableClock()
    endpoint = Endpoint(timing=Timing(0.0, 0.0, 0.0, 0.0), clock=clock)
    crash(endpoint, trigger, manner)
    with serving(endpoint) as url:
        yield World(endpoint, url, clock)


@pytest.mark.parametrize("id", BY_ID)
def test_a_request_that_carries_the_trigger_crashes(id: str) -> None:
    trigger = BY_ID[id]
    with crashing(trigger, XML) as world:
        instance = world.launch()
        before = world.footprint()
        reply = world.create(instance, CARRIES[id])
        assert reply.outcome == (500, "InternalError")
        assert world.footprint() == before, "a crash does nothing"
        plain = world.create(instance)
        assert plain.status == (500 if id in ("instance-id", "name") else 200)


@pytest.mark.parametrize("id", BY_ID)
def test_the_reference_accepts_what_carries_the_trigger(
    world: World, instance: str, id: str
) -> None:
    reply = world.create(instance, CARRIES[id])
    assert reply.status == (412 if id == "dry-run" else 200), reply.body


@pytest.mark.parametrize("id", ["description", "volume-size", "tag"])
def test_a_request_that_breaks_a_rule_is_refused_as_ever(id: str) -> None:
    with crashing(BY_ID[id], HTML) as world:
        reply = world.create(world.launch(), {**CARRIES[id], "Name": "x"})
        assert reply.outcome == (400, "InvalidAMIName.Malformed")


def test_a_page_of_html() -> None:
    with crashing(BY_ID["description"], HTML) as world:
        reply = world.create(world.launch(), Description="words")
        assert reply.status == 500
        assert reply.headers["content-type"] == "text/html"
        assert b"<h1>Internal Server Error</h1>" in reply.body


def test_a_dropped_connection() -> None:
    with crashing(BY_ID["description"], DROPPED) as world:
        instance = world.launch()
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            world.create(instance, Description="words")
        world.raw = RawClient(world.url)
        assert world.create(instance).status == 200, "the endpoint goes on"


def test_a_hang_is_longer_than_a_client_waits() -> None:
    endpoint = Endpoint(check_signatures=False)
    crash(endpoint, BY_ID["instance-id"], HANGS)
    with serving(endpoint) as url:
        instance = RawClient(url).call(
            "RunInstances", ImageId="ami-00000000000000e01", MinCount="1", MaxCount="1"
        )
    request = Request(
        "POST",
        "/",
        body=b"Action=CreateImage&Version=2016-11-15&Name=image-1&InstanceId="
        + (instance.text("instanceId") or "").encode(),
    )
    endpoint.timing.pending = 0.0
    endpoint.state.settle(endpoint.clock.now() + 1)
    answer: Answer = endpoint.answer(request)
    assert answer.delay == HANG
