"""Two live targets: what only one of them does is told, by the smallest request, with its rule."""

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
    """The addresses of a faultless endpoint and of one with a fault, or another way."""
    endpoints = [Endpoint(), Endpoint()]
    (FAULTS.get(change) or VARIANTS[change]).change(endpoints[1])
    with ExitStack() as stack:
        urls = [stack.enter_context(serving(endpoint)) for endpoint in endpoints]
        yield urls[0], urls[1], endpoints


def found(tmp_path: Path) -> Any:
    return json.loads((tmp_path / "told.json").read_text())


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
        done = amiproof("compare", good, bad, "--select", select, "--json", "told.json", env=KEYS)
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
def test_another_way_breaks_no_rule(
    amiproof: Command, tmp_path: Path, variant: str, kind: str
) -> None:
    with two(variant) as (one, other, _):
        done = amiproof(
            "compare", one, other, "--select", "name. snaploc.", "--json", "told.json", env=KEYS
        )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    rights = {each["right"] for each in found(tmp_path)["disagreements"]}
    assert rights <= {"both", "unspecified"}
    assert kind in rights or not kind


def test_the_same_twice_is_no_disagreement(amiproof: Command, tmp_path: Path) -> None:
    done = amiproof(
        "compare", "reference", "reference", "--select", "bdm. err. wire.", "--json", "told.json"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert found(tmp_path)["complete"]
    assert "0 disagreements" in done.stdout


def test_moto_and_the_reference(amiproof: Command, tmp_path: Path) -> None:
    """Each disagreement is tied to a rule or to a row where the documents are silent, and is as
    small as can be."""
    done = amiproof(
        "compare",
        "moto",
        "reference",
        "--select",
        "name. tag.key. tag.rt.snapshot",
        "--json",
        "told.json",
    )
    assert done.returncode == 1, done.stdout + done.stderr
    told = found(tmp_path)["disagreements"]
    assert all(each["rule"] for each in told)
    assert {each["right"] for each in told} <= {"second", "both", "unspecified"}
    comma = next(each for each in told if each["rule"] == "name.charset.comma")
    assert dict(comma["request"])["Name"] == "aa,"
    named = [each for each in told if each["rule"].startswith("name.")]
    assert all(len(each["request"]) <= 4 for each in named)
    assert "(Name: name in use)" in done.stdout
    # What even the minimal request gets wrong at moto is no reason to say that it is.
    assert {"name.charset.unicode", "tag.key.unique"} <= {
        each["rule"] for each in told if each["right"] == "unspecified"
    }
    # A crash that many properties come upon by what they add to it is told once.
    crashes = [each for each in told if each["first"]["outcome"] == "malformed"]
    assert "tag.rt.snapshot" in {each["rule"] for each in crashes}
    requests = [sorted(map(tuple, each["request"])) for each in crashes]
    assert all(requests.count(request) == 1 for request in requests)


def test_a_rule_is_not_left_out_with_what_it_is_about(amiproof: Command, tmp_path: Path) -> None:
    """Without the type a size is no error of the type's, and an image without the volume is."""
    select = "bdm.size.gp2 bdm.throughput.gp3_only"
    done = amiproof("compare", "moto", "reference", "--select", select, "--json", "told.json")
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
def test_what_a_user_can_get_wrong(
    amiproof: Command, arguments: tuple[str, ...], status: int, words: str
) -> None:
    done = amiproof("compare", *arguments)
    assert done.returncode == status, done.stdout + done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
