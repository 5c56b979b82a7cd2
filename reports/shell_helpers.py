"""The helper functions of a reproduction in the shell. A script gets those that it uses."""

# ruff: noqa: E501 (a helper of one line stays one line)
from __future__ import annotations

from reports.steps import Source, used

_HELPERS = {
    "show": r"""show() { printf '%s\n' "$1"; }""",
    "deviation": r"""deviation() { echo "DEVIATION: $1; observed: see above"; exit 1; }""",
    "items": r"""items() {  # an answer with a line for each item
    tr -d '\r\n' | awk '{gsub(/<item>/, "\n&")} 1' |
        sed "s/&lt;/</g; s/&gt;/>/g; s/&quot;/\"/g; s/&#39;/'/g; s/&#34;/\"/g; s/&apos;/'/g; s/&amp;/\&/g"
}""",
    "has": r"""has() {  # whether an item of the answer $1 has all of these texts
    lines=$(printf '%s' "$1" | items); shift
    for text; do lines=$(printf '%s\n' "$lines" | grep -F -- "$text") || return 1; done
}""",
    "field": r"""field() {  # the texts of the elements $2 of the answer $1
    printf '%s' "$1" | tr -d '\r\n' | awk '{gsub(/</, "\n<")} 1' | sed -n "s:^<$2>\(.*\):\1:p"
}""",
    "count": r"""count() { printf '%s' "$1" | awk -v RS='<' -v e="$2>" 'index($0, e) == 1 {n++} END {print n+0}'; }""",
    "unchanging": r"""unchanging() { printf '%s' "$1" | sed 's:<requestId>[^<]*<::; s:<timestamp>[^<]*<::'; }""",
    "same_text": r"""same_text() { [ -n "$(printf '%s\n%s' "$1" "$2" | sort | uniq -d)" ]; }""",
    "one_line": r"""one_line() { printf '%s' "$answer" | tr -d '\r\n' | sed 's:\(HTTP[^ ]* [0-9]*\)[^<{]*:\1 :'; }""",
    "read_answer": r"""read_answer() {  # image id, status and code of $answer
    show "$answer"
    image_id=$(field "$answer" imageId | head -n 1)
    status=$(printf '%s' "$answer" | sed -n 's:^HTTP[^ ]* \([0-9]*\).*:\1:p' | tail -n 1)
    code=$(field "$answer" Code | head -n 1)
    images="$images $image_id"
}""",
    "described_image": r"""described_image() {  # DescribeImages, once the image is not pending
    for _ in $(seq 30); do
        found=$(ec2 -d Action=DescribeImages -d "ImageId.1=$1")
        ! has "$found" '<imageId>' || has "$found" '<imageState>pending<' || break
        sleep 4
    done
    printf '%s' "$found"
}""",
    "describe_instance": r"""describe_instance() { ec2 -d Action=DescribeInstances -d "InstanceId.1=$1"; }""",
    "volume_ids": r"""volume_ids() {  # parameters $1.N: the ids of the source instance's volumes
    field "$(describe_instance "$source_id")" volumeId | awk -v p="$1" '{print "-d " p "." NR "=" $1}'
}""",
    "describe_volumes": r"""describe_volumes() { ec2 -d Action=DescribeVolumes $(volume_ids VolumeId); }""",
    "describe_snapshots": r"""describe_snapshots() {
    ec2 -d Action=DescribeSnapshots -d Filter.1.Name=volume-id $(volume_ids Filter.1.Value)
}""",
    "wait_for": r"""wait_for() {  # the instance $2 is in the state $1
    for _ in $(seq 30); do
        ! has "$(describe_instance "$2")" "<name>$1<" || return 0
        sleep 4
    done
}""",
    "launch": r"""launch() {  # an instance of the image $1, as the given one
    given=$(describe_instance "$instance_id"); image=$1; shift
    subnet=$(field "$given" subnetId | head -n 1)
    ec2 -d Action=RunInstances -d "ImageId=${image:-$(field "$given" imageId | head -n 1)}" \
        -d "InstanceType=${type:-$(field "$given" instanceType | head -n 1)}" \
        -d MinCount=1 -d MaxCount=1 ${subnet:+-d "SubnetId=$subnet"} "$@"
}""",
    "part": r"""part() {  # the element $3 of the item of the answer $1 about the device $2
    printf '%s' "$1" | items | grep -F "<deviceName>$2<" | sed "s:.*<$3>\([^<]*\).*:\1:"
}""",
    "change_volumes": r"""change_volumes() {  # attach a volume, detach another, change a flag
    source=$(describe_instance "$source_id")
    old=$(part "$source" /dev/sdf volumeId)
    new=$(field "$(ec2 -d Action=CreateVolume -d Size=3 -d VolumeType=standard \
        -d "AvailabilityZone=$(field "$source" availabilityZone | head -n 1)")" volumeId)
    volumes="$new $old"
    wait_for_volume "$new"
    show "$(ec2 -d Action=AttachVolume -d "VolumeId=$new" -d "InstanceId=$source_id" \
        -d Device=/dev/sdj)"
    show "$(ec2 -d Action=DetachVolume -d "VolumeId=$old")"
    wait_for_volume "$old"
    show "$(ec2 -d Action=ModifyInstanceAttribute -d "InstanceId=$source_id" \
        -d BlockDeviceMapping.1.DeviceName=/dev/sdg \
        -d BlockDeviceMapping.1.Ebs.DeleteOnTermination=true)"
}""",
    "wait_for_volume": r"""wait_for_volume() {  # the volume $1 is attached to no instance
    for _ in $(seq 30); do
        ! has "$(ec2 -d Action=DescribeVolumes -d "VolumeId.1=$1")" '<status>available<' || return 0
        sleep 4
    done
}""",
    "make_snapshot": r"""make_snapshot() {  # snapshot_id: of the volume of the device $1
    volume=$(part "$(describe_instance "$source_id")" "$1" volumeId)
    snapshot_id=$(field "$(ec2 -d Action=CreateSnapshot -d "VolumeId=$volume")" snapshotId)
    snapshots="$snapshots $snapshot_id"
    for _ in $(seq 30); do
        ! has "$(ec2 -d Action=DescribeSnapshots -d "SnapshotId.1=$snapshot_id")" \
            '<status>completed<' || return 0
        sleep 4
    done
}""",
    "clean_up": r"""clean_up() {  # removes the created resources; a failed removal leaves one
    for id in $images; do
        mapped=$(field "$(ec2 -d Action=DescribeImages -d "ImageId.1=$id")" snapshotId)
        ec2 -d Action=DeregisterImage -d "ImageId=$id"
        snapshots="$snapshots $mapped"
    done
    for id in $snapshots; do ec2 -d Action=DeleteSnapshot -d "SnapshotId=$id"; done
} >/dev/null 2>&1
trap clean_up EXIT
images='' snapshots='' instances=''""",
}


