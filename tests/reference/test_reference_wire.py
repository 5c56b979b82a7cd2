"""The query protocol: parameters, signatures, and the two shapes of answers."""

from __future__ import annotations

import http.client
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

import pytest
from botocore.auth import SigV2Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from fixtures.reference import ADMINISTRATOR, DENIED, Credential, Endpoint, serving

NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"
COMMON = [("Action", "CreateImage"), ("Version", "2016-11-15")]


@pytest.fixture
def pairs(world, instance):
    return [*COMMON, ("InstanceId", instance), ("Name", world.fresh_name())]


def test_success(world, pairs):
    reply = world.raw.post(pairs)
    assert reply.status == 200
    assert reply.root.tag == f"{{{NAMESPACE}}}CreateImageResponse"
    assert [each.tag for each in reply.root] == [
        f"{{{NAMESPACE}}}requestId",
        f"{{{NAMESPACE}}}imageId",
    ]
    assert re.fullmatch("ami-[0-9a-f]{17}", reply.text("imageId"))
    assert reply.headers["content-type"] == "text/xml;charset=UTF-8"


def test_refusal(world):
    replies = [world.raw.call("CreateImage", Name="!<&>") for _ in range(2)]
    root = replies[0].root
    assert root.tag == "Response"
    assert [each.tag for each in root] == ["Errors", "RequestID"]
    assert [each.tag for each in root[0][0]] == ["Code", "Message"]
    assert replies[0].text("RequestID") != replies[1].text("RequestID")


def test_get_and_post(world, instance):
    for send in (world.raw.get, world.raw.post):
        reply = send([*COMMON, ("InstanceId", instance), ("Name", f"({world.fresh_name()}) '@")])
        assert reply.status == 200


def test_plus_stands_for_a_space(world, pairs):
    reply = world.raw.get([*pairs, ("Description", "Standard Web Server+v1.0")])
    assert world.image(reply)["Description"] == "Standard Web Server+v1.0"


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    "name",
    [
        "Unknown",
        "name",
        "instanceid",
        "ClientToken",
        "Name.1",
        "BlockDeviceMapping",
        "BlockDeviceMapping.DeviceName",
        "BlockDeviceMapping.0.DeviceName",
        "BlockDeviceMapping.01.DeviceName",
        "BlockDeviceMapping.-1.DeviceName",
        "BlockDeviceMapping.x.DeviceName",
        "BlockDeviceMapping.1.devicename",
        "BlockDeviceMapping.1.Ebs",
        "BlockDeviceMapping.1.Ebs.Size",
        "BlockDeviceMapping.N.DeviceName",
        "BlockDeviceMapping.member.1.DeviceName",
        "TagSpecification.0.ResourceType",
        "TagSpecification.1.Tag.0.Key",
        "TagSpecification.1.Tags.1.Key",
        "TagSpecification.N.ResourceType",
        "",
    ],
)
def test_unknown_parameter(world, pairs, name):
    reply = world.raw.post([*pairs, (name, "true")])
    assert reply.outcome == (400, "UnknownParameter")


@pytest.mark.usefixtures("untouched")
def test_action_and_version(world, pairs):
    rest = pairs[2:]
    version = ("Version", "2016-11-15")
    assert world.raw.post([version, *rest]).outcome == (400, "MissingAction")
    for action in ("CreateImages", "createimage"):
        reply = world.raw.post([("Action", action), version, *rest])
        assert reply.outcome == (400, "InvalidAction")
    action = ("Action", "CreateImage")
    assert world.raw.post([action, *rest]).outcome == (400, "MissingParameter")
    for version in ("2016-11-16", "1.0"):
        reply = world.raw.post([action, ("Version", version), *rest])
        assert reply.outcome == (400, "NoSuchVersion")


@pytest.mark.usefixtures("untouched")
def test_repeated_parameter(world, pairs):
    assert world.raw.post([*pairs, ("Name", "again")]).outcome == (400, "InvalidQueryParameter")


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("tail", ["&Description=%zz", "&Description=%ff", "&Description=%"])
def test_malformed_query(world, pairs, tail):
    body = urlencode(pairs) + tail
    reply = world.raw.send("POST", "/", body, world.raw.sign("POST", f"{world.url}/", body))
    assert reply.outcome == (400, "MalformedQueryString")


def test_soap_and_other_verbs(world, pairs):
    headers = {"Content-Type": "text/xml", "SOAPAction": "CreateImage"}
    assert world.raw.send("POST", "/", "<a/>", headers).outcome == (400, "UnsupportedProtocol")
    assert world.raw.send("PUT", "/", urlencode(pairs)).outcome == (400, "UnsupportedProtocol")


def test_connection_is_kept(world):
    connection = http.client.HTTPConnection(urlsplit(world.url).netloc)
    connection.request("GET", "/")
    connection.getresponse().read()
    socket = connection.sock
    connection.request("GET", "/")
    assert connection.getresponse().status == 403
    assert connection.sock is socket is not None


# Signatures


@pytest.mark.usefixtures("untouched")
def test_no_signature(world, pairs):
    reply = world.raw.send("POST", "/", urlencode(pairs))
    assert reply.outcome == (403, "MissingAuthenticationToken")


@pytest.mark.usefixtures("untouched")
def test_wrong_secret(world, pairs, as_caller):
    wrong = Credential(ADMINISTRATOR.access_key, "another-secret", "x")
    assert as_caller(wrong).post(pairs).outcome == (403, "SignatureDoesNotMatch")
    unknown = Credential("nobody", "another-secret", "x")
    assert as_caller(unknown).post(pairs).outcome == (401, "AuthFailure")


