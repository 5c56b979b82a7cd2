"""The AWS persona: each limit and delay, on a clock that the test moves.

The module is long because it has a test for each setting of the persona.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from fixtures.persona import AWS, Bucket, Persona, Share, install, scaled
from fixtures.persona.sessions import token
from fixtures.reference import Endpoint, Timing, serving
from fixtures.reference.preloaded import PLAIN_IMAGE, SUBNETS
from tests.reference.conftest import MovableClock, RawClient, World


@contextmanager
def living(**settings: Any) -> Iterator[World]:
    """An endpoint with these settings alone; its other states are not temporary."""
    clock = MovableClock()
    endpoint = Endpoint(timing=Timing(0.0, 0.0, 0.0, 0.0), clock=clock, check_signatures=False)
    install(endpoint, Persona(**settings))
    with serving(endpoint) as url:
        yield World(endpoint, url, clock)


def launched(world: World, **parameters: str) -> tuple[int, str | None]:
    pairs = {"ImageId": PLAIN_IMAGE, "MinCount": "1", "MaxCount": "1", **parameters}
    return world.raw.call("RunInstances", **pairs).outcome


def test_a_volume_is_snapshotted_once_in_its_interval() -> None:
    with living(snapshot_interval=15.0) as world:
        instance = world.launch()
        assert world.create(instance).status == 200
        assert world.create(instance).code == "SnapshotCreationPerVolumeRateExceeded"
        assert world.create(instance, Name="-").code == "InvalidAMIName.Malformed"
        volume = next(iter(world.endpoint.state.volumes))
        refusal = world.raw.call("CreateSnapshot", VolumeId=volume)
        assert refusal.code == "SnapshotCreationPerVolumeRateExceeded"
        world.clock.advance(15)
        assert world.raw.call("CreateSnapshot", VolumeId=volume).status == 200
        assert world.create(instance).code == "SnapshotCreationPerVolumeRateExceeded"
        assert world.create(world.launch()).status == 200


def test_a_volume_has_few_pending_snapshots() -> None:
    with living(pending_snapshots=5, pending_snapshots_hdd=1, snapshot=(60, 60)) as world:
        instance = world.launch()
        assert [world.create(instance).code for _ in range(6)] == [
            *[None] * 5,
            "ConcurrentSnapshotLimitExceeded",
        ]
        world.clock.advance(60)
        assert world.create(instance).status == 200
        disk = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 125, "VolumeType": "st1"}}
        instance = world.launch(BlockDeviceMappings=[disk])
        assert world.create(instance).status == 200
        assert world.create(instance).code == "ConcurrentSnapshotLimitExceeded"


def test_an_image_may_fail_after_the_answer() -> None:
    with living(snapshot_interval=15.0, fails_late=1.0, image=(30, 30)) as world:
        instance = world.launch()
        first, second = world.create(instance), world.create(instance)
        assert world.image(second)["State"] == "pending"
        world.clock.advance(30)
        assert world.image(first)["State"] == "available"
        assert world.image(second)["State"] == "failed"
        assert "rate" in world.image(second)["StateReason"]["Message"]


def test_two_images_at_once_collide() -> None:
    with living(at_once=1.0) as world:
        instance = world.launch()
        assert world.image(world.create(instance))["State"] == "available"
        assert world.image(world.create(instance))["State"] == "failed"
    with living(at_once=1.0, collision="refused") as world:
        instance = world.launch()
        assert world.create(instance).status == 200
        assert world.create(instance).code == "ResourceLimitExceeded"
        world.clock.advance(1)
        assert world.create(instance).status == 200


def test_images_without_a_reboot_are_limited() -> None:
    with living(pending_no_reboot=2, image=(30, 30)) as world:
        instance = world.launch()
        codes = [world.create(instance, NoReboot="true").code for _ in range(3)]
        assert codes == [None, None, "ConcurrentCreateImageNoRebootLimitExceeded"]
        assert world.create(instance).status == 200


def test_an_action_has_a_bucket_of_requests() -> None:
    buckets = {
        "reads": Bucket(3, 1),
        "listings": Bucket(1, 1),
        "changes": Bucket(2, 1),
        "actions": {"RunInstances": Bucket(4, 1)},
    }
    with living(**buckets) as world:
        narrow = [world.raw.call("DescribeImages", MaxResults="5").outcome for _ in range(4)]
        assert narrow == [*[(200, None)] * 3, (503, "RequestLimitExceeded")]
        codes = [world.raw.call("DescribeImages").code for _ in range(2)]
        assert codes == [None, "RequestLimitExceeded"]
        assert [launched(world)[0] for _ in range(5)] == [200, 200, 200, 200, 503]
        missing = [world.raw.call("CreateImage").status for _ in range(3)]
        assert missing == [400, 400, 503]
        assert world.raw.call("CreateTags").status == 400
        world.clock.advance(1)
        assert world.raw.call("CreateImage").status == 400


def test_states_last_as_long_as_the_persona_says() -> None:
    times = {"pending": (5, 5), "stopping": (20, 20), "shutting_down": (30, 30)}
    with living(**times, snapshot=(60, 60), image=(10, 10)) as world:
        instance = world.launch()
        state = world.endpoint.state.instances[instance]
        assert state.state == "pending"
        world.clock.advance(5)
        made = world.create(instance)
        world.clock.advance(59)
        assert world.image(made)["State"] == "pending"
        world.clock.advance(1)
        assert world.image(made)["State"] == "available"
        world.ec2.stop_instances(InstanceIds=[instance])
        world.clock.advance(20)
        world.ec2.describe_instances()
        assert state.state == "stopped"
        world.ec2.terminate_instances(InstanceIds=[instance])
        world.clock.advance(29)
        world.ec2.describe_instances()
        assert state.state == "shutting-down"


def test_the_console_is_late_without_latest() -> None:
    with living(console=(60, 60)) as world:
        instance = world.launch(InstanceType="t3.micro")
        assert world.boots(instance) == 0
        reply = world.raw.call("GetConsoleOutput", InstanceId=instance, Latest="true")
        assert reply.text("output")
        world.clock.advance(60)
        assert world.boots(instance) == 1
        old = world.launch(InstanceType="t2.micro")
        reply = world.raw.call("GetConsoleOutput", InstanceId=old, Latest="true")
        assert reply.code == "UnsupportedOperation"


def test_reads_have_gaps_after_writes() -> None:
    always = {
        "unfound": Share(1.0, (5, 5)),
        "gone_again": Share(1.0, (3, 3)),
        "pending_again": Share(1.0, (16, 16)),
        "tags_late": Share(1.0, (10, 10)),
        "mapping_late": Share(1.0, (10, 10)),
    }
    tagged = {
        "TagSpecification.1.ResourceType": "image",
        "TagSpecification.1.Tag.1.Key": "a",
        "TagSpecification.1.Tag.1.Value": "b",
    }
    with living(**always) as world:
        instance = world.launch()
        read = world.raw.call("DescribeInstances", **{"InstanceId.1": instance})
        assert read.code == "InvalidInstanceID.NotFound"
        made = world.create(instance, tagged)
        image_id = made.text("imageId") or ""
        read = world.raw.call("DescribeImages", **{"ImageId.1": image_id})
        assert read.code == "InvalidAMIID.NotFound"
        assert world.ec2.describe_images(Owners=["self"])["Images"] == []
        world.clock.advance(6)
        assert "Tags" not in world.image(made)
        assert "SnapshotId" not in world.image(made)["BlockDeviceMappings"][0]["Ebs"]
        assert world.image(made)["State"] == "available"
        world.clock.advance(4)
        assert world.image(made)["Tags"]
        assert world.image(made)["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
        assert world.image(made)["State"] == "pending"
        world.clock.advance(8)
        assert world.image(made)["State"] == "available"
        world.clock.advance(3)
        read = world.raw.call("DescribeImages", **{"ImageId.1": image_id})
        assert read.code == "InvalidAMIID.NotFound"
        world.clock.advance(3)
        assert world.image(made)["State"] == "available"


def test_instances_have_quotas_and_zones() -> None:
    room = {"vcpus": 4, "instances": 4, "offered": {"c5.large": "b", "c6.large": ""}}
    with living(**room, no_capacity=frozenset({"m5.large"})) as world:
        assert launched(world, InstanceType="m5.large") == (500, "InsufficientInstanceCapacity")
        subnet = {"SubnetId": SUBNETS["a"]}
        assert launched(world, InstanceType="c5.large", **subnet) == (400, "Unsupported")
        assert launched(world, InstanceType="c6.large") == (400, "Unsupported")
        assert launched(world, InstanceType="c5.large") == (200, None)
        (instance,) = world.endpoint.state.instances.values()
        assert instance.zone == "us-east-1b"
        assert launched(world, InstanceType="c5.large") == (200, None)
        assert launched(world, InstanceType="t2.micro") == (400, "VcpuLimitExceeded")
        world.ec2.stop_instances(InstanceIds=list(world.endpoint.state.instances))
        assert launched(world, InstanceType="t2.micro") == (200, None)
        assert launched(world, InstanceType="t2.micro") == (200, None)
        assert launched(world, InstanceType="t2.micro") == (400, "InstanceLimitExceeded")


def test_an_account_may_lack_a_default_vpc() -> None:
    with living(default_vpc=False) as world:
        assert launched(world) == (400, "VPCIdNotSpecified")
        assert launched(world, SubnetId=SUBNETS["b"]) == (200, None)
        default = {"Filter.1.Name": "default-for-az", "Filter.1.Value.1": "true"}
        assert world.raw.call("DescribeSubnets", **default).text("subnetId") is None


def test_an_account_may_encrypt_by_default() -> None:
    with living(encryption_by_default=True) as world:
        devices = world.devices(world.create(world.launch()))
        assert devices["/dev/xvda"]["Ebs"]["Encrypted"]
        world.raw.call("CreateVolume", AvailabilityZone="us-east-1a", Size="1")
        assert all(v.settings.encrypted for v in world.endpoint.state.volumes.values())


def test_a_session_token_expires() -> None:
    with living() as world:
        now = world.clock.now()

        def call(text: str) -> tuple[int, str | None]:
            body = "Action=DescribeRegions&Version=2016-11-15"
            return (
                RawClient(world.url).send("POST", "/", body, {"X-Amz-Security-Token": text}).outcome
            )

        assert call(token(now + 60)) == (200, None)
        world.clock.advance(61)
        assert call(token(now + 60)) == (400, "ExpiredToken")
        assert call(token(now + 120)) == (200, None)
        assert call("another") == (200, None)


def test_a_big_account_is_listed_by_pages() -> None:
    with living(public_images=600, own_images=30, own_snapshots=40, own_instances=12) as world:
        pages = world.ec2.get_paginator("describe_images").paginate(
            Owners=["amazon"], PaginationConfig={"PageSize": 100}
        )
        sizes = [len(page["Images"]) for page in pages]
        assert sizes == [100] * 5 + [5]  # 100 of them are deprecated
        pages = world.ec2.get_paginator("describe_images").paginate(
            Owners=["amazon"], IncludeDeprecated=True, PaginationConfig={"PageSize": 1000}
        )
        assert [len(page["Images"]) for page in pages] == [605]
        for action, key, count in (
            ("describe_images", "Images", 30),
            ("describe_snapshots", "Snapshots", 40),
        ):
            pages = world.ec2.get_paginator(action).paginate(
                **{"OwnerIds" if key == "Snapshots" else "Owners": ["self"]},
                PaginationConfig={"PageSize": 7},
            )
            assert sum(len(page[key]) for page in pages) == count
        instances = world.ec2.get_paginator("describe_instances").paginate(
            PaginationConfig={"PageSize": 5}
        )
        assert sum(len(page["Reservations"]) for page in instances) == 12
        wrong = world.raw.call("DescribeImages", NextToken="again", MaxResults="5")
        assert wrong.code == "InvalidNextToken"
        both = world.raw.call("DescribeInstances", MaxResults="5", **{"InstanceId.1": "i-00000001"})
        assert both.code == "InvalidParameterCombination"


def test_aws_deviates_from_its_documents() -> None:
    with living(deviates=True) as world:
        instance = world.launch()
        size = {
            "BlockDeviceMapping.1.DeviceName": "/dev/xvda",
            "BlockDeviceMapping.1.Ebs.VolumeSize": "9",
        }
        assert world.devices(world.create(instance, size))["/dev/xvda"]["Ebs"]["VolumeSize"] == 9
        size["BlockDeviceMapping.1.Ebs.VolumeSize"] = "7"
        assert world.create(instance, size).code == "InvalidBlockDeviceMapping"
        left_out = {
            "BlockDeviceMapping.1.DeviceName": "/dev/sdf",
            "BlockDeviceMapping.1.NoDevice": "true",
        }
        assert world.create(instance, left_out).code == "InvalidRequest"
        left_out["BlockDeviceMapping.1.NoDevice"] = ""
        assert world.create(instance, left_out).status == 200
        key = {
            "BlockDeviceMapping.1.DeviceName": "/dev/sdf",
            "BlockDeviceMapping.1.Ebs.VolumeSize": "1",
            "BlockDeviceMapping.1.Ebs.KmsKeyId": "alias/a",
        }
        assert world.create(instance, key).code == "UnknownParameter"
        for name in ("aws:a", ""):
            tag = {
                "TagSpecification.1.ResourceType": "image",
                "TagSpecification.1.Tag.1.Key": name,
                "TagSpecification.1.Tag.1.Value": "b",
            }
            assert world.create(instance, tag).code == "InvalidParameterValue"
        world.ec2.terminate_instances(InstanceIds=[instance])
        assert world.create(instance).code == "InvalidParameterValue"


def test_scaled_times_and_rates_fit_together() -> None:
    quick = scaled(AWS, 1 / 15)
    assert quick.snapshot_interval == pytest.approx(1.0)
    assert quick.changes == Bucket(50, pytest.approx(75))
    assert quick.actions is not None
    assert quick.actions["RunInstances"].refill == pytest.approx(30)
    assert quick.unfound is not None
    assert quick.unfound.part == 0.1
    assert quick.pending_snapshots == AWS.pending_snapshots
    assert quick.vcpus == AWS.vcpus


def test_the_whole_persona_creates_images() -> None:
    clock = MovableClock()
    endpoint = Endpoint(clock=clock, check_signatures=False)
    install(endpoint, AWS)
    with serving(endpoint) as url:
        world = World(endpoint, url, clock)
        instance = world.launch()
        clock.advance(20)
        made = world.create(instance)
        assert made.status == 200, made.body
        clock.advance(180)
        assert endpoint.state.images[made.text("imageId") or ""].state(clock.now()) == "available"
