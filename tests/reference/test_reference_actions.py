"""The actions around CreateImage, called by boto3."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from fixtures.reference import ACCOUNT, NO_TAGS
from fixtures.reference.preloaded import EPHEMERAL_IMAGE, GP3_IMAGE, PLAIN_IMAGE


def refused(function, **arguments) -> str:
    """The code with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        function(**arguments)
    return caught.value.response["Error"]["Code"]


def where(**values: str) -> list[dict]:
    return [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in values.items()]


def shown(world, instance: str) -> dict:
    return world.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]


def test_identity(world):
    assert world.boto3("sts").get_caller_identity()["Account"] == ACCOUNT


def test_places(world):
    assert world.ec2.describe_regions()["Regions"][0]["RegionName"] == "us-east-1"
    zones = world.ec2.describe_availability_zones()["AvailabilityZones"]
    assert [each["ZoneName"] for each in zones] == ["us-east-1a", "us-east-1b"]
    subnets = world.ec2.describe_subnets(Filters=where(default_for_az="true"))["Subnets"]
    assert len(subnets) == 2
    assert refused(world.ec2.describe_subnets, SubnetIds=["subnet-1"]) == "InvalidSubnetID.NotFound"


def test_preloaded_images(world):
    everything = world.ec2.describe_images()["Images"]
    assert {each["OwnerId"] for each in everything} == {"137112412989"}
    filters = where(
        owner_id="137112412989",
        root_device_type="ebs",
        state="available",
        architecture="x86_64",
        virtualization_type="hvm",
        name="amzn2-*-gp?",
    )
    found = world.ec2.describe_images(Owners=["amazon"], Filters=filters)["Images"]
    assert [each["ImageId"] for each in found] == [PLAIN_IMAGE]
    assert world.ec2.describe_images(Owners=["self"])["Images"] == []
    assert (
        refused(world.ec2.describe_images, Filters=where(nonsense="x")) == "InvalidParameterValue"
    )
    unknown = refused(world.ec2.describe_images, ImageIds=["ami-12345678"])
    assert unknown == "InvalidAMIID.NotFound"
    assert refused(world.ec2.describe_images, ImageIds=["ami-1"]) == "InvalidAMIID.Malformed"


def test_image_as_described(world):
    instance = world.launch(GP3_IMAGE)
    reply = world.create(instance)
    image = world.image(reply)
    same = {
        "State": "available",
        "OwnerId": ACCOUNT,
        "Public": False,
        "Architecture": "x86_64",
        "ImageType": "machine",
        "RootDeviceType": "ebs",
        "RootDeviceName": "/dev/xvda",
        "VirtualizationType": "hvm",
        "Hypervisor": "xen",
        "EnaSupport": True,
        "PlatformDetails": "Linux/UNIX",
        "SourceInstanceId": instance,
        "SourceImageId": GP3_IMAGE,
    }
    assert {name: image[name] for name in same} == same
    for filters in (
        where(image_id=image["ImageId"]),
        where(source_instance_id=instance),
        where(name=image["Name"]),
    ):
        found = world.ec2.describe_images(Owners=["self"], Filters=filters)["Images"]
        assert [each["ImageId"] for each in found] == [image["ImageId"]]


def test_launch_from_new_image(world):
    first = world.launch(EPHEMERAL_IMAGE)
    reply = world.create(
        first,
        {
            "BlockDeviceMapping.1.DeviceName": "/dev/xvda",
            "BlockDeviceMapping.1.Ebs.DeleteOnTermination": "false",
            "BlockDeviceMapping.2.DeviceName": "/dev/sdf",
            "BlockDeviceMapping.2.Ebs.VolumeSize": "3",
            "BlockDeviceMapping.2.Ebs.DeleteOnTermination": "true",
        },
    )
    assert world.devices(reply)["/dev/sdb"]["VirtualName"] == "ephemeral0"
    second = world.launch(reply.text("imageId"))
    flags = {
        each["DeviceName"]: each["Ebs"]["DeleteOnTermination"]
        for each in shown(world, second)["BlockDeviceMappings"]
    }
    assert flags == {"/dev/xvda": False, "/dev/sdf": True}
    attached = [{"Name": "attachment.instance-id", "Values": [second]}]
    volumes = world.ec2.describe_volumes(Filters=attached)
    assert sorted(each["Size"] for each in volumes["Volumes"]) == [3, 8]
    world.ec2.terminate_instances(InstanceIds=[second])
    left = [each for each in volumes["Volumes"] if each["VolumeId"] in world.endpoint.state.volumes]
    assert [each["Size"] for each in left] == [8]


