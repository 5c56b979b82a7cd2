"""The helper functions of a reproduction in Python. A script gets those that it uses."""

from __future__ import annotations

from reports.steps import Source, used

_HELPERS = {
    "create_image": '''
def create_image(**request):
    """The image id or None, the HTTP status, and the error code."""
    try:
        answer = signed.create_image(**request)
    except ClientError as error:
        found = error.response
        return None, found["ResponseMetadata"]["HTTPStatusCode"], found["Error"].get("Code")
    except FAILURES as error:  # no answer in the documented form
        return None, 0, repr(error)
    if not answer.get("ImageId"):
        return None, answer["ResponseMetadata"]["HTTPStatusCode"], "no ImageId"
    made.append(answer["ImageId"])
    return answer["ImageId"], answer["ResponseMetadata"]["HTTPStatusCode"], None
''',
    "attempt": '''
def attempt(call, **arguments):
    """The error code with which a call fails, or None."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
''',
    "describe_image": '''
def describe_image(image_id, pending=False):
    """The image, once it is not pending; {} if it is not shown."""
    found = {}
    for _ in range(30):
        found = next(iter(images_of(ImageIds=[image_id])), {})
        if found and (pending or found.get("State") != "pending"):
            break
        time.sleep(4)
    return found
''',
    "images_of": """
def images_of(**which):
    try:
        return ec2.describe_images(**which).get("Images", [])
    except FAILURES:
        return []
""",
    "names_of": """
def names_of(images):
    return {image["ImageId"]: image.get("Name") for image in images}
""",
    "mappings_of": """
def mappings_of(image):
    return {m.get("DeviceName"): m for m in image.get("BlockDeviceMappings", [])}
""",
    "snapshot_ids": """
def snapshot_ids(image):
    found = (m.get("Ebs", {}) for m in image.get("BlockDeviceMappings", []))
    return {ebs["SnapshotId"] for ebs in found if "SnapshotId" in ebs}
""",
    "flags_of": """
def flags_of(described):
    found = {m["DeviceName"]: m.get("Ebs", {}) for m in described["BlockDeviceMappings"]}
    return {device: ebs.get("DeleteOnTermination") for device, ebs in found.items()}
""",
    "tags_of": """
def tags_of(resource):
    return {t["Key"]: t.get("Value") for t in resource.get("Tags", []) if t["Key"][:4] != "aws:"}
""",
    "described_tags": """
def described_tags(resource_id):
    which = [{"Name": "resource-id", "Values": [resource_id]}]
    return tags_of(ec2.describe_tags(Filters=which))
""",
    "describe_snapshots": '''
def describe_snapshots(instance_id):
    """The snapshots of an instance's volumes."""
    volumes = [v["VolumeId"] for v in describe_volumes(instance_id).values()]
    which = [{"Name": "volume-id", "Values": volumes}]
    return ec2.describe_snapshots(Filters=which)["Snapshots"]
''',
    "describe_volumes": '''
def describe_volumes(instance_id):
    """The volumes of an instance, by device."""
    mapped = describe_instance(instance_id)["BlockDeviceMappings"]
    devices = {m["Ebs"]["VolumeId"]: m["DeviceName"] for m in mapped}
    volumes = ec2.describe_volumes(VolumeIds=list(devices))["Volumes"]
    return {devices[v["VolumeId"]]: v for v in volumes}
''',
    "make_snapshot": """
def make_snapshot(instance_id, device):
    volume = describe_volumes(instance_id)[device]["VolumeId"]
    made = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    snapshots_made.append(made)
    ec2.get_waiter("snapshot_completed").wait(SnapshotIds=[made])
    return made
""",
    "launch": '''
def launch(state="running", **options):
    """The id of an instance, once it has this state."""
    given = describe_instance(instance_id)
    options = {"ImageId": given["ImageId"], **options}
    options.setdefault("InstanceType", given["InstanceType"])
    if "SubnetId" in given:
        options["SubnetId"] = given["SubnetId"]
    made = ec2.run_instances(MinCount=1, MaxCount=1, **options)["Instances"][0]["InstanceId"]
    launched_ids.append(made)
    for _ in range(30 if state else 0):
        if describe_instance(made)["State"]["Name"] == state:
            break
        time.sleep(4)
    return made
''',
    "change_volumes": '''
def change_volumes(instance_id):
    """Attach a volume to the instance, detach another, and change a flag."""
    zone = describe_instance(instance_id)["Placement"]["AvailabilityZone"]
    new = ec2.create_volume(AvailabilityZone=zone, Size=3, VolumeType="standard")["VolumeId"]
    volumes_made.append(new)
    ec2.get_waiter("volume_available").wait(VolumeIds=[new])
    old = describe_volumes(instance_id)["/dev/sdf"]["VolumeId"]
    volumes_made.append(old)
    ec2.attach_volume(VolumeId=new, InstanceId=instance_id, Device="/dev/sdj")
    ec2.detach_volume(VolumeId=old)
    ec2.get_waiter("volume_available").wait(VolumeIds=[old])
    goes = {"DeviceName": "/dev/sdg", "Ebs": {"DeleteOnTermination": True}}
    ec2.modify_instance_attribute(InstanceId=instance_id, BlockDeviceMappings=[goes])
''',
    "stop": """
def stop(instance_id):
    ec2.stop_instances(InstanceIds=[instance_id])
    ec2.get_waiter("instance_stopped").wait(InstanceIds=[instance_id])
""",
    "terminate": """
def terminate(instance_id):
    ec2.terminate_instances(InstanceIds=[instance_id])
    ec2.get_waiter("instance_terminated").wait(InstanceIds=[instance_id])
""",
    "instance_owner": """
def instance_owner(instance_id):
    return ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0].get("OwnerId")
""",
    "describe_instance": """
def describe_instance(instance_id):
    found = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"]
    return found[0]["Instances"][0]
""",
    "clean_up": '''
def clean_up():
    """Remove what was made. What fails is left."""
    for image_id in dict.fromkeys(made):
        snapshots = {m.get("Ebs", {}).get("SnapshotId") for i in images_of(ImageIds=[image_id])
                     for m in i.get("BlockDeviceMappings", [])}
        with suppress(*FAILURES):
            ec2.deregister_image(ImageId=image_id)
        snapshots_made.extend(snapshots - {None})
    for snapshot in dict.fromkeys(snapshots_made):
        with suppress(*FAILURES):
            ec2.delete_snapshot(SnapshotId=snapshot)
''',
}

