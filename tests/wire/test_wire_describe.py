"""Describe responses of AWS and moto, and broken ones, as the model's types."""

from __future__ import annotations

from conformance.model.world import DeviceMapping, Image, Instance, Snapshot, Volume
from conformance.wire.decoding import describe
from conformance.wire.decoding.decode import parse

IMAGES = b"""<DescribeImagesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>r</requestId>
  <imagesSet>
    <item>
      <imageId>ami-5769193e</imageId>
      <imageState>failed</imageState>
      <stateReason><code>Client.X</code><message>why not</message></stateReason>
      <imageOwnerId>123456789012</imageOwnerId>
      <creationDate>2013-06-22T02:28:44.000Z</creationDate>
      <isPublic>false</isPublic>
      <architecture>x86_64</architecture>
      <imageType>machine</imageType>
      <sourceInstanceId>i-1</sourceInstanceId>
      <name>  two leading </name>
      <description/>
      <platform></platform>
      <rootDeviceType>ebs</rootDeviceType>
      <rootDeviceName>/dev/sda1</rootDeviceName>
      <enaSupport>true</enaSupport>
      <blockDeviceMapping>
        <item>
          <deviceName>/dev/sda1</deviceName>
          <ebs>
            <snapshotId>snap-1</snapshotId>
            <volumeSize>7</volumeSize>
            <deleteOnTermination>True</deleteOnTermination>
            <volumeType>gp3</volumeType>
            <iops>3000</iops>
            <throughput>many</throughput>
            <encrypted>maybe</encrypted>
            <kmsKeyId>alias/k</kmsKeyId>
            <VolumeInitializationRate>100</VolumeInitializationRate>
            <availabilityZone/>
          </ebs>
        </item>
        <item><deviceName>/dev/sdb</deviceName><virtualName>ephemeral0</virtualName></item>
        <item><deviceName>/dev/sdc</deviceName><noDevice/></item>
      </blockDeviceMapping>
      <virtualizationType>hvm</virtualizationType>
      <tagSet>
        <item><key>Name</key><value/></item>
        <item><value> v </value><key> k </key></item>
        <item><value>lost</value></item>
        <item><value>again</value><key> k </key></item>
      </tagSet>
    </item>
    <item/>
  </imagesSet>
  <nextToken>more</nextToken>
</DescribeImagesResponse>"""


def test_images() -> None:
    root = parse(IMAGES)
    assert describe.images(root) == [
        Image(
            id="ami-5769193e",
            state="failed",
            state_reason="why not",
            name="  two leading ",
            description="",
            owner="123456789012",
            public=False,
            type="machine",
            creation_date="2013-06-22T02:28:44.000Z",
            root_device="/dev/sda1",
            root_device_type="ebs",
            source_instance="i-1",
            architecture="x86_64",
            virtualization="hvm",
            ena_support="true",
            mappings=(
                DeviceMapping(
                    "/dev/sda1",
                    ebs=True,
                    snapshot_id="snap-1",
                    size=7,
                    delete_on_termination=True,
                    type="gp3",
                    iops=3000,
                    unsupported={"KmsKeyId": "alias/k", "VolumeInitializationRate": "100"},
                ),
                DeviceMapping("/dev/sdb", virtual_name="ephemeral0"),
                DeviceMapping("/dev/sdc", no_device=""),
            ),
            tags={"Name": "", " k ": "again"},
            repeated_keys=(" k ",),
        ),
        Image(id=""),
    ]
    assert describe.next_token(root) == "more"
    assert describe.images(parse(b"<Other/>")) == []


def test_snapshots() -> None:
    root = parse(
        b"<r><snapshotSet><item><snapshotId>snap-1</snapshotId><volumeId>vol-1</volumeId>"
        b"<status>completed</status><ownerId>1</ownerId><volumeSize>8</volumeSize>"
        b"<description>Created by CreateImage(i-1) for ami-1 from vol-1</description>"
        b"<encrypted>true</encrypted></item></snapshotSet></r>"
    )
    assert describe.snapshots(root) == [
        Snapshot(
            "snap-1",
            "vol-1",
            8,
            True,
            "completed",
            "Created by CreateImage(i-1) for ami-1 from vol-1",
            "1",
        )
    ]
    assert describe.next_token(root) is None


