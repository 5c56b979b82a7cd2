"""The account as boto3 lists it: independent of the clean-up that the tests are about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config

Listing = Mapping[str, frozenset[str]]


def client(url: str, key: str, secret: str) -> Any:
    """A boto3 client of an endpoint on loopback."""
    return boto3.client(
        "ec2", endpoint_url=url, region_name="us-east-1", aws_access_key_id=key,
        aws_secret_access_key=secret, config=Config(retries={"max_attempts": 0}),
    )  # fmt: skip


def listing(ec2: Any) -> Listing:
    """The ids of the account's images, snapshots, volumes and instances, and its tags.

    Terminated instances and their tags are left out: a target shows them for a while longer.
    """
    reservations = ec2.describe_instances()["Reservations"]
    instances = [i for r in reservations for i in r["Instances"]]
    over = {i["InstanceId"] for i in instances if i["State"]["Name"] == "terminated"}
    tags = [t for t in ec2.describe_tags()["Tags"] if t["ResourceId"] not in over]
    images = ec2.describe_images(Owners=["self"])["Images"]
    snapshots = ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    return {
        "images": frozenset(i["ImageId"] for i in images),
        "snapshots": frozenset(s["SnapshotId"] for s in snapshots),
        "volumes": frozenset(v["VolumeId"] for v in ec2.describe_volumes()["Volumes"]),
        "instances": frozenset(i["InstanceId"] for i in instances) - over,
        "tags": frozenset(f"{t['ResourceId']} {t['Key']} {t['Value']}" for t in tags),
    }


def added(before: Listing, after: Listing) -> dict[str, frozenset[str]]:
    """Resources that appeared and that disappeared, by kind."""
    return {kind: after[kind] ^ ids for kind, ids in before.items() if after[kind] != ids}
