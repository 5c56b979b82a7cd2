"""What ``amiproof doctor`` says of an account: where a run's instances may be, and encryption."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.commands.checks import Finding
from conformance.engine.client.api import Api, Refused, filters
from conformance.engine.core.errors import CannotTest
from conformance.engine.core.target import Target
from conformance.engine.resources.encryption import EncryptionByDefault
from conformance.engine.resources.launch import (
    REFUSED_TYPE,
    TYPES,
    LaunchOptions,
    run_instances,
)
from conformance.engine.resources.public_images import PublicImages

_QUOTA = (
    "EC2 does not say how many vCPUs are left: see Service Quotas, L-1216C47A, and"
    " `amiproof plan` for the instances that a run has at a time"
)


def facts(target: Target, api: Api) -> Iterator[tuple[str, str] | Finding]:
    """Words and facts, and what the account lacks. Only reads are sent. Raises CutShort."""
    yield "quota", _QUOTA
    yield _network(target, api)
    match EncryptionByDefault(api).is_on():
        case True:
            yield (
                "encryption",
                "on by default; untested: bdm.enc.unenc_volume. Turn it off in the EC2 settings"
                " of the region to test the rule",
            )
        case False:
            yield "encryption", "off by default"
        case None:
            yield "encryption", "unknown: GetEbsEncryptionByDefault does not say"


def launch(target: Target, api: Api) -> tuple[str, str] | Finding:
    """Whether a run may launch its instances, by a dry run of RunInstances.

    It says nothing about quotas and capacity. Only AWS is asked: an emulator that ignores DryRun
    would launch an instance. Raises CutShort.
    """
    if target.instance_id:
        return "launch", "the instance is given"
    try:
        image_id = target.image_id or PublicImages(api, has_parameters=True).smallest()
    except CannotTest as why:
        return Finding(f"no image to launch: {why}".rstrip("."), fatal=True)
    refused = ""
    for each in (target.instance_type,) if target.instance_type else TYPES:
        params = run_instances(
            target, each, image_id, LaunchOptions(), "doctor", "amiproof-doctor",
            added=True, kept=False, store=False,
        )  # fmt: skip
        try:
            api.call("RunInstances", [*params, ("DryRun", "true")], once=True)
        except Refused as why:
            if why.code == "DryRunOperation":
                return "launch", f"RunInstances may launch {each} (dry run)"
            refused = refused or str(why)
            if why.code not in REFUSED_TYPE:
                break
    return Finding(f"a dry run of RunInstances is refused: {refused}", fatal=True)


def _network(target: Target, api: Api) -> tuple[str, str] | Finding:
    """The subnet of a run's instances."""
    if target.instance_id or target.subnet_id:
        return "network", f"{target.subnet_id or 'that of the instance'} (configured)"
    try:
        shown = api.call("DescribeSubnets", filters({"default-for-az": ["true"]}))
    except Refused as why:
        return "network", f"unknown: {why}"
    zones = [item.value("availabilityZone") or "" for item in shown.all("subnetSet/item")]
    if not zones:
        return Finding("no default VPC: give a subnet with --subnet-id", fatal=True)
    return "network", f"the default VPC, in {', '.join(sorted(zones))}"