def test_states_pass(slow_world):
    world = slow_world
    instance = world.launch()
    assert shown(world, instance)["State"]["Name"] == "pending"
    world.clock.advance(11)
    assert shown(world, instance)["State"]["Name"] == "running"
    reply = world.create(instance, NoReboot="true")
    assert world.image(reply)["State"] == "pending"
    assert world.snapshots(reply)[0]["State"] == "pending"
    pending = refused(
        world.ec2.run_instances, ImageId=reply.text("imageId"), MinCount=1, MaxCount=1
    )
    assert pending == "InvalidAMIID.Unavailable"
    world.clock.advance(11)
    assert world.image(reply)["State"] == "available"
    assert world.snapshots(reply)[0]["State"] == "completed"
    change = world.ec2.stop_instances(InstanceIds=[instance])["StoppingInstances"][0]
    assert change["CurrentState"]["Name"] == "stopping"
    assert change["PreviousState"]["Name"] == "running"
    world.clock.advance(11)
    assert shown(world, instance)["State"]["Name"] == "stopped"
    launched = shown(world, instance)["LaunchTime"]
    world.ec2.start_instances(InstanceIds=[instance])
    assert shown(world, instance)["State"]["Name"] == "pending"
    world.clock.advance(11)
    assert shown(world, instance)["LaunchTime"] > launched
    assert world.boots(instance) == 2
    world.ec2.terminate_instances(InstanceIds=[instance])
    assert shown(world, instance)["State"]["Name"] == "shutting-down"
    world.clock.advance(11)
    assert shown(world, instance)["State"]["Name"] == "terminated"
    assert world.ec2.describe_volumes()["Volumes"] == []
    assert refused(world.ec2.start_instances, InstanceIds=[instance]) == "IncorrectInstanceState"


def test_reboot_leaves_evidence(world):
    instance = world.launch()
    before = shown(world, instance)
    world.ec2.reboot_instances(InstanceIds=[instance])
    assert world.boots(instance) == 2
    assert shown(world, instance) == before


def test_client_token(world):
    arguments = {"ImageId": PLAIN_IMAGE, "MinCount": 1, "MaxCount": 1, "ClientToken": "token"}
    first = world.ec2.run_instances(**arguments)["Instances"][0]["InstanceId"]
    assert world.ec2.run_instances(**arguments)["Instances"][0]["InstanceId"] == first
    other = refused(world.ec2.run_instances, **{**arguments, "MaxCount": 2})
    assert other == "IdempotentParameterMismatch"


def test_launch_is_refused(world, as_caller):
    run = {"MinCount": 1, "MaxCount": 1}
    assert refused(world.ec2.run_instances, **run) == "MissingParameter"
    assert refused(world.ec2.run_instances, ImageId=PLAIN_IMAGE) == "MissingParameter"
    unknown = refused(world.ec2.run_instances, ImageId="ami-12345678", **run)
    assert unknown == "InvalidAMIID.NotFound"
    small = [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 7}}]
    code = refused(world.ec2.run_instances, ImageId=PLAIN_IMAGE, BlockDeviceMappings=small, **run)
    assert code == "InvalidBlockDeviceMapping"
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "b"}]}]
    client = world.boto3("ec2", NO_TAGS)
    code = refused(client.run_instances, ImageId=PLAIN_IMAGE, TagSpecifications=tags, **run)
    assert code == "UnauthorizedOperation"


def test_launch_may_change_the_root(world):
    devices = [
        {
            "DeviceName": "/dev/xvda",
            "Ebs": {"VolumeSize": 20, "VolumeType": "gp3", "Encrypted": True},
        }
    ]
    instance = world.launch(BlockDeviceMappings=devices)
    ebs = world.devices(world.create(instance))["/dev/xvda"]["Ebs"]
    assert (ebs["VolumeSize"], ebs["VolumeType"], ebs["Encrypted"]) == (20, "gp3", True)


def test_deregistration(world, instance):
    reply = world.create(instance)
    image = reply.text("imageId")
    snapshot = world.snapshots(reply)[0]["SnapshotId"]
    assert refused(world.ec2.delete_snapshot, SnapshotId=snapshot) == "InvalidSnapshot.InUse"
    world.ec2.deregister_image(ImageId=image)
    assert world.ec2.describe_images(ImageIds=[image])["Images"] == []
    assert refused(world.ec2.deregister_image, ImageId=image) == "InvalidAMIID.Unavailable"
    code = refused(world.ec2.run_instances, ImageId=image, MinCount=1, MaxCount=1)
    assert code == "InvalidAMIID.Unavailable"
    assert len(world.snapshots(reply)) == 1
    world.ec2.delete_snapshot(SnapshotId=snapshot)
    assert world.snapshots(reply) == []
    gone = refused(world.ec2.describe_snapshots, SnapshotIds=[snapshot])
    assert gone == "InvalidSnapshot.NotFound"


