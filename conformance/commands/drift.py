"""Drift: the changes of botocore's CreateImage since the rules were written.

``conformance/shape.json`` holds the shape that the rules were written from: each member by its
path, with its type, its constraints and a hash of its documentation. After the affected rules are
read again, ``python -m conformance.commands.drift`` writes the file anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from importlib import resources
from pathlib import Path
from typing import Any

import botocore
import botocore.session
from botocore.model import ListShape, Shape, StructureShape

from conformance.model import CATALOGUE

Members = dict[str, dict[str, Any]]
"""The facts about each member, by its path: ``BlockDeviceMappings[].Ebs.VolumeSize``."""

READ_AGAIN = {
    "InstanceId": ("inst.*",),
    "Name": ("name.*",),
    "Description": ("desc.*",),
    "NoReboot": ("noreboot.*", "wire.bool"),
    "DryRun": ("dryrun.*", "wire.bool"),
    "TagSpecifications": ("tag.*", "auth.tags", "auth.no_tags"),
    "BlockDeviceMappings": ("bdm.*", "st.bdm.*", "st.snap.*"),
    "BlockDeviceMappings[].Ebs.Encrypted": ("bdm.enc.*", "bdm.existing.encryption", "st.snap.enc"),
    "BlockDeviceMappings[].Ebs.DeleteOnTermination": ("bdm.existing.dot", "st.bdm.dot_inherit"),
    "BlockDeviceMappings[].Ebs.Iops": ("bdm.iops.*",),
    "BlockDeviceMappings[].Ebs.Throughput": ("bdm.throughput.*",),
    "BlockDeviceMappings[].Ebs.SnapshotId": ("bdm.snap.*", "bdm.new.*"),
    "BlockDeviceMappings[].Ebs.VolumeSize": ("bdm.size.*", "bdm.new.*", "bdm.existing.size"),
    "BlockDeviceMappings[].Ebs.VolumeType": ("bdm.type.*", "bdm.size.*"),
    "BlockDeviceMappings[].Ebs.KmsKeyId": ("bdm.unsup.kms",),
    "BlockDeviceMappings[].Ebs.OutpostArn": ("bdm.unsup.outpost",),
    "BlockDeviceMappings[].Ebs.AvailabilityZone*": ("bdm.unsup.az",),
    "BlockDeviceMappings[].Ebs.VolumeInitializationRate": ("bdm.unsup.initrate",),
    "BlockDeviceMappings[].Ebs.EbsCardIndex": ("bdm.ebscard",),
    "BlockDeviceMappings[].DeviceName": ("bdm.device.*",),
    "BlockDeviceMappings[].VirtualName": ("bdm.virtual.*",),
    "BlockDeviceMappings[].NoDevice": ("bdm.nodevice.*",),
    "SnapshotLocation": ("snaploc.*", "seed.version"),
    "BootModeOverride": ("bootmode.*", "seed.version", "st.image.inherit"),
}
"""The rules that each member was read for. The longest path that begins a member's path counts."""
NEW_MEMBER = ("wire.names", "wire.unknown", "seed.version")
"""The rules to read again for a member that no rule mentions."""


def installed() -> Members:
    """The members of CreateImage's request in the installed botocore."""
    service = botocore.session.get_session().get_service_model("ec2")
    shape = service.operation_model("CreateImage").input_shape
    assert shape is not None, "CreateImage has an input"
    return dict(_members(shape, ""))


def _members(shape: Shape, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if path:
        yield path, _facts(shape)
    if isinstance(shape, ListShape):
        yield from _members(shape.member, f"{path}[]")
    elif isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            yield from _members(member, f"{path}.{name}".lstrip("."))


def _facts(shape: Shape) -> dict[str, Any]:
    facts: dict[str, Any] = {"type": shape.type_name}
    for name in ("min", "max", "pattern", "enum"):
        if name in shape.metadata:
            facts[name] = shape.metadata[name]
    if isinstance(shape, StructureShape) and shape.required_members:
        facts["required"] = sorted(shape.required_members)
    words = " ".join(shape.documentation.split())
    return facts | {"documentation": hashlib.sha256(words.encode()).hexdigest()[:16]}


def written_from() -> Members:
    """The members as they were when the rules were written."""
    found: Members = json.loads(_kept().read_text("utf-8"))
    return found


def _kept() -> Path:
    return Path(str(resources.files("conformance") / "shape.json"))


def changes(then: Members, now: Members) -> dict[str, str]:
    """The changes, in words, by the member's path."""
    found = {}
    for path in (*then, *(p for p in now if p not in then)):
        if path not in now:
            found[path] = "was removed"
        elif path not in then:
            found[path] = "was added"
        else:
            keys = sorted(
                k for k in then[path] | now[path] if then[path].get(k) != now[path].get(k)
            )
            if keys:
                found[path] = f"has a different {', '.join(keys)}"
    return found


def to_read_again(path: str) -> list[str]:
    """The rules that were written from a member."""
    nearest = [known for known in READ_AGAIN if _begins(known, path)]
    patterns = READ_AGAIN[max(nearest, key=len)] if nearest else NEW_MEMBER
    return [id for id in CATALOGUE if any(fnmatchcase(id, pattern) for pattern in patterns)]


def _begins(known: str, path: str) -> bool:
    return fnmatchcase(path, known.replace("[", "[[]")) or path.startswith(
        (f"{known}.", f"{known}[")
    )


def report() -> tuple[list[str], int]:
    """The lines of ``amiproof rules --drift`` and its exit status: 1 where something changed."""
    found = changes(written_from(), installed())
    if not found:
        return [
            f"botocore {botocore.__version__} has the CreateImage that the rules were written from."
        ], 0
    lines = [f"botocore {botocore.__version__}: {len(found)} members of CreateImage have changed."]
    for path, words in found.items():
        lines += [f"{path} {words}", f"  read again: {', '.join(to_read_again(path))}"]
    return lines, 1


if __name__ == "__main__":
    _kept().write_text(json.dumps(installed(), indent=1) + "\n", "utf-8")
