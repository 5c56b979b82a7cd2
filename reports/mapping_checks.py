"""The checks of an image's mappings against the mappings that the request sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from conformance.model.entries import mappings
from conformance.model.request import Request
from reports.quoting import python_text, shell_text
from reports.steps import Check

_FIELDS: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "DeleteOnTermination": ("deleteOnTermination", lambda t: str(t == "true")),
    "VolumeSize": ("volumeSize", str),
    "Iops": ("iops", str),
    "Throughput": ("throughput", str),
    "VolumeType": ("volumeType", python_text),
    "SnapshotId": ("snapshotId", python_text),
    "Encrypted": ("encrypted", lambda t: str(t == "true")),
}
"""The Ebs members that an image shows as they were sent: XML element, Python literal."""
_UNSUPPORTED = {
    "bdm.unsup.kms": ("KmsKeyId",),
    "bdm.unsup.outpost": ("OutpostArn",),
    "bdm.unsup.az": ("AvailabilityZone", "AvailabilityZoneId"),
    "bdm.unsup.initrate": ("VolumeInitializationRate",),
}


def mapping_checks(rule: str, request: Request) -> list[Check]:
    """What the image must show of each mapping that the request sent."""
    checks = []
    for entry in mappings(request):
        device, literal = entry.device, python_text(entry.device)
        here = f"mappings.get({literal}, {{}})"
        ebs = f'{here}.get("Ebs", {{}})'
        head = shell_text(f"<deviceName>{device}<")
        if entry.no_device is not None:
            checks.append(Check(f"no mapping of {device}", f"not {ebs}", here,
                                f'! has "$image" {head}'))  # fmt: skip
        elif entry.virtual_name is not None:
            name = entry.virtual_name
            python = f'{here}.get("VirtualName") == {python_text(name)} and not {ebs}'
            shell = f'has "$image" {head} {shell_text(f"<virtualName>{name}<")}'
            checks.append(Check(f"{device} is mapped to {name}", python, here, shell))
        for member, value in entry.ebs.items():
            if rule in _UNSUPPORTED and member in _UNSUPPORTED[rule]:
                element = member[0].lower() + member[1:]
                shell = f'! has "$image" {head} {shell_text(f"<{element}>{value}<")}'
                python = f'str({ebs}.get("{member}")) != {python_text(value)}'
                # boto3 does not read the members that the service model lacks in answers.
                known = member in ("KmsKeyId", "OutpostArn", "AvailabilityZone")
                python = python if known else ""
                checks.append(Check(f"{member} has no effect", python, ebs, shell))
            elif rule.startswith(("bdm.existing.", "bdm.enc.enc_volume")):
                checks += _as_the_volume(rule, device, member, value)
            elif rule not in _UNSUPPORTED and member in _FIELDS:
                element, python_of = _FIELDS[member]
                shell = f'has "$image" {head} {shell_text(f"<{element}>{value}<")}'
                python = f'{ebs}.get("{member}") == {python_of(value)}'
                checks.append(Check(f"{device} with {member} {value}", python, ebs, shell))
        is_new = bool(entry.ebs) and not rule.startswith(("bdm.existing.", "bdm.unsup."))
        if is_new and "SnapshotId" in entry.ebs and "VolumeSize" not in entry.ebs:
            checks.append(Check("the size of the snapshot", f'{ebs}.get("VolumeSize") == 2', ebs,
                                f'has "$image" {head} "<volumeSize>2<"'))  # fmt: skip
        if is_new and rule == "bdm.new.ebs_empty" and "SnapshotId" not in entry.ebs:
            checks.append(Check("an empty volume", f'{ebs} and not {ebs}.get("SnapshotId")', here,
                                f'has "$image" {head} &&'
                                f' ! has "$image" {head} "<snapshotId>"'))  # fmt: skip
        by_default = entry.ebs.get("VolumeType") == "gp3" and "Iops" not in entry.ebs
        if rule == "bdm.iops.default" and by_default:
            checks.append(Check(f"{device} with 3000 IOPS, if any are shown",
                                f'{ebs}.get("Iops") in (None, 3000)', ebs,
                                f'! has "$image" {head} "<iops>" ||'
                                f' has "$image" {head} "<iops>3000<"'))  # fmt: skip
        if rule == "bdm.enc.new_empty" and "Encrypted" not in entry.ebs:
            checks.append(Check("not encrypted", f'not {ebs}.get("Encrypted")', ebs,
                                f'! has "$image" {head} "<encrypted>true<"'))  # fmt: skip
    return [*checks, *_of_volumes(request)] if rule == "bdm.existing.only_dot" else checks


def _of_volumes(request: Request) -> list[Check]:
    """The image maps each volume of the instance as a volume of the same type."""
    has_more = any(entry.ebs for entry in mappings(request))
    return [
        Check("each volume of the instance as a volume",
              'not any("VirtualName" in mappings.get(device, {}) for device in volumes)',
              "mappings",
              '(for device in $(field "$instance" deviceName); do'
              ' ! has "$image" "<deviceName>$device<" "<virtualName>" || exit 1; done)'),
        Check("each volume with its type",
              'all(mappings.get(d, {}).get("Ebs", {}).get("VolumeType", v["VolumeType"])'
              ' == v["VolumeType"] for d, v in volumes.items())', "(mappings, volumes)",
              "" if has_more else '[ "$(field "$image" volumeType | sort)" ='
              ' "$(field "$volumes" volumeType | sort)" ]'),
    ]  # fmt: skip


_OF_VOLUME = {"VolumeSize": ("Size", "volumeSize", "size"), "VolumeType": ("VolumeType",) * 3,
              "Encrypted": ("Encrypted", "encrypted", "encrypted")}  # fmt: skip


def _as_the_volume(rule: str, device: str, member: str, value: str) -> list[Check]:
    """The image has what the volume has, whatever a request names for it."""
    literal = python_text(device)
    ebs = f'mappings.get({literal}, {{}}).get("Ebs", {{}})'
    head = shell_text(f"<deviceName>{device}<")
    words = f"{device} with the {member} of its volume"
    element = member[0].lower() + member[1:]
    if member == "DeleteOnTermination":
        flag = str(value == "true")
        shell = f'has "$image" {head} {shell_text(f"<{element}>{value}<")}'
        return [Check(f"{device} with {member} {value}", f'{ebs}.get("{member}") is {flag}',
                      ebs, shell)]  # fmt: skip
    if member in _OF_VOLUME:
        had = f'volumes[{literal}]["{_OF_VOLUME[member][0]}"]'
        python = f'{ebs}.get("{member}", {had}) == {had}'
        other = value if member != "Encrypted" else ("true" if value == "true" else "false")
        return [Check(words, python, ebs, f'! has "$image" {head} "<{element}>{other}<"')]
    python = f'str({ebs}.get("{member}")) != {python_text(value)}'
    return [
        Check(words, python, ebs, f'! has "$image" {head} {shell_text(f"<{element}>{value}<")}')
    ]