INSTANCES = (
    b"<instancesSet><item><instanceId>i-1</instanceId><imageId>ami-0</imageId>"
    b"<instanceState><code>16</code><name>running</name></instanceState>"
    b"<launchTime>2020-01-01T00:00:00.000Z</launchTime><rootDeviceName>/dev/xvda</rootDeviceName>"
    b"<rootDeviceType>ebs</rootDeviceType><bootMode>uefi</bootMode><blockDeviceMapping>"
    b"<item><deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-1</volumeId>"
    b"<deleteOnTermination>false</deleteOnTermination></ebs></item>"
    b"<item><deviceName>/dev/sdb</deviceName></item></blockDeviceMapping>"
    b"<tagSet><item><key>a</key><value>b</value></item></tagSet></item></instancesSet>"
)
VOLUMES = (
    b"<r><volumeSet><item><volumeId>vol-1</volumeId><size>8</size><volumeType>gp3</volumeType>"
    b"<iops>3000</iops><throughput>125</throughput><encrypted>false</encrypted>"
    b"<snapshotId>snap-0</snapshotId><attachmentSet>"
    b"<item><instanceId>i-9</instanceId><device>/dev/sdz</device></item>"
    b"<item><instanceId>i-1</instanceId><device>/dev/xvda</device>"
    b"<deleteOnTermination>true</deleteOnTermination></item></attachmentSet></item>"
    b"<item><volumeId>vol-2</volumeId><snapshotId/><attachmentSet/></item></volumeSet></r>"
)


def test_instances_and_their_volumes() -> None:
    described = parse(
        b"<DescribeInstancesResponse><reservationSet><item><ownerId>123</ownerId>"
        + INSTANCES
        + b"</item></reservationSet></DescribeInstancesResponse>"
    )
    run = parse(
        b"<RunInstancesResponse><ownerId>123</ownerId>" + INSTANCES + b"</RunInstancesResponse>"
    )
    expected = Instance(
        id="i-1",
        state="running",
        image_id="ami-0",
        root_device="/dev/xvda",
        root_device_type="ebs",
        launch_time="2020-01-01T00:00:00.000Z",
        boot_mode="uefi",
        volumes=(Volume("vol-1", "/dev/xvda", delete_on_termination=False),),
        tags={"a": "b"},
    )
    for root in (described, run):
        assert describe.instances(root) == [expected]
        assert describe.account(root) == "123"
    volumes = describe.volumes(parse(VOLUMES))
    assert [(v.id, v.device) for v in volumes] == [("vol-1", "/dev/sdz"), ("vol-2", "")]
    own = describe.volumes(parse(VOLUMES), "i-1")
    vol = Volume("vol-1", "/dev/xvda", 8, False, True, "gp3", 3000, 125, "snap-0")
    assert own == [vol]
    whole = describe.with_volumes(expected, volumes)
    assert whole.volumes == (
        Volume("vol-1", "/dev/xvda", 8, False, False, "gp3", 3000, 125, "snap-0"),
    )
    assert describe.with_volumes(expected, []) == expected


def test_tags_and_account() -> None:
    tags = parse(
        b"<r><tagSet><item><resourceId>ami-1</resourceId><key>a</key><value>b</value></item>"
        b"<item><resourceId>ami-1</resourceId><key>c</key></item></tagSet></r>"
    )
    assert describe.tags(tags) == {"ami-1": {"a": "b", "c": ""}}
    who = parse(b"<r><GetCallerIdentityResult><Account>1</Account></GetCallerIdentityResult></r>")
    assert describe.account(who) == "1"
    assert describe.account(parse(b"<r/>")) is None
