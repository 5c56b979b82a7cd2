"""Workarounds: a target that rejects the minimal request fails one rule; the others are tested."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.reference import ADMINISTRATOR, Endpoint, serving
from fixtures.reference.errors import ApiError
from fixtures.reference.params import Call
from reports.results import Verdict, load
from tests.conftest import Command


class Wanting(Endpoint):
    """The reference endpoint, but it rejects a CreateImage request that ``lacks`` something."""

    def __init__(self, lacks: Callable[[Call], bool], code: str = "InvalidParameterValue") -> None:
        super().__init__()
        self.lacks, self.code = lacks, code

    def admit(self, call: Call) -> None:
        if call.action == "CreateImage" and self.lacks(call):
            raise ApiError(self.code, "something is wanting")


def without(name: str) -> Callable[[Call], bool]:
    return lambda call: not any(given.startswith(name) for given in call.params)


def failed(amiproof: Command, endpoint: Endpoint, folder: Path) -> tuple[set[str], int]:
    with serving(endpoint) as url:
        done = amiproof(
            "run",
            url,
            "--select",
            "name.length name.charset.core desc.optional noreboot.optional bdm.optional"
            " tag.optional inst.state.running dryrun.optional",
            env={
                "AWS_ACCESS_KEY_ID": ADMINISTRATOR.access_key,
                "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR.secret_key,
            },
        )
    assert done.returncode == 1, done.stdout + done.stderr
    results = load(folder / "amiproof-report" / "results.json")
    passed = {rule.id for rule in results.of(Verdict.PASS)}
    return {rule.id for rule in results.of(Verdict.FAIL)}, len(passed)


@pytest.mark.parametrize(
    ("wanted", "rule"),
    [
        ("NoReboot", "noreboot.optional"),
        ("Description", "desc.optional"),
        ("TagSpecification", "tag.optional"),
        ("BlockDeviceMapping", "bdm.optional"),
    ],
)
def test_only_the_rule_of_the_demanded_parameter_fails(
    amiproof: Command, tmp_path: Path, wanted: str, rule: str
) -> None:
    broken, passed = failed(amiproof, Wanting(without(wanted)), tmp_path)
    assert broken == {rule}
    assert passed >= 5


def test_a_target_that_images_only_stopped_instances(amiproof: Command, tmp_path: Path) -> None:
    """The other rules are tested with a stopped instance."""

    def lacks(call: Call) -> bool:
        instance = endpoint.state.instances.get(call.params.get("InstanceId", ""))
        return instance is not None and instance.state == "running"

    endpoint = Wanting(lacks, "IncorrectInstanceState")
    broken, passed = failed(amiproof, endpoint, tmp_path)
    assert broken == {"inst.state.running"}
    assert passed >= 5


def test_a_target_that_rejects_every_request(amiproof: Command, tmp_path: Path) -> None:
    """Rules that need the minimal request are not reported as broken."""
    broken, _ = failed(amiproof, Wanting(lambda call: True), tmp_path)
    assert broken == {"inst.state.running"}