def test_disabled_image_is_hidden(world, instance):
    image = world.image(world.create(instance))["ImageId"]

    def listed(**more: bool) -> dict[str, str]:
        found = world.ec2.describe_images(Owners=["self"], **more)["Images"]
        return {each["ImageId"]: each["State"] for each in found}

    world.ec2.disable_image(ImageId=image)
    assert image not in listed()
    assert listed(IncludeDisabled=True)[image] == "disabled"
    launch = {"ImageId": image, "MinCount": 1, "MaxCount": 1}
    assert refused(world.ec2.run_instances, **launch) == "InvalidAMIID.Unavailable"
    world.ec2.enable_image(ImageId=image)
    assert listed()[image] == "available"


def test_deregistration_with_snapshots(world, instance):
    shared = world.snapshots(world.create(instance))[0]["SnapshotId"]
    reply = world.create(
        instance,
        {
            "BlockDeviceMapping.1.DeviceName": "/dev/sdf",
            "BlockDeviceMapping.1.Ebs.SnapshotId": shared,
        },
    )
    image = reply.text("imageId")
    answer = world.ec2.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    results = {each["SnapshotId"]: each["ReturnCode"] for each in answer["DeleteSnapshotResults"]}
    assert results.pop(shared) == "skipped"
    assert list(results.values()) == ["success"]
    assert world.snapshots(reply) == []


def test_public_image_is_not_ours(world):
    assert refused(world.ec2.deregister_image, ImageId=PLAIN_IMAGE) == "AuthFailure"


def test_volumes_and_snapshots(world, instance):
    ec2 = world.ec2
    tags = [{"ResourceType": "volume", "Tags": [{"Key": "v", "Value": "1"}]}]
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=2, TagSpecifications=tags)
    volume_id = volume["VolumeId"]
    assert (volume["State"], volume["Tags"]) == ("available", [{"Key": "v", "Value": "1"}])
    attached = ec2.attach_volume(VolumeId=volume_id, InstanceId=instance, Device="/dev/sdp")
    assert attached["State"] == "attached"
    again = {"VolumeId": volume_id, "InstanceId": instance, "Device": "/dev/sdq"}
    assert refused(ec2.attach_volume, **again) == "VolumeInUse"
    assert refused(ec2.delete_volume, VolumeId=volume_id) == "VolumeInUse"
    found = ec2.describe_volumes(Filters=[{"Name": "tag:v", "Values": ["1"]}])["Volumes"]
    assert found[0]["Attachments"][0]["InstanceId"] == instance
    snapshot = ec2.create_snapshot(VolumeId=volume_id, Description="mine")
    assert snapshot["VolumeSize"] == 2
    ec2.detach_volume(VolumeId=volume_id)
    assert ec2.describe_volumes(VolumeIds=[volume_id])["Volumes"][0]["State"] == "available"
    ec2.delete_volume(VolumeId=volume_id)
    assert refused(ec2.describe_volumes, VolumeIds=[volume_id]) == "InvalidVolume.NotFound"
    found = ec2.describe_snapshots(OwnerIds=["self"], Filters=where(volume_id=volume_id))
    assert [each["Description"] for each in found["Snapshots"]] == ["mine"]
    ec2.delete_snapshot(SnapshotId=snapshot["SnapshotId"])


def test_tags(world, instance):
    ec2 = world.ec2
    image = world.create(instance).text("imageId")
    ec2.create_tags(Resources=[image, instance], Tags=[{"Key": "later", "Value": "1"}])
    found = ec2.describe_tags(Filters=where(key="later", resource_type="image"))["Tags"]
    assert found == [{"ResourceId": image, "ResourceType": "image", "Key": "later", "Value": "1"}]
    by_tag = [{"Name": "tag:later", "Values": ["?"]}]
    assert ec2.describe_images(Filters=by_tag)["Images"][0]["ImageId"] == image
    assert len(ec2.describe_instances(Filters=where(tag_key="later"))["Reservations"]) == 1
    ec2.delete_tags(Resources=[image], Tags=[{"Key": "later", "Value": "2"}])
    assert len(ec2.describe_tags(Filters=where(resource_id=image))["Tags"]) == 1
    ec2.delete_tags(Resources=[image], Tags=[{"Key": "later"}])
    assert ec2.describe_tags(Filters=where(resource_id=image))["Tags"] == []
    many = [{"Key": f"k{n}", "Value": ""} for n in range(51)]
    assert refused(ec2.create_tags, Resources=[image], Tags=many) == "TagLimitExceeded"
    reserved = [{"Key": "aws:x", "Value": ""}]
    assert refused(ec2.create_tags, Resources=[image], Tags=reserved) == "InvalidTagKey.Malformed"


def test_dry_run_of_any_action(world, instance):
    code = refused(world.ec2.terminate_instances, InstanceIds=[instance], DryRun=True)
    assert code == "DryRunOperation"
    assert shown(world, instance)["State"]["Name"] == "running"
