"""The estimates of the documents are those of the plan, and its policy has each action of a run."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from conformance.commands import account_rehearsal
from conformance.commands.account_rehearsal import AccountPlan
from conformance.commands.plan import dollars
from conformance.commands.rehearsal import Assumed
from conformance.engine.client.iam_policy import policy
from conformance.engine.run.config import RunConfig

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def planned() -> AccountPlan:
    return account_rehearsal.measure(RunConfig(target="persona", effort="quick"), quickly=True)


def number(text: str, pattern: str) -> float:
    """The number of a pattern in a document."""
    found = re.search(pattern, text)
    assert found, pattern
    return float(found[1].replace(",", ""))


@pytest.mark.parametrize("document", ["README.md", "docs/account.md"])
def test_the_estimates_are_those_of_the_plan(planned: AccountPlan, document: str) -> None:
    text, plan = (ROOT / document).read_text(), planned.plan()
    made = Counter(plan.made)
    assert number(text, r"about ([\d.]+) US dollars") == pytest.approx(
        dollars(planned.runs[0], Assumed()), abs=0.01
    )
    assert number(text, r"about (\d+) minutes") == pytest.approx(planned.usual, abs=1)
    assert number(text, r"about (\d+) images") == pytest.approx(made["images"], abs=2)
    assert number(text, r"(\d+) small instances") == pytest.approx(made["instances"], abs=2)
    vcpus = 2 * plan.peak["instances"]
    assert number(text, r"quota of (\d+) vCPUs") == pytest.approx(vcpus, abs=4)
    if document != "README.md":
        assert number(text, r"Requests: about ([\d,]+)") == pytest.approx(
            plan.calls.total(), rel=0.1
        )
        assert number(text, r"of them (\d+) CreateImage") == pytest.approx(
            plan.calls["CreateImage"], rel=0.05
        )
        assert number(text, r"with (\d+) snapshots") == pytest.approx(made["snapshots"], rel=0.1)


def test_the_policy_has_each_action_of_a_run(planned: AccountPlan) -> None:
    called = planned.plan().calls
    made = policy(called.keys(), "aws", "us-east-1")
    allowed = {action for statement in made["Statement"] for action in statement["Action"]}
    assert {f"ec2:{action}" for action in called} <= allowed
    assert "ec2:GetEbsEncryptionByDefault" in allowed
