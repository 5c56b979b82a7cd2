"""The policy of a plan is enough: under it, a run gives the verdicts of a run without limits."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

from conformance.commands import account_rehearsal
from conformance.commands.rehearsal import measure
from conformance.engine.client.iam_policy import policy
from conformance.engine.resources.public_images import PARAMETER
from conformance.engine.run.config import RunConfig
from fixtures.reference import ADMINISTRATOR, Endpoint, serving
from fixtures.reference.errors import ApiError
from fixtures.reference.params import Call
from reports.results import Verdict, load
from tests.conftest import Command

REGION = "us-east-1"
ROOT = Path(__file__).parents[2]
_KINDS = {"i": "instance", "vol": "volume", "snap": "snapshot", "ami": "image"}
_ID = re.compile(r"(i|vol|snap|ami)-[0-9a-f]+")
_NEW = {
    "RunInstances": ("instance", "volume"),
    "CreateImage": ("image", "snapshot"),
    "CreateSnapshot": ("snapshot",),
    "CreateVolume": ("volume",),
}
Policy = dict[str, Any]


class Policed(Endpoint):
    """The reference behind a policy. Calls on missing resources are allowed, to get their error."""

    def __init__(self) -> None:
        super().__init__(region=REGION)
        self.law: Policy = {"Statement": []}
        self.refused: list[str] = []
        self.asked: set[str] = set()

    def admit(self, call: Call) -> None:
        if call.caller is not ADMINISTRATOR or call.action not in self.actions:
            return
        self.asked.add(call.action)
        for action, resource, context in self._needs(call):
            if not self._allows(f"ec2:{action}", resource, context):
                self.refused.append(f"{action} {resource} {context}")
                raise ApiError("UnauthorizedOperation", "by the policy")

    def _needs(self, call: Call) -> Iterator[tuple[str, str, Mapping[str, str]]]:
        """Each action, resource and context that has to be allowed."""
        if call.action.startswith(("Describe", "Get")):
            yield call.action, "*", {}
            return
        for value in call.params.values():
            kind = _ID.fullmatch(value)
            tags = self._tags(value)
            if kind and tags is not None:
                context = {f"aws:ResourceTag/{key}": text for key, text in tags.items()}
                yield call.action, self._arn(_KINDS[kind[1]], value), context
        for kind in _NEW.get(call.action, ()):
            sent = self._tags_sent(call, kind)
            context = {f"aws:RequestTag/{key}": text for key, text in sent.items()}
            yield call.action, self._arn(kind, "new"), context
            if sent:
                created = {"ec2:CreateAction": call.action}
                yield "CreateTags", self._arn(kind, "new"), created

    def _tags(self, id: str) -> Mapping[str, str] | None:
        state = self.state
        everything: list[Mapping[str, Any]] = [
            state.instances, state.volumes, state.snapshots, state.images,
        ]  # fmt: skip
        return next((things[id].tags for things in everything if id in things), None)

    def _tags_sent(self, call: Call, kind: str) -> dict[str, str]:
        heads = [n.removesuffix("ResourceType") for n, v in call.params.items() if v == kind]
        return {
            value: call.params.get(name.removesuffix("Key") + "Value", "")
            for name, value in call.params.items()
            if name.startswith(tuple(f"{head}Tag." for head in heads)) and name.endswith(".Key")
        }

    def _arn(self, kind: str, id: str) -> str:
        owner = "" if kind in ("image", "snapshot") else "111122223333"
        return f"arn:aws:ec2:{REGION}:{owner}:{kind}/{id}"

    def _allows(self, action: str, resource: str, context: Mapping[str, str]) -> bool:
        return any(
            action in statement["Action"]
            and any(fnmatchcase(resource, arn) for arn in statement["Resource"])
            and _holds(statement.get("Condition", {}), context)
            for statement in self.law["Statement"]
        )


def _holds(condition: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> bool:
    for key, pattern in condition.get("StringLike", {}).items():
        if key not in context or not fnmatchcase(context[key], pattern):
            return False
    return all(context.get(k) in values for k, values in condition.get("StringEquals", {}).items())


SELECT = "name.unique inst noreboot lc bdm.new tag st snaploc dryrun"


@pytest.fixture(scope="module")
def actions() -> set[str]:
    return set(measure(RunConfig(select=SELECT), REGION).calls)


@pytest.mark.parametrize("somebodys", [False, True])
def test_the_policy_is_enough(
    amiproof: Command, tmp_path: Path, actions: set[str], somebodys: bool
) -> None:
    """Also for a source instance without the tag of a run."""
    endpoint = Policed()
    env = {
        "AWS_ACCESS_KEY_ID": ADMINISTRATOR.access_key,
        "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR.secret_key,
    }
    more: tuple[str, ...] = ()
    with serving(endpoint) as url:
        if somebodys:
            instance_id = _launched(endpoint)
            more = ("--instance-id", instance_id)
            endpoint.law = policy(actions, "aws", REGION, instance_id)
        else:
            endpoint.law = policy(actions, "aws", REGION)
        done = amiproof("run", url, "--select", SELECT, *more, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not endpoint.refused
    assert endpoint.asked <= actions
    results = load(tmp_path / "amiproof-report" / "results.json")
    assert len(results.of(Verdict.PASS)) > 60
    if somebodys:
        assert endpoint.state.instances[instance_id].state == "running"


def test_every_action_that_the_code_names_is_in_the_policy() -> None:
    """Also those that only an unusual answer leads to, and those of `doctor`."""
    named = {
        node.value
        for package in ("conformance/engine", "conformance/commands", "conformance/suite")
        for file in (ROOT / package).rglob("*.py")
        if file.name != "iam_policy.py"
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    actions = named & set(Session().get_service_model("ec2").operation_names)
    assert len(actions) > 20
    planned = account_rehearsal.measure(RunConfig(effort="quick"), quickly=True).plan().calls
    law = policy(planned.keys(), "aws", REGION)
    allowed = {name for statement in law["Statement"] for name in statement["Action"]}
    assert {f"ec2:{action}" for action in actions} <= allowed


def test_the_policy_lets_a_launch_resolve_the_public_parameter() -> None:
    arn = f"arn:aws:ssm:{REGION}::parameter{PARAMETER.removeprefix('resolve:ssm:')}"
    (statement,) = [
        each
        for each in policy({"RunInstances"}, "aws", REGION)["Statement"]
        if "ssm:GetParameters" in each["Action"]
    ]
    assert any(fnmatchcase(arn, pattern) for pattern in statement["Resource"])


def _launched(endpoint: Endpoint) -> str:
    """A running instance of another owner, with added volumes."""
    params = {
        "ImageId": min(endpoint.state.images),
        "InstanceType": "t3.micro",
        "MinCount": "1",
        "MaxCount": "1",
    }
    for number, (device, encrypted) in enumerate((("/dev/sdf", "false"), ("/dev/sdg", "true")), 1):
        head = f"BlockDeviceMapping.{number}."
        params |= {
            f"{head}DeviceName": device,
            f"{head}Ebs.VolumeSize": "1",
            f"{head}Ebs.Encrypted": encrypted,
        }
    now = endpoint.clock.now()
    endpoint.run_instances(Call("RunInstances", params, ADMINISTRATOR, now - 60, "r"))
    endpoint.state.settle(now)
    (instance,) = endpoint.state.instances.values()
    return instance.id
