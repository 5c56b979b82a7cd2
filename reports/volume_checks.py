"""The checks of the volumes of the instance: the mappings of the image, and the snapshots."""

from __future__ import annotations

from reports.steps import Check

_DEVICES = (
    '[ -n "$(field "$image" deviceName)" ] &&'
    ' [ "$(field "$image" deviceName | sort)" = "$(field "$instance" deviceName | sort)" ]'
)
OF_MAPPING: dict[str, Check] = {
    "st.bdm.devices": Check(
        "the image maps the devices of the instance",
        "mappings and mappings.keys() == volumes.keys()",
        "mappings", _DEVICES),
    "st.bdm.merge": Check(
        "the image maps the devices of the instance and of the request",
        "mappings.keys() >= volumes.keys()", "mappings",
        '(for device in $(field "$instance" deviceName); do'
        ' has "$image" "<deviceName>$device<" || exit 1; done)'),
    "st.bdm.dot_inherit": Check(
        "DeleteOnTermination as the instance has it",
        "flags_of(image) == flags_of(instance)", "flags_of(image)",
        '[ "$(field "$image" deleteOnTermination)" = "$(field "$instance" deleteOnTermination)" ]'),
    "st.bdm.ephemeral": Check(
        "the instance store volume is mapped by its virtual name",
        'mappings.get("/dev/sdh", {}).get("VirtualName") == "ephemeral0"'
        ' and "Ebs" not in mappings["/dev/sdh"]',
        'mappings.get("/dev/sdh")',
        'has "$image" "<deviceName>/dev/sdh<" "<virtualName>ephemeral0<"'
        ' && ! has "$image" "<deviceName>/dev/sdh<" "<snapshotId>"'),
}  # fmt: skip
"""By rule: the check of the mappings of the image."""

OF_SNAPSHOTS: dict[str, Check] = {
    "st.snap.per_volume": Check(
        "one new snapshot of each volume",
        'sorted(s["VolumeId"] for s in snapshots) == sorted(v["VolumeId"] for v in'
        " volumes.values())", "snapshots",
        '[ "$(field "$snapshots" volumeId | sort)" = "$(field "$instance" volumeId | sort)" ]'),
    "st.snap.in_bdm": Check(
        "the image maps each device to the snapshot of its volume",
        'all(s["VolumeId"] == volumes.get(d, {}).get("VolumeId") for d, m in mappings.items()'
        ' for s in snapshots if s["SnapshotId"] == m.get("Ebs", {}).get("SnapshotId"))'
        ' and snapshot_ids(image) == {s["SnapshotId"] for s in snapshots}', "mappings",
        '[ "$(field "$image" snapshotId | sort)" = "$(field "$snapshots" snapshotId | sort)" ]'),
    "st.snap.size": Check(
        "the sizes of the volumes",
        'all(s["VolumeSize"] == v["Size"] for s in snapshots for v in volumes.values()'
        ' if v["VolumeId"] == s["VolumeId"]) and all(d in mappings and'
        ' mappings[d].get("Ebs", {}).get("VolumeSize",'
        ' v["Size"]) == v["Size"] for d, v in volumes.items())',
        "(mappings, snapshots, volumes)",
        '[ "$(field "$snapshots" volumeSize | sort)" = "$(field "$volumes" size | sort)" ] &&'
        ' [ "$(field "$image" volumeSize | sort)" = "$(field "$volumes" size | sort)" ]'),
    "st.snap.enc": Check(
        "encrypted exactly if the volume is",
        'all(s["Encrypted"] == v["Encrypted"] for s in snapshots for v in volumes.values()'
        ' if v["VolumeId"] == s["VolumeId"]) and all(d in mappings and'
        ' mappings[d].get("Ebs", {}).get("Encrypted",'
        ' v["Encrypted"]) == v["Encrypted"] for d, v in volumes.items())',
        "(mappings, snapshots, volumes)",
        '[ "$(field "$snapshots" encrypted | sort)" = "$(field "$volumes" encrypted | sort)" ] &&'
        ' [ "$(field "$image" encrypted | sort)" = "$(field "$volumes" encrypted | sort)" ]'),
    "st.snap.desc": Check(
        "the description of each snapshot contains the image id",
        'all(image_id in s.get("Description", "") for s in snapshots)', "snapshots",
        '[ "$(field "$snapshots" description | grep -c "$image_id")" ='
        ' "$(count "$snapshots" snapshotId)" ]'),
    "st.snap.owner": Check(
        "the account of the instance owns the snapshots",
        'account and all(s.get("OwnerId") == account and'
        ' s["State"] in ("pending", "completed", "error")'
        " for s in snapshots)", "snapshots",
        '[ -n "$account" ] && [ "$(field "$snapshots" ownerId | sort -u)" = "$account" ] &&'
        " ! field \"$snapshots\" status | grep -Evqx 'pending|completed|error'"),
    "snaploc.region_instance": Check(
        "no snapshot is kept in a zone", 'not any(s.get("AvailabilityZone") for s in snapshots)',
        "snapshots", '! has "$snapshots" "<availabilityZone>"'),
}  # fmt: skip
"""By rule: the check of the snapshots of the volumes."""
