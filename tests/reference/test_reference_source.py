"""The source instance of CreateImage, its reboot, dry runs and permission."""

from __future__ import annotations

import pytest

from fixtures.reference import DENIED, NO_TAGS
from fixtures.reference.preloaded import INSTANCE_STORE_IMAGE

TAG = {
    "TagSpecification.1.ResourceType": "image",
    "TagSpecification.1.Tag.1.Key": "a",
    "TagSpecification.1.Tag.1.Value": "b",
}


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("instance_id", "code"),
    [
        ("", "MissingParameter"),
        ("i-12345678", "InvalidInstanceID.NotFound"),
        ("i-0123456789abcdef0", "InvalidInstanceID.NotFound"),
        ("i-1234567", "InvalidInstanceID.Malformed"),
        ("i-123456789", "InvalidInstanceID.Malformed"),
        ("i-0123456789abcdef", "InvalidInstanceID.Malformed"),
        ("i-0123456789abcdef01", "InvalidInstanceID.Malformed"),
        ("i-0123456789ABCDEF0", "InvalidInstanceID.Malformed"),
        ("i-1234567g", "InvalidInstanceID.Malformed"),
        ("ami-12345678", "InvalidInstanceID.Malformed"),
        ("i12345678", "InvalidInstanceID.Malformed"),
        ("i-12345678\n", "InvalidInstanceID.Malformed"),
    ],
)
def test_instance_id(world, instance_id, code):
    assert world.create(instance_id).outcome == (400, code)


def test_instance_id_is_required(world):
    reply = world.raw.call("CreateImage", Name=world.fresh_name())
    assert reply.outcome == (400, "MissingParameter")


@pytest.mark.usefixtures("untouched")
def test_instance_id_is_no_list(world, instance):
    reply = world.raw.call("CreateImage", **{"InstanceId.1": instance, "Name": world.fresh_name()})
    assert reply.outcome == (400, "UnknownParameter")


def test_states(slow_world):
    world = slow_world
    instance = world.launch()
    assert world.create(instance).outcome == (400, "IncorrectInstanceState")
    world.clock.advance(11)
    assert world.create(instance).status == 200
    world.ec2.stop_instances(InstanceIds=[instance])
    assert world.create(instance).status == 200
    world.clock.advance(11)
    boots = world.boots(instance)
    assert world.create(instance).status == 200
    assert world.boots(instance) == boots
    state = world.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]
    assert state["Instances"][0]["State"]["Name"] == "stopped"
    world.ec2.terminate_instances(InstanceIds=[instance])
    before = world.footprint()
    assert world.create(instance).outcome == (400, "IncorrectInstanceState")
    assert world.footprint() == before
    world.clock.advance(11)
    assert world.create(instance).outcome == (400, "IncorrectInstanceState")


def test_instance_store_root(world):
    instance = world.launch(INSTANCE_STORE_IMAGE)
    before = world.footprint()
    assert world.create(instance).outcome == (400, "UnsupportedOperation")
    assert world.footprint() == before


@pytest.mark.parametrize(("flag", "reboots"), [(None, 1), ("false", 1), ("true", 0)])
def test_reboot(world, instance, flag, reboots):
    before = world.boots(instance)
    shown = world.ec2.describe_instances(InstanceIds=[instance])["Reservations"]
    reply = world.create(instance, {} if flag is None else {"NoReboot": flag})
    assert reply.status == 200
    assert world.boots(instance) == before + reboots
    assert world.ec2.describe_instances(InstanceIds=[instance])["Reservations"] == shown


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("name", ["NoReboot", "DryRun"])
@pytest.mark.parametrize("value", ["maybe", "2", "yes please", "True", "TRUE", "1", "0", ""])
def test_no_boolean(world, instance, name, value):
    reply = world.create(instance, {name: value})
    assert reply.outcome == (400, "InvalidParameterValue")


@pytest.mark.usefixtures("untouched")
def test_dry_run(world, instance, as_caller):
    name = world.fresh_name()
    reply = world.create(instance, Name=name, DryRun="true")
    assert reply.outcome == (412, "DryRunOperation")
    assert reply.text("imageId") is None
    denied = as_caller(DENIED).call("CreateImage", InstanceId=instance, Name=name, DryRun="true")
    assert denied.outcome == (403, "UnauthorizedOperation")


@pytest.mark.usefixtures("untouched")
def test_dry_run_does_not_look_at_values(world):
    assert world.create("nonsense", Name="!", DryRun="true").outcome == (412, "DryRunOperation")


def test_dry_run_false(world, instance):
    assert world.create(instance, DryRun="false").status == 200


@pytest.mark.usefixtures("untouched")
def test_denied(world, instance, as_caller):
    reply = as_caller(DENIED).call("CreateImage", InstanceId=instance, Name=world.fresh_name())
    assert reply.outcome == (403, "UnauthorizedOperation")


def test_denied_may_do_everything_else(world, as_caller):
    assert as_caller(DENIED).call("DescribeImages").status == 200


def test_tags_need_permission(world, instance, as_caller):
    client = as_caller(NO_TAGS)
    name = world.fresh_name()
    before = world.footprint()
    reply = client.call("CreateImage", InstanceId=instance, Name=name, **TAG)
    assert reply.outcome == (403, "UnauthorizedOperation")
    dry = client.call("CreateImage", InstanceId=instance, Name=name, DryRun="true", **TAG)
    assert dry.outcome == (403, "UnauthorizedOperation")
    assert world.footprint() == before
    assert client.call("CreateImage", InstanceId=instance, Name=name).status == 200
