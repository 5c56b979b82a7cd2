"""A served reference endpoint, and clients that send any parameters."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlencode, urlsplit

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from lxml import etree

from fixtures.reference import ADMINISTRATOR, Clock, Credential, Endpoint, Timing, serving
from fixtures.reference.preloaded import PLAIN_IMAGE

Parameters = Sequence[tuple[str, str]]


class MovableClock(Clock):
    """The real time plus the time that a test has let pass."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        return time.time() + self.ahead

    def advance(self, seconds: float) -> None:
        self.ahead += seconds


@dataclass
class Reply:
    """An answer, read without knowledge of the service."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def root(self) -> Any:
        return etree.fromstring(self.body)

    def text(self, name: str) -> str | None:
        """The text of the first element of this local name."""
        found = self.root.xpath(f"//*[local-name()='{name}']")
        return (found[0].text or "") if found else None

    @property
    def code(self) -> str | None:
        return self.text("Code")

    @property
    def outcome(self) -> tuple[int, str | None]:
        return self.status, self.code


class RawClient:
    """Sends any parameters, signed by botocore."""

    def __init__(self, url: str, credential: Credential = ADMINISTRATOR) -> None:
        self.url = url
        self.credentials = Credentials(credential.access_key, credential.secret_key)
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc)

    def sign(self, method: str, url: str, body: str, service: str = "ec2") -> dict[str, str]:
        headers = {}
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
        request = AWSRequest(method, url, headers=headers, data=body)
        SigV4Auth(self.credentials, service, "us-east-1").add_auth(request)
        return dict(request.headers.items())

    def send(
        self, method: str, target: str, body: str = "", headers: dict[str, str] | None = None
    ) -> Reply:
        self.connection.request(method, target, body or None, headers or {})
        answer = self.connection.getresponse()
        return Reply(answer.status, dict(answer.getheaders()), answer.read())

    def post(self, pairs: Parameters) -> Reply:
        body = urlencode(list(pairs))
        return self.send("POST", "/", body, self.sign("POST", f"{self.url}/", body))

    def get(self, pairs: Parameters) -> Reply:
        target = f"/?{urlencode(list(pairs))}"
        return self.send("GET", target, headers=self.sign("GET", self.url + target, ""))

    def call(self, action: str, **parameters: str) -> Reply:
        pairs = {"Action": action, "Version": "2016-11-15"}
        return self.post([*pairs.items(), *parameters.items()])


class World:
    """An endpoint, its clients and helpers of several tests."""

    def __init__(self, endpoint: Endpoint, url: str, clock: MovableClock) -> None:
        self.endpoint = endpoint
        self.url = url
        self.clock = clock
        self.raw = RawClient(url)
        self.ec2 = self.boto3("ec2")
        self.numbers = count(1)

    def boto3(self, service: str, credential: Credential = ADMINISTRATOR) -> Any:
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=self.url,
            aws_access_key_id=credential.access_key,
            aws_secret_access_key=credential.secret_key,
            config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
        )

    def fresh_name(self) -> str:
        return f"image-{next(self.numbers)}"

    def launch(self, image: str = PLAIN_IMAGE, **more: Any) -> str:
        answer = self.ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, **more)
        return str(answer["Instances"][0]["InstanceId"])

    def create(
        self, instance: str, extra: dict[str, str] | None = None, **parameters: str
    ) -> Reply:
        """CreateImage with a new name by default; ``extra`` overrides."""
        wanted = {"InstanceId": instance, "Name": self.fresh_name(), **parameters, **(extra or {})}
        return self.raw.call("CreateImage", **wanted)

    def image(self, reply: Reply) -> dict[str, Any]:
        """The image of a CreateImage answer, read by boto3."""
        assert reply.status == 200, reply.body
        images = self.ec2.describe_images(ImageIds=[reply.text("imageId")])["Images"]
        return dict(images[0])

    def snapshots(self, reply: Reply) -> list[dict[str, Any]]:
        """The snapshots of a CreateImage answer."""
        pattern = f"*{reply.text('imageId')}*"
        found = self.ec2.describe_snapshots(Filters=[{"Name": "description", "Values": [pattern]}])
        return list(found["Snapshots"])

    def devices(self, reply: Reply) -> dict[str, dict[str, Any]]:
        """The mapping of the image of a CreateImage answer, by device name."""
        mapping = self.image(reply)["BlockDeviceMappings"]
        return {each["DeviceName"]: each for each in mapping}

    def boots(self, instance: str) -> int:
        """The number of boots of an instance."""
        output = self.ec2.get_console_output(InstanceId=instance)["Output"]
        return str(output).count("[boot ")

    def footprint(self) -> tuple[Any, ...]:
        """The state that a refused request must not change."""
        state = self.endpoint.state
        return (
            set(state.images),
            set(state.snapshots),
            set(state.volumes),
            dict(state.names),
            {each.id: list(each.boots) for each in state.instances.values()},
            {each.id: dict(each.tags) for each in state.images.values()},
        )


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """An endpoint without temporary states."""
    clock = MovableClock()
    endpoint = Endpoint(timing=Timing(0.0, 0.0, 0.0, 0.0), clock=clock)
    with serving(endpoint) as url:
        yield World(endpoint, url, clock)


@pytest.fixture
def slow_world() -> Iterator[World]:
    """An endpoint whose temporary states last ten seconds of a clock that a test moves."""
    clock = MovableClock()
    endpoint = Endpoint(timing=Timing(10.0, 10.0, 10.0, 10.0), clock=clock)
    with serving(endpoint) as url:
        yield World(endpoint, url, clock)


@pytest.fixture(scope="module")
def instance(world: World) -> str:
    """A running instance with a root volume of 8 GiB, gp2."""
    return world.launch()


@pytest.fixture(scope="module")
def rich_instance(world: World) -> str:
    """A running instance with an encrypted and a plain volume and an instance store volume."""
    return world.launch(
        BlockDeviceMappings=[
            {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 9, "Encrypted": True}},
            {
                "DeviceName": "/dev/sdg",
                "Ebs": {"VolumeSize": 10, "VolumeType": "gp3", "DeleteOnTermination": True},
            },
            {"DeviceName": "/dev/sdb", "VirtualName": "ephemeral0"},
        ]
    )


@pytest.fixture
def as_caller(world: World) -> Any:
    """A function that makes a raw client of another credential."""
    return lambda credential: RawClient(world.url, credential)


@pytest.fixture
def untouched(world: World) -> Iterator[None]:
    """The test must not change the endpoint's state."""
    before = world.footprint()
    yield
    assert world.footprint() == before
