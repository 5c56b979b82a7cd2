"""Two live targets: each difference is reported once, with its rule and its smallest request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from fixtures.faults import FAULTS
from fixtures.reference import ADMINISTRATOR, Endpoint, serving
from fixtures.variants import VARIANTS
from tests.conftest import Command

KEYS = {
    "AWS_ACCESS_KEY_ID": ADMINISTRATOR.access_key,
    "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR.secret_key,
}


@contextmanager
def two(change: str) -> Iterator[tuple[str, str, list[Endpoint]]]:
    """The addresses of the reference and of a changed endpoint."""
    endpoints = [Endpoint(), Endpoint()]
    (FAULTS.get(change) or VARIANTS[change]).change(endpoints[1])
    with ExitStack() as stack:
        urls = [stack.enter_context(serving(endpoint)) for endpoint in endpoints]
        yield urls[0], urls[1], endpoints


def found(tmp_path: Path) -> Any:
    return json.loads((tmp_path / "compared.json").read_text())


def is_clean(endpoint: Endpoint) -> bool:
    state = endpoint.state
    own = [i for i in state.images.values() if i.owner == ADMINISTRATOR.account]
    return not own and all(i.state == "terminated" for i in state.instances.values())


@pytest.mark.parametrize(
    ("fault", "rule", "more"),
    [
        ("name/accepts-129", "name.length.max", set()),
        ("name/names-are-lower-case", "name.roundtrip", set()),
        ("mapping/volumes-are-resized", "bdm.existing.size", {"BlockDeviceMapping"}),
        ("error/a-refusal-leaves-a-failed-image", "err.atomic", None),
        ("tags/the-first-snapshot-alone", "tag.rt.snapshot", {"TagSpecification"}),
    ],
)
def test_a_fault_is_the_one_disagreement(
    amiproof: Command, tmp_path: Path, fault: str, rule: str, more: set[str] | None
) -> None:
    of_tags = "tag.optional tag.rt.image tag.rt.snapshot tag.rt.both tag.value"
    select = of_tags if rule.startswith("tag.") else f"{rule.partition('.')[0]}."
    with two(fault) as (good, bad, endpoints):
        done = amiproof(
            "compare", good, bad, "--select", select, "--json", "compared.json", env=KEYS
        )
    assert done.returncode == 1, done.stdout + done.stderr
    (one,) = found(tmp_path)["disagreements"]
    assert (one["rule"], one["right"]) == (rule, "first")
    assert rule in done.stdout
    assert "does what the documents say" in done.stdout
    if more is not None:
        needed = {"Action", "Version", "InstanceId", "Name", *more}
        assert {name.partition(".")[0] for name, _ in one["request"]} <= needed
    assert all(map(is_clean, endpoints))


@pytest.mark.parametrize(
    ("variant", "kind"),
    [("code/an-invalid-character", "both"), ("silence/snapshot-location-is-ignored", "")],
)
def test_a_variant_breaks_no_rule(
    amiproof: Command, tmp_path: Path, variant: str, kind: str
) -> None:
    with two(variant) as (one, other, _):
        done = amiproof(
            "compare", one, other, "--select", "name. snaploc.", "--json", "compared.json", env=KEYS
        )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    rights = {each["right"] for each in found(tmp_path)["disagreements"]}
    assert rights <= {"both", "unspecified"}
    assert kind in rights or not kind


def test_a_target_does_not_disagree_with_itself(amiproof: Command, tmp_path: Path) -> None:
    done = amiproof(
        "compare",
        "reference",
        "reference",
        "--select",
        "bdm. err. wire.",
        "--json",
        "compared.json",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert found(tmp_path)["complete"]
    assert "0 disagreements" in done.stdout


def test_moto_and_the_reference(amiproof: Command, tmp_path: Path) -> None:
    """Each disagreement names a rule, or is unspecified; its request is the smallest."""
    done = amiproof(
        "compare",
        "moto",
        "reference",
        "--select",
        "name. tag.key. tag.rt.snapshot",
        "--json",
        "compared.json",
    )
    assert done.returncode == 1, done.stdout + done.stderr
    reported = found(tmp_path)["disagreements"]
    assert all(each["rule"] for each in reported)
    assert {each["right"] for each in reported} <= {"second", "both", "unspecified"}
    comma = next(each for each in reported if each["rule"] == "name.charset.comma")
    assert dict(comma["request"])["Name"] == "aa,"
    named = [each for each in reported if each["rule"].startswith("name.")]
    assert all(len(each["request"]) <= 4 for each in named)
    assert "(Name: name in use)" in done.stdout
    # A deviation of the minimal request itself speaks for no rule of a larger one.
    assert {"name.charset.unicode", "tag.key.unique"} <= {
        each["rule"] for each in reported if each["right"] == "unspecified"
    }
    # A crash that many properties meet is reported once.
    crashes = [each for each in reported if each["first"]["outcome"] == "malformed"]
    assert "tag.rt.snapshot" in {each["rule"] for each in crashes}
    requests = [sorted(map(tuple, each["request"])) for each in crashes]
    assert all(requests.count(request) == 1 for request in requests)


def test_a_shrunk_request_keeps_the_parameter_of_its_rule(
    amiproof: Command, tmp_path: Path
) -> None:
    """A size is wrong for its volume type only while the request names the type."""
    select = "bdm.size.gp2 bdm.throughput.gp3_only"
    done = amiproof("compare", "moto", "reference", "--select", select, "--json", "compared.json")
    assert done.returncode == 1, done.stdout + done.stderr
    assert {"bdm.size.gp2", "bdm.throughput.gp3_only"} <= {
        each["rule"] for each in found(tmp_path)["disagreements"]
    }


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("reference", "some.json"), 2, "not one of each"),
        (("reference", "reference", "--select", "nothing.like.it"), 2, "selects no rule"),
        (("reference", "http://127.0.0.1:9"), 3, "does not answer"),
    ],
)
def test_usage_errors(
    amiproof: Command, arguments: tuple[str, ...], status: int, words: str
) -> None:
    done = amiproof("compare", *arguments)
    assert done.returncode == status, done.stdout + done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
