"""An endpoint in the same process answers as one behind a socket, in the time of the client."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.clock import VirtualClock
from conformance.model.answer import Accepted, Indeterminate, Rejected
from conformance.model.request import Request, Signing, action
from conformance.wire.client import Client
from conformance.wire.exchange import Exchange
from conformance.wire.signing.credentials import Credentials
from fixtures import reference
from fixtures.reference import ADMINISTRATOR, Endpoint, Ids, serving
from fixtures.reference.in_process import TRAVEL, InProcess
from fixtures.reference.message import Answer
from fixtures.reference.message import Request as Received

KEYS = Credentials(ADMINISTRATOR.access_key, ADMINISTRATOR.secret_key)
REQUESTS = (
    action("DescribeImages"),
    action("DescribeInstances"),
    action("CreateImage", [("InstanceId", "i-00000000"), ("Name", "a")]),
    action("CreateImage", [("Description", "ü" * 300)]),
    action("RunInstances", [("ImageId", "ami-1"), ("MinCount", "1")]),
    action("NoSuchAction"),
    Request(action("DescribeImages").params, signing=Signing.WRONG_SECRET),
    Request(action("DescribeImages").params, signing=Signing.QUERY),
    Request(action("DescribeImages").params, signing=Signing.ABSENT),
    Request(action("DescribeImages").params, signing=Signing.PAST),
    Request(()),
)


def of(clock: VirtualClock, seed: int = 7) -> Endpoint:
    return Endpoint(clock=reference.Clock(clock.time), ids=Ids(seed))


def told(exchange: Exchange) -> object:
    """The parts of an exchange that do not depend on the time."""
    answer = exchange.answer
    return exchange.outcome, answer and (answer.status, answer.content_type, answer.root)


def test_the_answers_are_those_of_a_socket() -> None:
    clock = VirtualClock()
    with (
        InProcess(of(clock), clock) as server,
        serving(of(clock)) as url,
        Client("http://x.localhost", "us-east-1", KEYS, clock=clock, dial=server.dial) as near,
        Client(url, "us-east-1", KEYS, clock=clock) as far,
    ):
        for request in REQUESTS:
            assert told(near.send(request)) == told(far.send(request)), request


def client_of(
    change: Callable[[Endpoint], None], timeout: float = 5.0
) -> tuple[Client, VirtualClock]:
    clock = VirtualClock()
    endpoint = of(clock)
    change(endpoint)
    server = InProcess(endpoint, clock)
    made = Client(
        "http://x.localhost", "us-east-1", KEYS, timeout=timeout, clock=clock, dial=server.dial
    )
    return made, clock


def slow(seconds: float) -> Callable[[Endpoint], None]:
    def change(endpoint: Endpoint) -> None:
        endpoint.latency = seconds

    return change


def test_a_slow_answer_takes_virtual_time() -> None:
    client, clock = client_of(slow(4.0))
    assert isinstance(client.send(action("DescribeInstances")).outcome, Accepted | Rejected)
    assert clock.now() == pytest.approx(4.0 + TRAVEL)


def test_an_answer_that_comes_too_late_is_a_timeout_after_the_limit() -> None:
    client, clock = client_of(slow(60.0))
    for times in (1, 2):
        outcome = client.send(action("DescribeInstances")).outcome
        assert outcome == Indeterminate("timeout")
        assert clock.now() == pytest.approx(times * (5.0 + TRAVEL))


def test_a_dropped_connection_is_renewed() -> None:
    def drop(endpoint: Endpoint) -> None:
        finish = endpoint.finish

        def dropping(request: Received, answer: Answer, request_id: str) -> Answer:
            answer.dropped = b"DescribeInstances" in request.body
            return finish(request, answer, request_id)

        endpoint.finish = dropping  # type: ignore[method-assign]

    client, _ = client_of(drop)
    for _ in range(2):
        outcome = client.send(action("DescribeInstances")).outcome
        assert outcome == Indeterminate("connection closed without an answer")
        assert client.send(action("DescribeImages")).answer is not None


def test_simultaneous_calls_begin_at_one_moment() -> None:
    clock = VirtualClock()

    def waits(seconds: float) -> Callable[[], float]:
        def call() -> float:
            began = clock.now()
            clock.sleep(seconds)
            return began

        return call

    clock.sleep(3.0)
    assert clock.at_once([waits(2.0), waits(1.0)]) == [3.0, 3.0]
    assert clock.now() == 5.0


def test_two_clocks_of_one_seed_have_the_same_chances() -> None:
    one, other = VirtualClock(3), VirtualClock(3)
    assert [one.random.random() for _ in range(5)] == [other.random.random() for _ in range(5)]
