"""CreateImage requests per second: drawn, judged and looked after, and by loops that check nothing.

Client and server share one core, and what is counted is the time that they have it: what else the
machine does is left out. All send requests that are refused, as nearly all drawn ones are.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median

import boto3
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from hypothesis.strategies import SearchStrategy

from conformance.engine.client.client import GuardedClient
from conformance.engine.client.connect import connect
from conformance.engine.client.guard import Guard
from conformance.engine.client.ledger import Ledger
from conformance.engine.core.effort import Effort
from conformance.engine.core.target import Keys, Target
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.generate import Generation
from conformance.engine.property.runner import run
from conformance.engine.property.session_parts import open_session
from conformance.engine.property.target_exercise import TargetExercise
from conformance.model.request import API_VERSION, Draft
from fixtures.reference import ADMINISTRATOR
from strategies import descriptions, instance_ids, mappings, names, tags
from tests.benchmarks.far import served

REGION = "us-east-1"
KEYS = ADMINISTRATOR.access_key, ADMINISTRATOR.secret_key
REQUESTS = 600
"""Sent by each in a round, or a few less: what is drawn twice is sent once."""
DRAWN: dict[str, SearchStrategy[Draft]] = {
    "name.length.max": names.too_long(),
    "name.charset.other": names.with_other(),
    "desc.max255": descriptions.too_long(),
    "inst.format": instance_ids.malformed(),
    "tag.key.max": tags.keys_too_long(),
    "bdm.virtual.form": mappings.not_virtual(),
}
"""What is drawn for the rules that these requests break."""

Clock = Callable[[], float]
Round = Callable[[str, int, Clock], float]
"""Sends so many requests to an address, and says how many a second."""


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """This process, and what it starts, on one core, where the system can do so."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def rows(rounds: int) -> Iterator[tuple[str, str, str]]:
    """What is told of the speed: the first row is in requests, the others are ratios."""
    with one_core():
        measured = _side_by_side(rounds, checked=_checked, boto3=_boto3, signed=_signed)
    checked = median(measured["checked"])
    how = f"drawn by Hypothesis, judged, leftovers looked for; median of {rounds} rounds, one core"
    yield "checked CreateImage requests", f"{checked:.0f} a second", how
    for name, what in (
        ("boto3", "a boto3 loop that checks nothing"),
        ("signed", "a loop of `requests` signed by botocore that checks nothing"),
    ):
        ratios = [
            ours / theirs for ours, theirs in zip(measured["checked"], measured[name], strict=True)
        ]
        result = f"{median(ratios):.2f} times ({min(ratios):.2f} to {max(ratios):.2f})"
        yield f"the same, held against {what}", result, "in turns, of refused requests too"


def _side_by_side(rounds: int, **contestants: Round) -> dict[str, list[float]]:
    measured: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name, contestant in contestants.items():
            with served() as endpoint:
                clock = partial(_busy, endpoint.process)
                speed = contestant(endpoint.url, REQUESTS if number else REQUESTS // 6, clock)
            if number:  # the round before the first warms up
                measured[name].append(speed)
    return measured


def _busy(server: int) -> float:
    """Seconds that this process and the server's have worked; where that is not told, seconds."""
    threads = list(Path(f"/proc/{server}/task").glob("*/schedstat"))
    if not threads:
        return time.perf_counter()
    nanoseconds = sum(int(thread.read_text().split()[0]) for thread in threads)
    return time.process_time() + nanoseconds / 1e9


def _checked(url: str, count: int, clock: Clock) -> float:
    target = Target(name="reference", endpoint=url, region=REGION, keys=Keys(*KEYS))
    effort = Effort(
        rejected_examples=count // len(DRAWN), accepted_examples=0, max_shrinks=0, sequences=0
    )
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder))
        with GuardedClient(connect(target), Guard(ledger)) as client:
            parts = open_session(target, client, ledger, "benchmark")
            # What every run does once is not what is measured.
            TargetExercise("name.length.max", parts, effort, Generation(1)).keeps(
                *names.LONGEST_LEGAL
            )
            before, started = client.guard.create_image_requests, clock()
            for rule, drawn in DRAWN.items():
                exercise = TargetExercise(rule, parts, effort, Generation(1))
                found = run(partial(Exercise.breaks, generated=drawn), exercise).deviations
                assert not found, found
            seconds = clock() - started
            sent = client.guard.create_image_requests - before
        ledger.close()
    return sent / seconds


def _boto3(url: str, count: int, clock: Clock) -> float:
    client = boto3.client(
        "ec2",
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id=KEYS[0],
        aws_secret_access_key=KEYS[1],
        config=Config(retries={"total_max_attempts": 1}),
    )
    started = clock()
    for number in range(count):
        with contextlib.suppress(ClientError):
            client.create_image(InstanceId="i-0123456789abcdef0", Name=f"name {number}")
    return count / (clock() - started)


def _signed(url: str, count: int, clock: Clock) -> float:
    signer = SigV4Auth(Credentials(*KEYS), "ec2", REGION)
    with requests.Session() as session:
        started = clock()
        for number in range(count):
            form = {
                "Action": "CreateImage",
                "Version": API_VERSION,
                "InstanceId": "i-0123456789abcdef0",
                "Name": f"name {number}",
            }
            kind = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
            prepared = requests.Request("POST", url, kind, data=form).prepare()
            request = AWSRequest("POST", url + "/", kind, prepared.body)
            signer.add_auth(request)
            prepared.headers.update(dict(request.headers.items()))
            answer = session.send(prepared)
            assert "InvalidInstanceID.NotFound" in answer.text, answer.text
        return count / (clock() - started)