_TERMINATE_ALL = r"""    for id in $instances; do
        for device in $(field "$(describe_instance "$id")" deviceName); do
            ec2 -d Action=ModifyInstanceAttribute -d "InstanceId=$id" \
                -d "BlockDeviceMapping.1.DeviceName=$device" \
                -d BlockDeviceMapping.1.Ebs.DeleteOnTermination=true
        done
        ec2 -d Action=TerminateInstances -d "InstanceId.1=$id"
    done
"""


_DELETE_VOLUMES = """    for id in $volumes; do ec2 -d Action=DeleteVolume -d "VolumeId=$id"; done
"""


def _launched(options: str, state: str = "running", image: str = '""', type: str = "") -> list[str]:
    prefix = f"type={type} " if type else ""
    lines = [
        f'source_id=$(field "$({prefix}launch {image}{options})" instanceId | head -n 1)',
        'instances="$instances $source_id"',
    ]
    return [*lines, *[f'wait_for {state} "$source_id"'] * bool(state)]


_VOLUMES = r""" \
    -d BlockDeviceMapping.1.DeviceName=/dev/sdf -d BlockDeviceMapping.1.Ebs.VolumeSize=2 \
    -d BlockDeviceMapping.1.Ebs.DeleteOnTermination=true \
    -d BlockDeviceMapping.2.DeviceName=/dev/sdg -d BlockDeviceMapping.2.Ebs.VolumeSize=1 \
    -d BlockDeviceMapping.2.Ebs.DeleteOnTermination=false \
    -d BlockDeviceMapping.2.Ebs.Encrypted=true -d TagSpecification.1.ResourceType=instance \
    -d TagSpecification.1.Tag.1.Key=for -d TagSpecification.1.Tag.1.Value=amiproof"""
_ROOT = r""" \
    -d "BlockDeviceMapping.3.DeviceName=$device" -d "BlockDeviceMapping.3.Ebs.VolumeType=$other" \
    -d "BlockDeviceMapping.3.Ebs.VolumeSize=$(($(part "$image" "$device" volumeSize) + 2))" \
    -d "BlockDeviceMapping.3.Ebs.DeleteOnTermination=$goes" """
_STORE = (
    " -d BlockDeviceMapping.1.DeviceName=/dev/sdh -d BlockDeviceMapping.1.VirtualName=ephemeral0"
)
_TERMINATE = 'ec2 -d Action=TerminateInstances -d "InstanceId.1=$source_id"'

SHELL_SOURCES: dict[Source, list[str]] = {
    Source.GIVEN: [],
    Source.VOLUMES: _launched(_VOLUMES),
    Source.STORE: _launched(_STORE, type="m3.medium"),
    Source.STOPPED: [
        *_launched(_VOLUMES),
        'show "$(ec2 -d Action=StopInstances -d "InstanceId.1=$source_id")"; wait_for stopped "$source_id"',
    ],
    Source.CHANGED: [
        'image_id=$(field "$(describe_instance "$instance_id")" imageId | head -n 1)',
        'image=$(ec2 -d Action=DescribeImages -d "ImageId.1=$image_id")',
        'device=$(field "$image" rootDeviceName)',
        'other=gp3; [ "$(part "$image" "$device" volumeType)" != gp3 ] || other=gp2',
        'goes=true; [ "$(part "$image" "$device" deleteOnTermination)" = false ] || goes=false',
        *_launched(_VOLUMES + _ROOT),
        "change_volumes",
    ],
    Source.TERMINATED: [*_launched(""), f'{_TERMINATE}; wait_for terminated "$source_id"'],
    Source.PENDING: _launched("", state=""),
    Source.SHUTTING_DOWN: [*_launched(""), _TERMINATE],
    Source.INSTANCE_STORE: _launched(
        "",
        image='"$(field "$(ec2 -d Action=DescribeImages -d Filter.1.Name=root-device-type'
        ' -d Filter.1.Value.1=instance-store)" imageId | head -n 1)"',
    ),
}
"""The commands that make each source instance."""


def shell_helpers(body: str) -> list[str]:
    """The helpers that a body uses, directly or through others."""
    wanted = used(_HELPERS, body)
    text = "\n".join(source for name, source in _HELPERS.items() if name in wanted)
    if "instances=" in body:
        ended = _TERMINATE_ALL + _DELETE_VOLUMES * ("change_volumes" in wanted)
        text = text.replace("} >/dev/null", ended + "} >/dev/null")
    else:
        text = text.replace(" instances=''", "")
    return text.split("\n")
