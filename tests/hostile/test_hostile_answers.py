"""A run against a hostile endpoint ends in bounded time and memory.

It ends with a verdict on each rule or with one sentence, and with the exit status for it.
"""

from __future__ import annotations

import gzip
import json
import os
import socket
import struct
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.reference import ACCOUNT
from reports.results import Verdict
from tests.hostile.conftest import Call, Done, Hostile, Sender, http

MEMORY = 300
"""MiB."""
SECONDS = 120
RULES = (
    "--select",
    "name.length name.unique st.image.exists resp.imageId resp.unique_id err.shape",
)


WITH_MINIMAL = ("--select", f"{RULES[1]} inst.state.running")
"""The minimal request decides inst.state.running."""
IMAGES = ("--select", "name.length st.image resp.unique_id")
FEW = ("--select", "name.empty st.image.exists")
SLOW = ("no answer", "two bytes a second", "ten thousand statuses 100")
"""Each of these takes seconds, so the run sends fewer requests."""


def head(*lines: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", "Content-Type: text/xml", *lines, "", ""]).encode()


def endless(connection: socket.socket) -> None:
    connection.sendall(head("Transfer-Encoding: chunked"))
    while True:
        connection.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")


def drip(connection: socket.socket) -> None:
    connection.sendall(head("Content-Length: 5000"))
    while True:
        connection.sendall(b" ")
        time.sleep(0.5)


def huge(connection: socket.socket) -> None:
    connection.sendall(head(f"Content-Length: {2 << 30}") + b"<a>")
    block = b"y" * (1 << 20)
    for _ in range(2 << 10):
        connection.sendall(block)


def silence(connection: socket.socket) -> None:
    time.sleep(60)


def hang_up(connection: socket.socket) -> None:
    connection.close()


def endless_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-More: " + b"z" * 1000 + b"\r\n")


def zeros(mebibytes: int) -> bytes:
    """So many MiB of zeros in one gzip stream.

    After a full flush a block does not refer to others, so one compressed block is repeated.
    """
    block, packer = bytes(1 << 20), zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    check = 0
    for _ in range(mebibytes):
        check = zlib.crc32(block, check)
    head = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
    end = packer.flush() + struct.pack("<II", check, mebibytes << 20)
    return head + packed * mebibytes + end


BOMB = gzip.compress(zeros(400), 9)
LAUGHS = (
    '<!DOCTYPE a [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    + "]><CreateImageResponse><imageId>&a11;</imageId></CreateImageResponse>"
).encode()
SECRET = Path("/etc/hostname")
OUTSIDE = (
    f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{SECRET}">]>'
    "<CreateImageResponse><imageId>&x;</imageId></CreateImageResponse>"
).encode()
OK = (
    '<CreateImageResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">{}</CreateImageResponse>'
)

ANSWERS: dict[str, bytes | Sender] = {
    "a body that never ends": endless,
    "two bytes a second": drip,
    "2 GiB declared and sent": huge,
    "headers that never end": endless_headers,
    "a gzip bomb": http(BOMB, 200, "text/xml", "Content-Encoding: gzip, gzip"),
    "a gzip bomb that is not declared": http(BOMB),
    "an entity bomb": http(LAUGHS),
    "an external entity": http(OUTSIDE),
    "deep nesting": http(b"<a>" * 200_000 + b"</a>" * 200_000),
    "nesting below the limit of the parser": http(b"<a>" * 200 + b"</a>" * 200),
    "invalid UTF-8": http(OK.format("<imageId>ami-\udcff\udcfe</imageId>").encode(
        "utf-8", "surrogateescape")),
    "UTF-16 that says UTF-8": http(OK.format("<imageId>ami-1</imageId>").encode("utf-16")),
    "truncated XML": http(OK.format("<imageId>ami-12345678</imageId>")[:-30].encode()),
    "HTML": http(b"<html><body><h1>502 Bad Gateway</h1></body></html>", 502, "text/html"),
    "HTML with status 200": http(b"<!doctype html><title>Log in</title>", 200, "text/html"),
    "JSON": http(b'{"ImageId": "ami-12345678"}', 200, "application/json"),
    "nothing at all": http(b""),
    "a wrong content type": http(
        OK.format("<requestId>r</requestId><imageId>ami-12345678</imageId>").encode(),
        200, "image/png",
    ),
    "an id with header lines": http(
        OK.format("<imageId>ami-1&#13;&#10;X-Evil: 1&#13;&#10;&#13;&#10;GET /</imageId>").encode()
    ),
    "an id of a megabyte": http(
        OK.format(f"<imageId>ami-{'0' * (1 << 20)}</imageId>").encode()
    ),
    "an id with escape codes": http(OK.format("<imageId>ami-\u009b31m\u202e</imageId>").encode()),
    "no answer": silence,
    "a closed connection": hang_up,
    "no HTTP": b"SSH-2.0-OpenSSH_9.0\r\n\r\n",
    "a status that is none": b"HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n",
    "ten thousand statuses 100": b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000,
}  # fmt: skip


def reported(done: Done, name: str) -> None:
    """Print the figures; pytest -rP shows them."""
    print(f"{name}: status {done.status}, {done.seconds:.1f} s, {done.mebibytes:.0f} MiB")
    if path := os.environ.get("AMIPROOF_FIGURES"):
        with Path(path).open("a") as file:
            file.write(f"{name}\t{done.status}\t{done.seconds:.1f}\t{done.mebibytes:.0f}\n")


def bounded(done: Done, name: str) -> None:
    reported(done, name)
    assert "Traceback" not in done.said, done.said
    assert done.mebibytes < MEMORY
    assert done.seconds < SECONDS
    assert done.status in (0, 1, 3, 4, 5), done.said


@pytest.mark.parametrize("name", ANSWERS)
def test_accepted_requests_are_answered_so(
    hostile: Callable[..., Hostile], run: Callable[..., Done], name: str
) -> None:
    """Only accepted CreateImage requests get the hostile response."""

    def twist(call: Call) -> bytes | Sender | None:
        return ANSWERS[name] if call.action == "CreateImage" and call.accepted else None

    done = run(hostile(twist).url, *(FEW if name in SLOW else RULES))
    bounded(done, name)
    assert done.status in (1, 4, 5), done.said
    assert not [r for r in done.results.rules if r.id == "st.image.exists" and r.status == "pass"]
    raw = (done.folder / "amiproof-report" / "results.json").read_text()
    content = SECRET.read_text().strip()
    assert f"ami-{content}" not in raw
    assert f'"{content}"' not in raw


@pytest.mark.parametrize("name", ANSWERS)
def test_everything_is_answered_so(
    hostile: Callable[..., Hostile], run: Callable[..., Done], name: str
) -> None:
    done = run(hostile(lambda call: ANSWERS[name]).url, *RULES)
    bounded(done, name + ", always")
    assert done.status in (3, 4), done.said
    if done.status == 3:
        assert done.said.strip().splitlines()[-1].startswith("amiproof: "), done.said


OTHER_FORMS = {
    "JSON": http(b'{"__type": "InvalidParameterValue", "message": "no"}', 400, "application/json"),
    "HTML": http(b"<html><h1>Bad Request</h1></html>", 400, "text/html"),
    "text": http(b"InvalidParameterValue: no", 400, "text/plain"),
    "nothing": http(b"", 400, "application/json"),
}


@pytest.mark.parametrize(
    ("form", "action"), [("JSON", "CreateImage"), *((form, "") for form in OTHER_FORMS)]
)
def test_errors_that_are_no_xml_break_err_shape_alone(
    hostile: Callable[..., Hostile], run: Callable[..., Done], form: str, action: str
) -> None:
    def twist(call: Call) -> bytes | None:
        errs = not call.accepted and action in ("", call.action)
        return OTHER_FORMS[form] if errs else None

    done = run(hostile(twist).url, "--select", "name.empty err.shape")
    assert done.status == 1, done.said
    assert [rule.id for rule in done.results.of(Verdict.FAIL)] == ["err.shape"]
    untested = {rule.id: rule.reason for rule in done.results.of(Verdict.UNTESTED)}
    assert untested["name.empty"] == "not decided: see err.shape"


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ("JSON", "does not speak the EC2 protocol"),
        ("HTML with status 200", "answers HTML; is this the EC2 port?"),
        ("nothing at all", "does not speak the EC2 protocol"),
    ],
)
def test_an_endpoint_without_xml_does_not_speak_the_protocol(
    hostile: Callable[..., Hostile], run: Callable[..., Done], form: str, says: str
) -> None:
    server = hostile(lambda call: ANSWERS[form])
    done = run(server.url, *FEW)
    assert done.status == 3
    assert says in done.said
    assert server.counts.total() == 3


