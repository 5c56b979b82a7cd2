"""The sections of a report: a heading for each family of rules."""

from __future__ import annotations

from collections.abc import Iterable

from reports.results import RuleResult

TITLES = {
    "name": "Name",
    "desc": "Description",
    "inst": "InstanceId",
    "noreboot": "NoReboot",
    "dryrun": "DryRun",
    "bdm": "BlockDeviceMapping",
    "tag": "TagSpecification",
    "snaploc": "SnapshotLocation",
    "bootmode": "BootModeOverride",
    "auth": "Permissions",
    "sig": "Signature",
    "wire": "Request encoding",
    "resp": "Response",
    "err": "Errors",
    "st": "Image and snapshots",
    "lc": "Image life cycle",
    "soap": "SOAP",
}
"""The headings, by the first word of a rule's id."""


def title_of(family: str) -> str:
    """The heading of a family."""
    return TITLES.get(family, family)


def by_section(rules: Iterable[RuleResult]) -> dict[str, list[RuleResult]]:
    """Rules by family, in the order in which the families first occur."""
    found: dict[str, list[RuleResult]] = {}
    for rule in rules:
        found.setdefault(rule.family, []).append(rule)
    return found
