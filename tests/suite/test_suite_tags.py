"""The rules on tags: what a run of them costs, and what it needs.

``amiproof prove`` runs them against the faults of TagSpecification.
"""

from __future__ import annotations

from pathlib import Path

from conformance.model import CATALOGUE
from fixtures.reference import Endpoint, serving
from reports.results import Verdict, load
from tests.conftest import Command

RULES = "tag auth.tags auth.no_tags"
FAMILY = [
    rule.id
    for rule in CATALOGUE.values()
    if rule.asserted
    and not rule.uncovered
    and (rule.id.startswith("tag.") or rule.id in ("auth.tags", "auth.no_tags"))
]


def test_a_run_of_the_rules_on_tags_is_cheap(amiproof: Command, tmp_path: Path) -> None:
    done = amiproof("run", "reference", "--clock", "virtual", "--select", RULES)
    assert done.returncode == 0, done.stdout + done.stderr
    results = load(tmp_path / "amiproof-report" / "results.json")
    assert results.totals.passed == len(FAMILY)
    assert results.totals.images_created <= 10
    assert results.totals.create_image_requests <= 190


def test_the_rules_without_a_verdict_are_observed(amiproof: Command, tmp_path: Path) -> None:
    done = amiproof("run", "reference", "--clock", "virtual", "--select", "tag")
    assert done.returncode == 0, done.stdout + done.stderr
    results = load(tmp_path / "amiproof-report" / "results.json")
    observed = {observation.id for observation in results.observations}
    silent = {r.id for r in CATALOGUE.values() if r.id.startswith("tag.") and not r.asserted}
    assert silent <= observed


def test_standard_effort_sends_every_resource_type(amiproof: Command, tmp_path: Path) -> None:
    """Quick effort sends a few of about a hundred types, chosen by the seed."""
    endpoint = Endpoint(check_signatures=False)
    endpoint.create_image.taggable = frozenset({"image", "snapshot", "vpn-gateway"})  # type: ignore[misc]
    with serving(endpoint) as url:
        done = amiproof("run", url, "--select", "tag.rt.other", "--effort", "standard")
    assert done.returncode == 1, done.stdout + done.stderr
    results = load(tmp_path / "amiproof-report" / "results.json")
    [rule] = results.of(Verdict.FAIL)
    assert rule.id == "tag.rt.other"
    request = dict(rule.deviations[0].request)
    assert request["TagSpecification.1.ResourceType"] == "vpn-gateway"


def test_rules_on_permissions_need_a_profile(amiproof: Command, tmp_path: Path) -> None:
    """Without a profile that may not tag they are not applicable; the reason names the option."""
    selected = ("--select", "auth.tags auth.no_tags")
    with serving(Endpoint(check_signatures=False)) as url:
        alone = amiproof("run", url, *selected)
    assert alone.returncode == 4, "nothing else was selected"
    assert "give --no-tags-profile" in " ".join(alone.stdout.split())
    unknown = amiproof("run", "reference", "--no-tags-profile", "no-such-profile", *selected)
    assert unknown.returncode == 2
    assert "no profile" in unknown.stderr