@pytest.mark.usefixtures("untouched")
def test_altered_after_signing(world, pairs):
    body = urlencode(pairs)
    headers = world.raw.sign("POST", f"{world.url}/", body)
    assert world.raw.send("POST", "/", body + "x", headers).code == "SignatureDoesNotMatch"
    target = "/?" + body
    headers = world.raw.sign("GET", world.url + target, "")
    assert world.raw.send("GET", target + "x", headers=headers).code == "SignatureDoesNotMatch"


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
        ("AWS4-HMAC-SHA256 ", "Basic "),
        ("Credential=", "Credentials="),
        ("SignedHeaders=", "Signed="),
        ("Signature=", "Sig="),
        ("/aws4_request", ""),
        ("/aws4_request", "/aws5_request"),
        ("host;", ""),
    ],
)
def test_incomplete_signature(world, pairs, old, new):
    body = urlencode(pairs)
    headers = world.raw.sign("POST", f"{world.url}/", body)
    assert old in headers["Authorization"]
    headers["Authorization"] = headers["Authorization"].replace(old, new)
    reply = world.raw.send("POST", "/", body, headers)
    assert reply.outcome == (400, "IncompleteSignature")


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("date", ["", "20240101", "2024-01-01T00:00:00Z", "20241301T000000Z"])
def test_malformed_date(world, pairs, date):
    body = urlencode(pairs)
    headers = world.raw.sign("POST", f"{world.url}/", body)
    day = headers["X-Amz-Date"][:8]
    headers["Authorization"] = headers["Authorization"].replace(f"/{day}/", f"/{date[:8] or day}/")
    headers["X-Amz-Date"] = date
    reply = world.raw.send("POST", "/", body, headers)
    assert reply.outcome == (400, "IncompleteSignature")


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("old", "new"), [("/ec2/", "/s3/"), ("/us-east-1/", "/eu-west-1/"), ("/20", "/19")]
)
def test_other_scope(world, pairs, old, new):
    body = urlencode(pairs)
    headers = world.raw.sign("POST", f"{world.url}/", body)
    headers["Authorization"] = headers["Authorization"].replace(old, new)
    assert world.raw.send("POST", "/", body, headers).code == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("minutes", "code"), [(14, None), (-14, None), (16, "RequestExpired"), (-16, "RequestExpired")]
)
def test_clock_skew(world, minutes, code, pairs):
    before = world.clock.ahead
    body = urlencode(pairs)
    headers = world.raw.sign("POST", f"{world.url}/", body)
    world.clock.ahead = minutes * 60
    try:
        reply = world.raw.send("POST", "/", body, headers)
    finally:
        world.clock.ahead = before
    assert reply.code == code
    assert reply.status == (200 if code is None else 400)


def presigned(url: str, pairs, expires: int = 60, credential: Credential = ADMINISTRATOR) -> str:
    request = AWSRequest("GET", f"{url}/?{urlencode(pairs).replace('+', '%20')}")
    keys = Credentials(credential.access_key, credential.secret_key)
    SigV4QueryAuth(keys, "ec2", "us-east-1", expires=expires).add_auth(request)
    return request.url


def test_signature_in_the_query(world, pairs):
    with urlopen(presigned(world.url, pairs)) as answer:
        assert answer.status == 200


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("part", ["Algorithm", "Credential", "Date", "SignedHeaders", "Signature"])
def test_incomplete_query_signature(world, pairs, part):
    url = re.sub(f"&X-Amz-{part}=[^&]*", "", presigned(world.url, pairs))
    reply = world.raw.send("GET", url.removeprefix(world.url))
    assert reply.outcome == (400, "IncompleteSignature")


@pytest.mark.usefixtures("untouched")
def test_altered_query_signature(world, pairs):
    url = presigned(world.url, pairs).removeprefix(world.url)
    reply = world.raw.send("GET", url.replace("CreateImage", "DescribeImages"))
    assert reply.code == "SignatureDoesNotMatch"


def test_signature_version_2(world, instance):
    def send(name: str, secret: str) -> http.client.HTTPResponse:
        request = AWSRequest("POST", f"{world.url}/", data=dict(COMMON))
        request.data |= {"InstanceId": instance, "Name": name}
        SigV2Auth(Credentials(ADMINISTRATOR.access_key, secret)).add_auth(request)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return world.raw.send("POST", "/", urlencode(request.data), form)

    assert send(f"{world.fresh_name()} (v2)", ADMINISTRATOR.secret_key).status == 200
    wrong = send(world.fresh_name(), "another-secret")
    assert wrong.outcome == (403, "SignatureDoesNotMatch")


def test_signature_version_2_expires(world, pairs):
    stamp = (datetime.now(UTC) - timedelta(minutes=16)).strftime("%Y-%m-%dT%H:%M:%SZ")
    extra = {
        "AWSAccessKeyId": ADMINISTRATOR.access_key,
        "SignatureVersion": "2",
        "SignatureMethod": "HmacSHA256",
        "Timestamp": stamp,
        "Signature": "x",
    }
    reply = world.raw.send("GET", "/?" + urlencode([*pairs, *extra.items()]))
    assert reply.outcome == (400, "RequestExpired")


def test_without_signatures():
    with serving(Endpoint(check_signatures=False)) as url:
        connection = http.client.HTTPConnection(urlsplit(url).netloc)
        connection.request("GET", "/?Action=DescribeImages&Version=2016-11-15")
        answer = connection.getresponse()
        assert (answer.status, b"<imagesSet>" in answer.read()) == (200, True)
        claimed = {"Authorization": f"AWS4-HMAC-SHA256 Credential={DENIED.access_key}/x"}
        connection.request("GET", "/?Action=CreateImage&Version=2016-11-15", headers=claimed)
        assert connection.getresponse().status == 403
