"""The block device mappings of CreateImage."""

from __future__ import annotations

import pytest

BAD = (400, "InvalidBlockDeviceMapping")


def entry(device: str | None, number: int = 1, **fields: str) -> dict[str, str]:
    """One mapping entry: plain fields, and those of Ebs by names that begin in lower case."""
    prefix = f"BlockDeviceMapping.{number}."
    found = {} if device is None else {f"{prefix}DeviceName": device}
    for name, value in fields.items():
        ebs = "Ebs." if name[0].islower() else ""
        found[f"{prefix}{ebs}{name[0].upper()}{name[1:]}"] = value
    return found


def test_mapping_is_the_instances_own(world, rich_instance):
    reply = world.create(rich_instance)
    devices = world.devices(reply)
    assert list(devices) == ["/dev/xvda", "/dev/sdf", "/dev/sdg", "/dev/sdb"]
    assert devices["/dev/sdb"] == {"DeviceName": "/dev/sdb", "VirtualName": "ephemeral0"}
    root, plain = devices["/dev/xvda"]["Ebs"], devices["/dev/sdg"]["Ebs"]
    assert (root["VolumeSize"], root["VolumeType"], root["DeleteOnTermination"]) == (8, "gp2", True)
    assert (plain["VolumeSize"], plain["VolumeType"]) == (10, "gp3")
    assert (plain["Iops"], plain["Throughput"]) == (3000, 125)
    assert plain["DeleteOnTermination"]
    encrypted = devices["/dev/sdf"]["Ebs"]
    assert encrypted["Encrypted"]
    assert not encrypted["DeleteOnTermination"]
    snapshots = {each["SnapshotId"]: each for each in world.snapshots(reply)}
    assert {each["Ebs"]["SnapshotId"] for each in devices.values() if "Ebs" in each} == set(
        snapshots
    )
    shown = sorted((each["VolumeSize"], each["Encrypted"]) for each in snapshots.values())
    assert shown == [(8, False), (9, True), (10, False)]
    text = f"Created by CreateImage({rich_instance}) for {reply.text('imageId')}"
    assert {each["Description"] for each in snapshots.values()} == {text}


@pytest.mark.parametrize("value", ["true", "false"])
def test_delete_on_termination_of_existing(world, rich_instance, value):
    fields = entry("/dev/sdg", deleteOnTermination=value)
    devices = world.devices(world.create(rich_instance, fields))
    assert devices["/dev/sdg"]["Ebs"]["DeleteOnTermination"] is (value == "true")
    assert len(devices) == 4
    own = world.ec2.describe_instances(InstanceIds=[rich_instance])["Reservations"][0]["Instances"]
    flags = {
        each["DeviceName"]: each["Ebs"]["DeleteOnTermination"]
        for each in own[0]["BlockDeviceMappings"]
    }
    assert flags == {"/dev/xvda": True, "/dev/sdf": False, "/dev/sdg": True}


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    "fields",
    [
        {"volumeSize": "11"},
        {"volumeSize": "9"},
        {"volumeType": "gp2"},
        {"iops": "4000"},
        {"throughput": "200"},
        {"snapshotId": "snap-00000000000000e01"},
        {"encrypted": "true"},
        {"VirtualName": "ephemeral1"},
        {"VirtualName": "ephemeral1", "volumeSize": "10"},
    ],
)
def test_existing_mapping_stays_as_it_is(world, rich_instance, fields):
    assert world.create(rich_instance, entry("/dev/sdg", **fields)).outcome == BAD


@pytest.mark.parametrize(
    "fields",
    [
        {"volumeSize": "10"},
        {"volumeType": "gp3", "iops": "3000", "throughput": "125"},
        {"encrypted": "false"},
    ],
)
def test_repeating_what_is_there(world, rich_instance, fields):
    reply = world.create(rich_instance, entry("/dev/sdg", **fields))
    assert world.devices(reply)["/dev/sdg"]["Ebs"]["VolumeSize"] == 10


@pytest.mark.parametrize("value", ["true", "false"])
def test_encrypted_volume_stays_encrypted(world, rich_instance, value):
    reply = world.create(rich_instance, entry("/dev/sdf", encrypted=value))
    assert world.devices(reply)["/dev/sdf"]["Ebs"]["Encrypted"]


def test_new_empty_volume(world, instance):
    ebs = world.devices(world.create(instance, entry("/dev/sdh", volumeSize="5")))["/dev/sdh"][
        "Ebs"
    ]
    assert ebs == {
        "VolumeSize": 5,
        "VolumeType": "gp2",
        "Encrypted": False,
        "DeleteOnTermination": False,
    }
    encrypted = world.create(instance, entry("/dev/sdh", volumeSize="5", encrypted="true"))
    assert world.devices(encrypted)["/dev/sdh"]["Ebs"]["Encrypted"]
    assert len(world.snapshots(encrypted)) == 1