_TERMINATE = """
    for launched in launched_ids:
        with suppress(*FAILURES):
            devices = [m["DeviceName"] for m in describe_instance(launched)["BlockDeviceMappings"]]
            goes = [{"DeviceName": device, "Ebs": {"DeleteOnTermination": True}}
                    for device in devices]
            ec2.modify_instance_attribute(InstanceId=launched, BlockDeviceMappings=goes)
        with suppress(*FAILURES):
            ec2.terminate_instances(InstanceIds=[launched])
"""

_DELETE_VOLUMES = """
    for volume in volumes_made:
        with suppress(*FAILURES):
            ec2.delete_volume(VolumeId=volume)
"""

_ANSWERS = """
answers = []  # status line and body of each answer


def keep_answer(response_dict, **_):
    body = response_dict["body"].decode(errors="replace")
    answers.append(f"HTTP/1.1 {response_dict['status_code']} " + re.sub(r"[\\r\\n]+", "", body))


signed.meta.events.register("before-parse.ec2.CreateImage", keep_answer)
"""

_ADDED = """    {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 2, "DeleteOnTermination": True}},
    {"DeviceName": "/dev/sdg",
     "Ebs": {"VolumeSize": 1, "DeleteOnTermination": False, "Encrypted": True}},
"""
_VOLUMES = f"""source_id = launch(BlockDeviceMappings=[
{_ADDED}], TagSpecifications=[
    {{"ResourceType": "instance", "Tags": [{{"Key": "for", "Value": "amiproof"}}]}},
])"""
_CHANGED = f"""image = images_of(ImageIds=[describe_instance(instance_id)["ImageId"]])[0]
root = mappings_of(image)[image["RootDeviceName"]]["Ebs"]
source_id = launch(BlockDeviceMappings=[
    {{"DeviceName": image["RootDeviceName"],
     "Ebs": {{"VolumeSize": root["VolumeSize"] + 2,
             "DeleteOnTermination": root.get("DeleteOnTermination") is False,
             "VolumeType": "gp2" if root.get("VolumeType") == "gp3" else "gp3"}}}},
{_ADDED}])
change_volumes(source_id)"""

# The added volumes have different flags, so that an image shows whose it took.
SOURCES: dict[Source, list[str]] = {
    Source.GIVEN: [],
    Source.VOLUMES: _VOLUMES.split("\n"),
    Source.STORE: [
        'source_id = launch(InstanceType="m3.medium", BlockDeviceMappings=[',
        '    {"DeviceName": "/dev/sdh", "VirtualName": "ephemeral0"},',
        "])",
    ],
    Source.STOPPED: [*_VOLUMES.split("\n"), "stop(source_id)"],
    Source.CHANGED: _CHANGED.split("\n"),
    Source.TERMINATED: ["source_id = launch()", "terminate(source_id)"],
    Source.PENDING: ["source_id = launch(state=None)"],
    Source.SHUTTING_DOWN: [
        "source_id = launch()",
        "ec2.terminate_instances(InstanceIds=[source_id])",
    ],
    Source.INSTANCE_STORE: [
        'store = [{"Name": "root-device-type", "Values": ["instance-store"]}]',
        'source_id = launch(ImageId=images_of(Filters=store)[0]["ImageId"])',
    ],
}
"""The lines that make each source instance."""


def helpers(body: str) -> list[str]:
    """The helpers that a body uses, directly or through others."""
    wanted = used(_HELPERS, body)
    launches, changes = "launch" in wanted, "change_volumes" in wanted
    lines = ["FAILURES = (BotoCoreError, ClientError, ResponseParserError)"]
    lines += ["made, snapshots_made = [], []"] + ["launched_ids = []"] * launches
    lines += ["volumes_made = []"] * changes
    for name, source in _HELPERS.items():
        if name in wanted:
            more = _TERMINATE if launches and name == "clean_up" else ""
            more += _DELETE_VOLUMES.lstrip("\n") if changes and more else ""
            lines += ["", *(source + more.lstrip("\n")).rstrip().split("\n")]
    if "answers[" in body:
        lines += ["", *_ANSWERS.strip().split("\n")]
    return lines
