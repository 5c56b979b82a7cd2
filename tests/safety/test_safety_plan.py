"""The plan predicts the run and sends the target nothing; its policy allows just the run."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from conformance.commands import account_rehearsal
from conformance.commands.rehearsal import Assumed, Plan, measure
from conformance.engine.client.iam_policy import SELDOM, policy
from conformance.engine.run.config import RunConfig
from fixtures.reference import ACCOUNT, ADMINISTRATOR, Endpoint, serving
from fixtures.reference.message import Answer, Request
from fixtures.reference.params import parse_form
from reports.results import load
from tests.conftest import Command

KEYS = {
    "AWS_ACCESS_KEY_ID": ADMINISTRATOR.access_key,
    "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR.secret_key,
}


class Watched(Endpoint):
    """The reference, which counts its requests."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()

    def perform(self, request: Request, request_id: str) -> Answer:
        self.calls[
            dict(parse_form(request.query) + parse_form(request.body)).get("Action", "")
        ] += 1
        return super().perform(request, request_id)


@pytest.mark.parametrize("select", ["name desc", "st snaploc noreboot", "lc bdm.existing bdm.new"])
def test_a_plan_predicts_the_run(amiproof: Command, select: str) -> None:
    planned = measure(RunConfig(seed=3, select=select), "us-east-1")
    endpoint = Watched()
    with serving(endpoint) as url:
        done = amiproof("run", url, "--select", select, "--seed", "3", env=KEYS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert endpoint.calls.total() == pytest.approx(planned.calls.total(), rel=0.1)
    state = endpoint.state
    images = [*state.images.values(), *state.deregistered.values()]
    assert sum(i.owner == ACCOUNT for i in images) <= planned.most("images")
    assert len(state.instances) <= planned.most("instances")
    assert planned.made["snapshots"] <= planned.most("snapshots")
    assert planned.peak["instances"] <= planned.made["instances"]


def test_the_target_is_sent_nothing(amiproof: Command) -> None:
    endpoint = Watched()
    with serving(endpoint) as url:
        done = amiproof("plan", url, "--select", "name.length", env=KEYS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not endpoint.calls
    assert "CreateImage" in done.stdout
    assert "US dollars" in done.stdout


def test_the_policy_alone(amiproof: Command) -> None:
    done = amiproof("plan", "reference", "--select", "name.length", "--policy")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["Version"] == "2012-10-17"


ACTIONS = (
    "CreateImage", "CreateSnapshot", "CreateTags", "DeleteSnapshot", "DeleteVolume",
    "DeregisterImage", "DescribeImages", "GetConsoleOutput", "RebootInstances", "RunInstances",
    "StopInstances", "TerminateInstances",
)  # fmt: skip


def _statements(made: dict[str, Any], action: str) -> list[dict[str, Any]]:
    return [s for s in made["Statement"] if f"ec2:{action}" in s["Action"]]


def test_a_policy_has_every_action_and_no_other() -> None:
    made = policy(ACTIONS, "aws", "eu-west-1")
    allowed = {action for s in made["Statement"] for action in s["Action"]}
    seldom = {more for action in ACTIONS for more in SELDOM.get(action, ())}
    assert allowed == {f"ec2:{each}" for each in (*ACTIONS, *seldom)} | {"ssm:GetParameters"}
    read = policy(["DescribeImages"], "aws", "eu-west-1")
    assert [s["Sid"] for s in read["Statement"]] == ["Read"]


@pytest.mark.parametrize(
    "action", ["TerminateInstances", "StopInstances", "RebootInstances", "DeleteVolume"]
)
def test_actions_that_remove_need_the_tag_of_the_run(action: str) -> None:
    for statement in _statements(policy(ACTIONS, "aws", "eu-west-1"), action):
        assert statement["Condition"] == {"StringLike": {"aws:ResourceTag/amiproof-run": "*"}}


def test_a_given_instance_is_named() -> None:
    """It has no tag of the run's, and neither have its volumes."""
    made = policy(ACTIONS, "aws", "eu-west-1", "i-0123")
    plain = {s["Sid"] for s in policy(ACTIONS, "aws", "eu-west-1")["Statement"]}
    more = {s["Sid"]: s for s in made["Statement"] if s["Sid"] not in plain}
    named = more.pop("ImagesOfTheGivenInstance")
    assert named["Resource"] == ["arn:aws:ec2:eu-west-1:*:instance/i-0123"]
    assert [s["Action"] for s in (named, *more.values())] == [
        ["ec2:CreateImage"], ["ec2:CreateSnapshot"],
    ]  # fmt: skip


def test_a_policy_is_for_one_region_of_one_partition() -> None:
    made = policy(ACTIONS, "aws-cn", "cn-north-1")
    arns = {arn for s in made["Statement"] for arn in s["Resource"] if s["Sid"] != "Read"}
    assert arns
    heads = ("arn:aws-cn:ec2:cn-north-1:", "arn:aws-cn:ssm:cn-north-1:")
    assert all(arn.startswith(heads) for arn in arns)


def test_estimates_grow_with_the_images() -> None:
    small, large = Plan(), Plan()
    for plan, factor in ((small, 1), (large, 10)):
        plan.calls["CreateImage"] = 10 * factor
        plan.made.update({"images": 2 * factor, "instances": factor})
        plan.peak.update({"instances": factor, "volume GiB": 8 * factor, "snapshot GiB": factor})
    assumed = Assumed()
    assert small.seconds(assumed) == pytest.approx(3 + 60 + 90)
    assert large.dollars(assumed) > 9 * small.dollars(assumed) > 0
    assert small.limits().images == small.most("images") == 4


def test_a_real_account_wants_a_yes(amiproof: Command, tmp_path: Path) -> None:
    (tmp_path / "amiproof.toml").write_text(
        f'[target.aws]\naccounts = ["{ACCOUNT}"]\nlimits = ""\n'
    )
    endpoint = Watched()
    with serving(endpoint) as url:
        env = {**KEYS, "AWS_ENDPOINT_URL_EC2": url, "AWS_ENDPOINT_URL_STS": url}
        done = amiproof("run", "aws", "--region", "us-east-1", env=env)
        assert done.returncode == 2
        assert "--yes" in done.stderr
        assert set(endpoint.calls) == {"GetCallerIdentity"}
        done = amiproof(
            "run", "aws", "--region", "us-east-1", "--yes", "--select", "name.length.max", env=env
        )
    assert "at most" in done.stdout


def test_the_plan_of_an_account_is_rehearsed_in_virtual_time(amiproof: Command) -> None:
    options = ("--select", "name.length.max st.snap.per_volume")
    done = amiproof("plan", "persona", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    text = " ".join(done.stdout.split())
    assert "by number of source instances, in minutes: 1: " in text
    assert "GiB-hours of snapshots" in text
    assert "at most" in text
    assert "ec2:CreateImage" in text


def test_a_rehearsal_on_the_persona_predicts_a_run(amiproof: Command, tmp_path: Path) -> None:
    select = "name desc.max255 inst.state"
    planned = account_rehearsal.measure(RunConfig(select=select), quickly=True)
    done = amiproof("run", "persona", "--clock", "virtual", "--select", select)
    assert done.returncode == 0, done.stdout + done.stderr
    totals = load(tmp_path / "amiproof-report" / "results.json").totals
    calls = planned.plan().calls.total()
    # The plan also counts what the preflight and the listings of the account send.
    assert totals.requests == pytest.approx(calls, rel=0.1)
    assert totals.seconds == pytest.approx(planned.runs[0].seconds, rel=0.25)
    assert totals.images_created <= planned.plan().most("images")