def test_new_volume_from_snapshot(world, instance):
    volume = world.ec2.create_volume(AvailabilityZone="us-east-1a", Size=4, Encrypted=True)
    snapshot = world.ec2.create_snapshot(VolumeId=volume["VolumeId"])["SnapshotId"]
    ebs = world.devices(world.create(instance, entry("/dev/sdh", snapshotId=snapshot)))["/dev/sdh"]
    assert ebs["Ebs"]["SnapshotId"] == snapshot
    assert ebs["Ebs"]["VolumeSize"] == 4
    assert ebs["Ebs"]["Encrypted"]
    for size, status in (("3", 400), ("4", 200), ("5", 200)):
        fields = entry("/dev/sdh", snapshotId=snapshot, volumeSize=size)
        assert world.create(instance, fields).status == status
    for value in ("true", "false"):
        fields = entry("/dev/sdh", snapshotId=snapshot, encrypted=value)
        assert world.create(instance, fields).outcome == BAD


@pytest.mark.parametrize(
    ("volume_type", "least", "greatest"),
    [
        ("gp2", 1, 16384),
        ("gp3", 1, 65536),
        ("io1", 4, 16384),
        ("io2", 4, 65536),
        ("st1", 125, 16384),
        ("sc1", 125, 16384),
        ("standard", 1, 1024),
    ],
)
def test_size_bounds(world, instance, volume_type, least, greatest):
    more = {"iops": "100"} if volume_type in ("io1", "io2") else {}
    for size in (least, greatest):
        fields = entry("/dev/sdh", volumeSize=str(size), volumeType=volume_type, **more)
        assert (
            world.devices(world.create(instance, fields))["/dev/sdh"]["Ebs"]["VolumeSize"] == size
        )
    before = world.footprint()
    for size in (least - 1, greatest + 1):
        fields = entry("/dev/sdh", volumeSize=str(size), volumeType=volume_type, **more)
        assert world.create(instance, fields).outcome == BAD
    assert world.footprint() == before


@pytest.mark.parametrize(
    ("volume_type", "least", "greatest"),
    [("gp3", 3000, 80000), ("io1", 100, 64000), ("io2", 100, 256000)],
)
def test_iops_bounds(world, instance, volume_type, least, greatest):
    for iops, status in ((least, 200), (greatest, 200), (least - 1, 400), (greatest + 1, 400)):
        fields = entry("/dev/sdh", volumeSize="100", volumeType=volume_type, iops=str(iops))
        assert world.create(instance, fields).status == status


@pytest.mark.parametrize(
    ("throughput", "status"), [(125, 200), (2000, 200), (124, 400), (2001, 400)]
)
def test_throughput_bounds(world, instance, throughput, status):
    fields = entry("/dev/sdh", volumeSize="9", volumeType="gp3", throughput=str(throughput))
    assert world.create(instance, fields).status == status


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"volumeSize": "9", "volumeType": "io1"}, "MissingParameter"),
        ({"volumeSize": "9", "volumeType": "io2"}, "MissingParameter"),
        ({"volumeSize": "9", "volumeType": "gp2", "iops": "100"}, "InvalidParameterCombination"),
        (
            {"volumeSize": "9", "volumeType": "gp2", "throughput": "125"},
            "InvalidParameterCombination",
        ),
        ({"volumeSize": "9", "volumeType": "gp4"}, "UnknownVolumeType"),
        ({"volumeSize": "9", "volumeType": "GP2"}, "UnknownVolumeType"),
        ({"volumeSize": "9", "volumeType": ""}, "UnknownVolumeType"),
        ({"volumeSize": "9.5"}, "InvalidParameterValue"),
        ({"volumeSize": "nine"}, "InvalidParameterValue"),
        ({"volumeSize": ""}, "InvalidParameterValue"),
        ({"volumeSize": "9" * 5000}, "InvalidParameterValue"),
        ({"volumeSize": "9", "encrypted": "maybe"}, "InvalidParameterValue"),
        ({"volumeSize": "9", "deleteOnTermination": "2"}, "InvalidParameterValue"),
        ({"deleteOnTermination": "true"}, "InvalidBlockDeviceMapping"),
        ({"snapshotId": "snap-1"}, "InvalidSnapshotID.Malformed"),
        ({"snapshotId": "snap-0123456789abcdef0"}, "InvalidSnapshot.NotFound"),
        ({"volumeSize": "9", "kmsKeyId": "k"}, "InvalidBlockDeviceMapping"),
        ({"volumeSize": "9", "outpostArn": "o"}, "InvalidBlockDeviceMapping"),
        ({"volumeSize": "9", "availabilityZone": "us-east-1a"}, "InvalidBlockDeviceMapping"),
        ({"volumeSize": "9", "availabilityZoneId": "z"}, "InvalidBlockDeviceMapping"),
        ({"volumeSize": "9", "volumeInitializationRate": "100"}, "InvalidBlockDeviceMapping"),
        ({}, "MissingParameter"),
        ({"VirtualName": "ephemeral"}, "InvalidBlockDeviceMapping"),
        ({"VirtualName": "ephemeral24"}, "InvalidBlockDeviceMapping"),
        ({"VirtualName": "Ephemeral0"}, "InvalidBlockDeviceMapping"),
        ({"VirtualName": "disk0"}, "InvalidBlockDeviceMapping"),
        ({"VirtualName": ""}, "InvalidBlockDeviceMapping"),
        ({"noDevice": ""}, "UnknownParameter"),
    ],
)
def test_refused_entry(world, instance, fields, code):
    assert world.create(instance, entry("/dev/sdh", **fields)).outcome == (400, code)


