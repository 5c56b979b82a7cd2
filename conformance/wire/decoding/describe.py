"""Reads the resources in Describe responses into the model's types.

Every function takes the root of a response and is pure. A field is None if the response lacks it or
if it is no valid number or boolean. Free text (names, descriptions, tags) is kept character by
character: an empty text is "", not None.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace

from conformance.model.answer import Element, Fields
from conformance.model.rules.block_device_mapping.fields import UNSUPPORTED
from conformance.model.world import DeviceMapping, Image, Instance, Snapshot, Volume


def images(root: Element, besides: Container[str] = ()) -> list[Image]:
    """The images of a DescribeImages response, in its order, without the ids ``besides``."""
    return [_image(item) for item in root.members("imagesSet/item", "imageId", besides)]


def snapshots(root: Element, besides: Container[str] = ()) -> list[Snapshot]:
    """The snapshots of a DescribeSnapshots response, in its order, without ``besides``."""
    return [_snapshot(item) for item in root.members("snapshotSet/item", "snapshotId", besides)]


def instances(root: Element) -> list[Instance]:
    """The instances of a DescribeInstances or RunInstances response.

    Their volumes have id, device and DeleteOnTermination only. See with_volumes.
    """
    paths = ("reservationSet/item/instancesSet/item", "instancesSet/item")
    return [_instance(item) for path in paths for item in root.members(path)]


def volumes(root: Element, instance_id: str | None = None) -> list[Volume]:
    """The volumes of a DescribeVolumes response, attached to ``instance_id`` if it is given.

    The device is that of the attachment to this instance, or of the first attachment. A volume
    without an attachment has the device "".
    """
    found = []
    for item in root.members("volumeSet/item"):
        attached = [
            each
            for each in item.lists.get("attachmentSet", ())
            if instance_id in (None, _word(each, "instanceId"))
        ]
        if instance_id is None or attached:
            found.append(_volume(item, attached[0] if attached else None))
    return found


def with_volumes(instance: Instance, described: Iterable[Volume]) -> Instance:
    """The instance with its volumes completed from DescribeVolumes.

    Device and DeleteOnTermination of the instance prevail if it has them.
    """
    by_id = {volume.id: volume for volume in described}
    merged = []
    for volume in instance.volumes:
        more = by_id.get(volume.id, volume)
        own = volume.delete_on_termination
        kept = more.delete_on_termination if own is None else own
        device = volume.device or more.device
        merged.append(replace(more, device=device, delete_on_termination=kept))
    return replace(instance, volumes=tuple(merged))


def tags(root: Element) -> dict[str, dict[str, str]]:
    """The tags of a DescribeTags response, by resource id."""
    found: dict[str, dict[str, str]] = {}
    for item in root.members("tagSet/item"):
        key = item.texts.get("key")
        if key is not None:
            of = found.setdefault(_word(item, "resourceId") or "", {})
            of[key] = item.texts.get("value", "")
    return found


def next_token(root: Element) -> str | None:
    """The token for the next page, or None on the last page."""
    return (root.value("nextToken") or "").strip() or None


def account(root: Element) -> str | None:
    """The account number in a GetCallerIdentity response or of a described instance, or None."""
    paths = ("GetCallerIdentityResult/Account", "reservationSet/item/ownerId", "ownerId")
    return next((found for path in paths if (found := (root.value(path) or "").strip())), None)


def _snapshot(item: Fields) -> Snapshot:
    return Snapshot(
        id=_word(item, "snapshotId") or "",
        volume_id=_word(item, "volumeId"),
        size=_int(item, "volumeSize"),
        encrypted=_bool(item, "encrypted"),
        state=_word(item, "status"),
        description=item.texts.get("description"),
        owner=_word(item, "ownerId"),
        zone=_word(item, "availabilityZone"),
        started=_word(item, "startTime"),
        tags=_tags(item),
        repeated_keys=_repeated_keys(item),
    )


def _image(item: Fields) -> Image:
    return Image(
        id=_word(item, "imageId") or "",
        state=_word(item, "imageState"),
        state_reason=_word(item, "stateReason/message") or _word(item, "stateReason/code"),
        name=item.texts.get("name"),
        description=item.texts.get("description"),
        owner=_word(item, "imageOwnerId"),
        public=_bool(item, "isPublic"),
        type=_word(item, "imageType"),
        creation_date=_word(item, "creationDate"),
        root_device=_word(item, "rootDeviceName"),
        root_device_type=_word(item, "rootDeviceType"),
        source_instance=_word(item, "sourceInstanceId"),
        source_image=_word(item, "sourceImageId"),
        architecture=_word(item, "architecture"),
        virtualization=_word(item, "virtualizationType"),
        platform=_word(item, "platform"),
        boot_mode=_word(item, "bootMode"),
        ena_support=_word(item, "enaSupport"),
        tpm_support=_word(item, "tpmSupport"),
        imds_support=_word(item, "imdsSupport"),
        mappings=tuple(map(_mapping, item.lists.get("blockDeviceMapping", ()))),
        tags=_tags(item),
        repeated_keys=_repeated_keys(item),
    )


def _mapping(item: Fields) -> DeviceMapping:
    return DeviceMapping(
        device=_word(item, "deviceName") or "",
        virtual_name=_word(item, "virtualName"),
        no_device=item.texts.get("noDevice"),
        ebs="ebs" in item.texts,
        snapshot_id=_word(item, "ebs/snapshotId"),
        size=_int(item, "ebs/volumeSize"),
        encrypted=_bool(item, "ebs/encrypted"),
        delete_on_termination=_bool(item, "ebs/deleteOnTermination"),
        type=_word(item, "ebs/volumeType"),
        iops=_int(item, "ebs/iops"),
        throughput=_int(item, "ebs/throughput"),
        unsupported=_unsupported(item),
    )


def _unsupported(mapping: Fields) -> Mapping[str, str]:
    # The API's model capitalises some of these names in responses too.
    named = (
        (path[4:5].upper() + path[5:], text.strip())
        for path, text in mapping.texts.items()
        if path.startswith("ebs/")
    )
    return {name: text for name, text in named if name in UNSUPPORTED and text}


def _instance(item: Fields) -> Instance:
    return Instance(
        id=_word(item, "instanceId") or "",
        state=_word(item, "instanceState/name") or "",
        image_id=_word(item, "imageId"),
        root_device=_word(item, "rootDeviceName"),
        root_device_type=_word(item, "rootDeviceType"),
        launch_time=_word(item, "launchTime"),
        architecture=_word(item, "architecture"),
        virtualization=_word(item, "virtualizationType"),
        platform=_word(item, "platform"),
        boot_mode=_word(item, "bootMode"),
        boots_by=_word(item, "currentInstanceBootMode"),
        ena_support=_word(item, "enaSupport"),
        zone=_word(item, "placement/availabilityZone"),
        volumes=_attached(item),
        tags=_tags(item),
    )


def _attached(item: Fields) -> tuple[Volume, ...]:
    """The volumes of an instance by device: a list may have another order at each look."""
    found = (
        Volume(
            id=_word(each, "ebs/volumeId") or "",
            device=_word(each, "deviceName") or "",
            delete_on_termination=_bool(each, "ebs/deleteOnTermination"),
        )
        for each in item.lists.get("blockDeviceMapping", ())
        if "ebs" in each.texts and _word(each, "ebs/volumeId")
    )
    return tuple(sorted(found, key=lambda volume: volume.device))


def _volume(item: Fields, attached: Fields | None) -> Volume:
    attached = attached or Fields({}, {})
    return Volume(
        id=_word(item, "volumeId") or "",
        device=_word(attached, "device") or "",
        size=_int(item, "size"),
        encrypted=_bool(item, "encrypted"),
        delete_on_termination=_bool(attached, "deleteOnTermination"),
        type=_word(item, "volumeType"),
        iops=_int(item, "iops"),
        throughput=_int(item, "throughput"),
        snapshot_id=_word(item, "snapshotId"),
        tags=_tags(item),
    )


def _tags(item: Fields) -> Mapping[str, str]:
    return {
        key: each.texts.get("value", "")
        for each in item.lists.get("tagSet", ())
        if (key := each.texts.get("key")) is not None
    }


def _repeated_keys(item: Fields) -> tuple[str, ...]:
    counted = Counter(each.texts.get("key") for each in item.lists.get("tagSet", ()))
    return tuple(key for key, times in counted.items() if key is not None and times > 1)


def _word(item: Fields, path: str) -> str | None:
    """An identifier or enumerated value. An empty one counts as missing."""
    return item.texts.get(path, "").strip() or None


def _int(item: Fields, path: str) -> int | None:
    text = _word(item, path) or ""
    return int(text) if text.isascii() and text.isdigit() else None


def _bool(item: Fields, path: str) -> bool | None:
    # moto writes some booleans as Python does.
    return {"true": True, "false": False}.get((_word(item, path) or "").lower())
