"""What ``amiproof doctor`` says of an account: where a run's instances may be, and encryption."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.commands.checks import Finding
from conformance.engine.client.api import Api, Refused, filters
from conformance.engine.core.target import Target
from conformance.engine.resources.encryption import EncryptionByDefault

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
