"""The world, the endpoint's state when a request is sent, and the effects observed afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from conformance.model.hindrance import Hindrance


@dataclass(frozen=True, slots=True)
class Volume:
    """An EBS volume attached to an instance. Sizes in GiB."""

    id: str
    device: str
    size: int | None = None
    encrypted: bool | None = None
    delete_on_termination: bool | None = None
    type: str | None = None
    iops: int | None = None
    throughput: int | None = None
    snapshot_id: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance as DescribeInstances shows it; None means not shown."""

    id: str
    state: str
    image_id: str | None = None
    root_device: str | None = None
    root_device_type: str | None = None
    launch_time: str | None = None
    architecture: str | None = None
    virtualization: str | None = None
    platform: str | None = None
    boot_mode: str | None = None
    boots_by: str | None = None
    """The boot mode of the running guest, which its image and its type decide."""
    ena_support: str | None = None
    zone: str | None = None
    volumes: tuple[Volume, ...] = ()
    instance_store: Mapping[str, str] = field(default_factory=dict)
    """Instance store volumes: device name to virtual name, from the image it was launched from."""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeviceMapping:
    """One block device mapping of an image."""

    device: str
    virtual_name: str | None = None
    no_device: str | None = None
    ebs: bool = False
    snapshot_id: str | None = None
    size: int | None = None
    encrypted: bool | None = None
    delete_on_termination: bool | None = None
    type: str | None = None
    iops: int | None = None
    throughput: int | None = None
    unsupported: Mapping[str, str] = field(default_factory=dict)
    """Fields that CreateImage does not support, by request name, as far as the image shows them."""


@dataclass(frozen=True, slots=True)
class Image:
    """An image as DescribeImages shows it; None means not shown."""

    id: str
    state: str | None = None
    state_reason: str | None = None
    name: str | None = None
    description: str | None = None
    owner: str | None = None
    public: bool | None = None
    type: str | None = None
    creation_date: str | None = None
    root_device: str | None = None
    root_device_type: str | None = None
    source_instance: str | None = None
    source_image: str | None = None
    architecture: str | None = None
    virtualization: str | None = None
    platform: str | None = None
    boot_mode: str | None = None
    ena_support: str | None = None
    tpm_support: str | None = None
    imds_support: str | None = None
    mappings: tuple[DeviceMapping, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    repeated_keys: tuple[str, ...] = ()
    """Tag keys that it shows more than once."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot as DescribeSnapshots shows it. Size in GiB."""

    id: str
    volume_id: str | None = None
    size: int | None = None
    encrypted: bool | None = None
    state: str | None = None
    description: str | None = None
    owner: str | None = None
    zone: str | None = None
    """The zone of a local snapshot; a regional one shows none."""
    started: str | None = None
    """When the snapshot began, as shown."""
    tags: Mapping[str, str] = field(default_factory=dict)
    repeated_keys: tuple[str, ...] = ()
    """Tag keys that it shows more than once."""


@dataclass(frozen=True, slots=True)
class World:
    """The endpoint's state when a request is sent, as far as rules depend on it."""

    instances: Mapping[str, Instance] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    """Names in use by images of the account: name to image ID."""
    snapshots: Mapping[str, Snapshot] = field(default_factory=dict)
    """Snapshots that a request's mappings may name, by ID."""
    account: str | None = None
    """The caller's account: GetCallerIdentity names it, or else the owner of the instance."""
    owner: str | None = None
    """The account that owns the instance, as DescribeInstances shows it."""
    encryption_by_default: bool | None = None
    """Whether the account encrypts every new volume; None where the target does not say."""
    images: Mapping[str, Image] = field(default_factory=dict)
    """The images that instances were launched from, by ID."""

    def if_shown(self) -> World:
        """This world, with a usual size and no encryption where the endpoint shows none."""
        instances = {
            id: replace(instance, volumes=tuple(map(_if_shown, instance.volumes)))
            for id, instance in self.instances.items()
        }
        snapshots = {id: _if_shown(snapshot) for id, snapshot in self.snapshots.items()}
        return replace(self, instances=instances, snapshots=snapshots)


_Shown = TypeVar("_Shown", Volume, Snapshot)
_USUAL_SIZE = 8


def _if_shown(what: _Shown) -> _Shown:
    size = _USUAL_SIZE if what.size is None else what.size
    return replace(what, size=size, encrypted=bool(what.encrypted))


@dataclass(frozen=True, slots=True)
class Effects:
    """The observed effects of an accepted request."""

    image: Image | None
    """The new image, or None if DescribeImages does not show it."""
    snapshots: tuple[Snapshot, ...] = ()
    """The snapshots of the instance's volumes created for this image."""
    instance: Instance | None = None
    """The source instance afterwards."""
    described_tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The tags that DescribeTags shows, by resource ID."""
    image_error: str = ""
    """The error with which DescribeImages answered in place of the image."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """Actions whose call failed, each with what came back. What they would show is unknown."""
    hindrance: Hindrance | None = None
    """Why another run may observe what this one could not."""
    booted: bool | None = None
    """Whether the instance's console shows a boot since the request; None if that is not known."""
