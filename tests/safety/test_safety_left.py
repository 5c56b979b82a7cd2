"""A run leaves nothing behind: boto3 lists the same resources before and after it.

The output of exit status 5 names each exception.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import fixtures.faults
import fixtures.variants  # noqa: F401  (declares the variants)
from conformance.engine.client.ledger import Header
from conformance.engine.resources import unexplained
from conformance.engine.resources.left_behind import LeftBehind
from conformance.prove.attempt import attempt
from conformance.prove.left import held, unreported
from conformance.suite.registry import properties
from fixtures import endpoints
from fixtures.changes import FAULTS, PENDING, VARIANTS
from fixtures.reference import ACCOUNT, ADMINISTRATOR, Endpoint, Timing, serving
from fixtures.reference.state import Ebs, Volume
from tests.conftest import Command
from tests.safety.listing import added, client, listing

RULES = "name.length name.unique lc.deregister st.image.exists tag.rt"
CLEAN = [
    "aftermath/the-first-deregistration-is-refused",
    "cleanup/the-first-deregistration-is-unavailable",
    "cleanup/the-first-snapshot-deletion-is-unavailable",
    "cleanup/dates-are-a-constant",
    "cleanup/dates-have-no-zone",
    "cleanup/the-clock-is-20-minutes-behind",
    "cleanup/a-volume-of-the-snapshot-is-left-for-each-image",
    "cleanup/a-tagged-volume-is-left-for-each-image",
    "cleanup/a-snapshot-that-went-along-is-an-invalid-value",
]
LEFT = [
    "cleanup/deregister-image-is-unknown",
    "cleanup/delete-snapshot-is-unknown",
    "cleanup/nothing-can-be-removed",
]
REPORTED = [
    "cleanup/a-volume-is-left-for-each-image",
    "cleanup/a-snapshot-without-a-word-is-left-for-each-image",
    "cleanup/delete-snapshot-is-unknown-for-what-exists",
    "cleanup/delete-snapshot-deletes-nothing",
    "cleanup/delete-snapshot-never-finds-one",
    "cleanup/deregister-image-does-nothing",
]

KINDS = ("image", "snapshot", "volume", "instance")


def no_source_instance(endpoint: Endpoint) -> None:
    """DescribeImages shows no SourceInstanceId."""
    shape = endpoint.shapes.image
    endpoint.shapes.image = lambda *given: [  # type: ignore[method-assign]
        (name, value) for name, value in shape(*given) if name != "sourceInstanceId"
    ]


def changed(id: str) -> Callable[[Endpoint], None]:
    return {**FAULTS, **VARIANTS, **PENDING}[id].change


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[Endpoint], None]], tuple[str, Any]]]:
    stops = []

    def start(change: Callable[[Endpoint], None]) -> tuple[str, Any]:
        endpoint = Endpoint(timing=Timing(0.0, 0.0, 0.0, 0.0))
        change(endpoint)
        served = serving(endpoint)
        url = served.__enter__()
        stops.append(served)
        return url, client(url, ADMINISTRATOR.access_key, ADMINISTRATOR.secret_key)

    yield start
    for served in stops:
        served.__exit__(None, None, None)


ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": ADMINISTRATOR.access_key,
    "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR.secret_key,
    "TZ": "America/New_York",
}


@pytest.mark.parametrize(
    "change", [*map(changed, CLEAN), no_source_instance], ids=[*CLEAN, "no-source-instance"]
)
def test_a_run_leaves_nothing(
    serve: Callable[[Callable[[Endpoint], None]], tuple[str, Any]],
    amiproof: Command,
    change: Callable[[Endpoint], None],
) -> None:
    url, ec2 = serve(change)
    before = listing(ec2)
    done = amiproof("run", url, "--select", RULES, env=ENVIRONMENT)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert added(before, listing(ec2)) == {}


@pytest.mark.parametrize("id", LEFT)
def test_each_kind_that_cannot_be_removed_has_one_line(
    serve: Callable[[Callable[[Endpoint], None]], tuple[str, Any]],
    amiproof: Command,
    id: str,
) -> None:
    url, ec2 = serve(changed(id))
    before = listing(ec2)
    done = amiproof("run", url, "--select", RULES, "--effort", "standard", env=ENVIRONMENT)
    assert done.returncode == 5, done.stdout + done.stderr
    assert "The target has no De" in done.stdout
    lines = [line for line in done.stdout.splitlines() if line.startswith("left behind: ")]
    left = added(before, listing(ec2))
    left.pop("tags", None)
    for kind, ids in left.items():
        (line,) = (line for line in lines if kind.rstrip("s") in line.partition("(")[0])
        assert int(line.removeprefix("left behind: ").partition(" ")[0]) >= len(ids)
        assert any(id in line for id in ids)
    assert len(left.get("images", ())) <= 60


@pytest.mark.parametrize("id", REPORTED)
def test_what_is_left_without_a_refusal_is_reported(
    serve: Callable[[Callable[[Endpoint], None]], tuple[str, Any]],
    amiproof: Command,
    id: str,
) -> None:
    url, ec2 = serve(changed(id))
    before = listing(ec2)
    done = amiproof("run", url, "--select", RULES, env=ENVIRONMENT)
    assert done.returncode == 5, done.stdout + done.stderr
    left = added(before, listing(ec2))
    left.pop("tags", None)
    lines = re.findall(r"left behind: (\d+)? ?(image|snapshot|volume|instance)", done.stdout)
    reported = Counter[str]()
    for count, kind in lines:
        reported[f"{kind}s"] += int(count or 1)
    assert left
    # boto3 lists no disabled image.
    assert all(reported[kind] >= len(ids) for kind, ids in left.items()), done.stdout


@pytest.mark.parametrize(
    "id",
    [
        "cleanup-lists/pages-have-five-items",
        "cleanup-lists/some-pages-are-empty",
        "cleanup-lists/the-next-token-is-always-the-same",
        "cleanup-lists/each-next-token-is-new",
    ],
)
def test_lists_that_are_hard_to_read_hide_nothing(id: str) -> None:
    rules = {"name.length.max", "lc.deregister", "tag.rt.image", "st.snap.per_volume"}
    result = attempt(id, changed(id), "quick", 1, properties().keys() - rules)
    assert result.requests > 20
    assert not result.errors
    assert not result.left


@pytest.mark.parametrize(
    ("ids", "rules"),
    [
        (("reach/mappings-are-never-read-and-no-image-is-shown", "dry-run/makes-the-image"),
         {"dryrun.no_effect"}),
        (("image/never-described", "error/descriptions-are-checked-last"), {"desc.max255"}),
        (("image/never-described", "response/image-id-in-a-result"), {"name.length.max"}),
        (("evidence/no-volumes-are-listed",), {"bdm.new.ebs_snapshot"}),
    ],
)  # fmt: skip
def test_what_the_target_does_not_show_is_removed(ids: tuple[str, ...], rules: set[str]) -> None:
    """No answer names the images of refused requests; descriptions of their snapshots do."""
    states = []

    def change(endpoint: Endpoint) -> None:
        states.append(endpoint.state)
        for id in ids:
            changed(id)(endpoint)

    result = attempt("+".join(ids), change, "quick", 1, properties().keys() - rules)
    assert result.images
    assert not result.errors
    assert not any(image.source_instance for image in states[0].images.values())
    assert not any(s.owner == ACCOUNT and s.description for s in states[0].snapshots.values())


def test_what_the_clean_up_does_not_report_is_an_error_of_the_attempt() -> None:
    endpoint = Endpoint()
    before = held(endpoint.state)
    left = Volume("vol-1", ACCOUNT, "us-east-1a", 0.0, Ebs(8, "gp3"))
    endpoint.state.volumes[left.id] = left
    (sentence,) = unreported(before, held(endpoint.state), [], KINDS)
    assert "1 volumes" in sentence
    assert "vol-1" in sentence
    assert not unreported(before, held(endpoint.state), [LeftBehind("volume", "vol-1", "")], KINDS)
    # Of a kind that the endpoint does not list a run knows what its own requests made.
    assert not unreported(before, held(endpoint.state), [], [])
    assert unreported(before, held(endpoint.state), [], [], {("volume", "vol-1")})
    left.tags["a"] = "b"
    after = held(endpoint.state)
    left.tags["a"] = "c"
    assert unreported(after, held(endpoint.state), [], KINDS)
    del endpoint.state.volumes[left.id]
    assert "which existed before" in unreported(after, held(endpoint.state), [], KINDS)[0]


@pytest.mark.parametrize(
    ("endpoint", "account", "shared", "count", "is_reported"),
    [
        ("http://127.0.0.1:5000", "", False, 1, True),
        ("http://127.0.0.1:5000", "", True, 50, False),
        ("http://emulator.test", "", False, 9, False),
        ("http://emulator.test", "", False, 10, True),
        ("https://ec2.eu-west-1.amazonaws.com", "digest", False, 50, False),
    ],
)
def test_which_unexplained_resources_count_as_left_behind(
    endpoint: str, account: str, shared: bool, count: int, is_reported: bool
) -> None:
    header = Header("run", "target", endpoint, "us-east-1", account)
    assert unexplained.is_of_target(header, shared, count, images=10) is is_reported


def test_moto_is_left_as_it_was(amiproof: Command) -> None:
    with endpoints.moto() as moto:
        ec2 = client(moto.url, *moto.keys)
        before = listing(ec2)
        done = amiproof("run", moto.url, "--select", "name.length tag.count tag.key")
        assert done.returncode == 1, done.stdout + done.stderr
        assert added(before, listing(ec2)) == {}


def test_resources_of_another_client_stay(amiproof: Command) -> None:
    """Before the run and while it goes on: an instance, its image, a snapshot and a volume."""
    with endpoints.moto() as moto:
        ec2 = client(moto.url, *moto.keys)
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        ec2.create_image(InstanceId=_launch(ec2, image), Name="before the run")
        over, made = threading.Event(), list[str]()

        def make() -> None:
            other = client(moto.url, *moto.keys)
            while not over.wait(0.2) and len(made) < 20:
                instance = _launch(other, image)
                name = f"bystander-{len(made)}"
                made.append(other.create_image(InstanceId=instance, Name=name)["ImageId"])
                volume = other.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
                other.create_snapshot(VolumeId=volume, Description="of another client")

        thread = threading.Thread(target=make)
        first = listing(ec2)
        thread.start()
        try:
            done = amiproof("run", moto.url, "--select", "name.length tag.count")
        finally:
            over.set()
            thread.join()
        assert done.returncode == 1, done.stdout + done.stderr
        now = listing(ec2)
        assert made
        assert now["images"] - first["images"] == set(made)
        assert all(first[kind] <= now[kind] for kind in first)
        assert len(now["snapshots"] - first["snapshots"]) == 2 * len(made)  # an image's and its own
        assert len(now["volumes"] - first["volumes"]) == 2 * len(made)  # an instance's and its own
        assert len(now["instances"] - first["instances"]) == len(made)


def _launch(ec2: Any, image: str) -> str:
    (instance,) = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"]
    return str(instance["InstanceId"])


def test_the_listing_notices(tmp_path: Path) -> None:
    """The comparison of these tests notices one image, tag and snapshot more."""
    with serving(Endpoint(timing=Timing(0.0, 0.0, 0.0, 0.0))) as url:
        ec2 = client(url, ADMINISTRATOR.access_key, ADMINISTRATOR.secret_key)
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        instance = _launch(ec2, image)
        before = listing(ec2)
        made = ec2.create_image(InstanceId=instance, Name="one more")["ImageId"]
        ec2.create_tags(Resources=[made], Tags=[{"Key": "a", "Value": "b"}])
        assert added(before, listing(ec2)).keys() == {"images", "snapshots", "tags"}
