"""The served endpoint: in a thread, as a command, under concurrency, with a change."""

from __future__ import annotations

import http.client
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fixtures.reference import Endpoint, serving

ROOT = Path(__file__).parents[2]


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "fixtures.reference", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def ask(url: str) -> int:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
    connection.request("GET", "/?Action=DescribeRegions&Version=2016-11-15")
    return connection.getresponse().status


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_command_stops_on_signal(number):
    with start("--no-signatures") as process:
        url = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+", url)
        assert ask(url) == 200
        process.send_signal(number)
        assert process.wait(10) == 0
        assert process.stdout.read() == ""


def test_command_stops_with_its_parent():
    with start("--with-parent") as process:
        url = process.stdout.readline().strip()
        assert ask(url) == 403
        process.stdin.close()
        assert process.wait(10) == 0


@pytest.mark.parametrize(
    "change", ["name/accepts-129", "form/indented", "crash/description-500-html"]
)
def test_a_change_of_each_registry_is_served(change):
    with start("--no-signatures", "--change", change) as process:
        url = process.stdout.readline().strip()
        assert ask(url) == 200
        process.terminate()
        assert process.wait(10) == 0


def test_an_unknown_change_is_refused():
    with start("--change", "name/no-such-fault") as process:
        assert process.wait(10) == 2
        assert process.stdout.read() == ""


def test_port_in_use():
    with serving(Endpoint()) as url:
        port = str(urlsplit(url).port)
        with start("--port", port) as process:
            assert process.wait(10) == 1
            assert process.stdout.read() == ""


def test_port_is_free_afterwards():
    with serving(Endpoint()) as url:
        port = urlsplit(url).port
    with serving(Endpoint(), port) as again:
        assert again == url


def test_one_of_many_gets_the_name(world, instance):
    def create(client) -> str | None:
        return client.call("CreateImage", InstanceId=instance, Name="the only one").code

    clients = [type(world.raw)(world.url) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(create, clients))
    assert codes.count(None) == 1
    assert codes.count("InvalidAMIName.Duplicate") == 7


def test_faults_stay_with_their_endpoint(world, instance):
    other = Endpoint()
    other.create_image.check_name_length = lambda name: None
    other.create_image.sizes["gp2"] = (1, 2)
    other.create_image.taggable = frozenset()
    other.statuses["DryRunOperation"] = 200
    assert world.create(instance, Name="x").code == "InvalidAMIName.Malformed"
    assert world.create(instance, DryRun="true").status == 412
    assert world.endpoint.create_image.sizes["gp2"] == (1, 16384)
    assert other.run_instances.sizes["gp2"] == (1, 16384)
    assert other.run_instances.taggable


@pytest.mark.filterwarnings("ignore")
def test_internal_error_is_an_answer(world, instance, capfd):
    def broken(draft):
        raise ZeroDivisionError

    world.endpoint.create_image.read_name = broken
    try:
        reply = world.create(instance)
    finally:
        del world.endpoint.create_image.read_name
    assert reply.outcome == (500, "InternalError")
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_larger_than_any_request(world):
    assert world.raw.send("POST", "/", "x" * 2_000_000).status == 413


def test_reference_shares_nothing_with_the_suite():
    for path in (ROOT / "fixtures" / "reference").rglob("*.py"):
        source = path.read_text()
        assert not re.search(r"^\s*(from|import) (conformance|strategies|reports)", source, re.M)