def test_a_redirect_to_another_host_is_not_followed(
    hostile: Callable[..., Hostile], run: Callable[..., Done]
) -> None:
    elsewhere = hostile(lambda call: None)
    moved = http(b"", 307, "text/xml", f"Location: {elsewhere.url}/steal")

    def twist(call: Call) -> bytes | None:
        return moved if call.action == "CreateImage" and call.accepted else None

    done = run(hostile(twist).url, *WITH_MINIMAL)
    bounded(done, "a redirect to another host")
    assert done.status in (1, 5), done.said
    assert not elsewhere.counts


def test_an_endpoint_that_accepts_and_forgets(
    hostile: Callable[..., Hostile], run: Callable[..., Done]
) -> None:
    def twist(call: Call) -> bytes | None:
        if call.action != "CreateImage" or not call.accepted:
            return None
        server.endpoint.state.remove_image(list(server.endpoint.state.images.values())[-1])
        return None

    server = hostile(twist)
    done = run(server.url, *RULES)
    bounded(done, "accepts and forgets")
    assert done.status == 1, done.said
    failed = {rule.id for rule in done.results.of(Verdict.FAIL)}
    assert "st.image.exists" in failed


def test_ids_that_do_not_match(hostile: Callable[..., Hostile], run: Callable[..., Done]) -> None:
    """Each response has the id of an image that the run does not own. The run leaves it alone."""

    def twist(call: Call) -> bytes | None:
        if call.action != "CreateImage" or not call.accepted:
            return None
        return http(OK.format(f"<requestId>r</requestId><imageId>{other}</imageId>").encode())

    server = hostile(twist)
    mine = next(iter(server.endpoint.state.images.values()))
    other = "ami-0000000000000000f"
    bystander = replace(mine, id=other, owner=ACCOUNT, name="foreign")
    server.endpoint.state.add_image(bystander)
    done = run(server.url, *IMAGES)
    bounded(done, "ids that do not match")
    assert done.status in (1, 5), done.said
    assert other in server.endpoint.state.images


ESCAPES = "\u009b31mred\u009b0m \u202eback"
HTML = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def test_messages_are_shown_as_text(
    hostile: Callable[..., Hostile], run: Callable[..., Done]
) -> None:
    body = (
        "<Response><Errors><Error><Code>Odd\u009b31m&lt;script&gt;alert(1)&lt;/script&gt;</Code>"
        f"<Message>{ESCAPES} {HTML.replace('<', '&lt;')}</Message></Error></Errors>"
        "<RequestID>r</RequestID></Response>"
    ).encode()

    def twist(call: Call) -> bytes | None:
        return http(body, 400) if call.action == "CreateImage" and call.number > 1 else None

    done = run(hostile(twist).url, *WITH_MINIMAL)
    bounded(done, "escape codes and HTML in messages")
    assert done.status == 1, done.said
    for character in ("\u009b", "\u202e", "\x1b"):
        assert character not in done.said
    json.loads((done.folder / "amiproof-report" / "results.json").read_text())