@pytest.mark.parametrize("value", ["", "true", "false", "/dev/sdg"])
def test_no_device(world, rich_instance, value):
    reply = world.create(rich_instance, entry("/dev/sdg", NoDevice=value))
    assert list(world.devices(reply)) == ["/dev/xvda", "/dev/sdf", "/dev/sdb"]
    assert len(world.snapshots(reply)) == 2


def test_no_device_prevails_over_the_rest(world, rich_instance):
    fields = entry("/dev/sdg", NoDevice="", volumeSize="99")
    assert "/dev/sdg" not in world.devices(world.create(rich_instance, fields))


def test_no_device_that_is_not_there(world, instance):
    assert len(world.devices(world.create(instance, entry("/dev/sdz", NoDevice="")))) == 1


def test_no_root(world, instance):
    assert world.create(instance, entry("/dev/xvda", NoDevice="")).outcome == BAD


@pytest.mark.parametrize("name", ["ephemeral0", "ephemeral3", "ephemeral23"])
def test_virtual_name(world, instance, name):
    reply = world.create(instance, entry("/dev/sdc", VirtualName=name))
    assert world.devices(reply)["/dev/sdc"] == {"DeviceName": "/dev/sdc", "VirtualName": name}
    assert len(world.snapshots(reply)) == 1


@pytest.mark.parametrize("device", ["/dev/sdb", "/dev/sdz", "/dev/xvdba", "/dev/xvdcz", "xvdh"])
def test_legal_device_name(world, instance, device):
    assert device in world.devices(world.create(instance, entry(device, volumeSize="1")))


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    "device", [None, "", "/dev/sde1", "/dev/xvdbaa", "C:/dev/sdb", "/dev/SDB", "/dev/sdb\n"]
)
def test_illegal_device_name(world, instance, device):
    assert world.create(instance, entry(device, volumeSize="1")).outcome == BAD


@pytest.mark.usefixtures("untouched")
def test_device_comes_once(world, instance):
    fields = {**entry("/dev/sdh", volumeSize="1"), **entry("/dev/sdh", 2, volumeSize="1")}
    assert world.create(instance, fields).outcome == BAD


def test_order_and_gaps(world, instance):
    fields = {**entry("/dev/sdi", 7, volumeSize="2"), **entry("/dev/sdh", 3, volumeSize="1")}
    devices = world.devices(world.create(instance, fields))
    assert list(devices) == ["/dev/xvda", "/dev/sdh", "/dev/sdi"]


def test_attached_volume_is_imaged_and_detached_one_is_not(world):
    instance = world.launch()
    volume = world.ec2.create_volume(AvailabilityZone="us-east-1a", Size=3)["VolumeId"]
    world.ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdf")
    reply = world.create(instance)
    assert sorted(each["VolumeSize"] for each in world.snapshots(reply)) == [3, 8]
    assert not world.devices(reply)["/dev/sdf"]["Ebs"]["DeleteOnTermination"]
    world.ec2.modify_instance_attribute(
        InstanceId=instance,
        BlockDeviceMappings=[{"DeviceName": "/dev/sdf", "Ebs": {"DeleteOnTermination": True}}],
    )
    assert world.devices(world.create(instance))["/dev/sdf"]["Ebs"]["DeleteOnTermination"]
    world.ec2.detach_volume(VolumeId=volume)
    assert list(world.devices(world.create(instance))) == ["/dev/xvda"]
