"""Each behaviour of an endpoint is an outcome, in bounded time and without secrets.

The module is long because it has a test for each behaviour.
"""

from __future__ import annotations

import gzip
import logging
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.model.answer import Accepted, Indeterminate, Malformed, Rejected
from conformance.model.request import Form, Request, Signing, action
from conformance.wire import Client, ConfigurationError, Credentials, CredentialsError

SECRET = "planted/secret/planted/secret/planted0"
TOKEN = "planted+token/" * 20
CREATE = Request((*action("CreateImage").params, ("Name", "a b")))
DESCRIBE = action("DescribeImages")
BODY = (
    b"<CreateImageResponse><requestId>r</requestId><imageId>ami-1</imageId></CreateImageResponse>"
)
ERROR = b"<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors></Response>"


@pytest.fixture
def connect() -> Iterator[Callable[..., Client]]:
    made: list[Client] = []

    def start(url: str, **options: Any) -> Client:
        options = {"timeout": 3.0, "connect_timeout": 2.0} | options
        made.append(Client(url, "us-east-1", Credentials("AKIAME", SECRET, TOKEN), **options))
        return made[-1]

    yield start
    for client in made:
        client.close()


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n", headers: str = "") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n{headers}\r\n".encode()
    return head + b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks) + end


def test_one_connection_for_many_requests(serve, connect, answer_bytes) -> None:
    server = serve(answer_bytes(BODY))
    client = connect(server.url)
    for form in (Form(), Form("GET"), Form("GET", "+")):
        exchange = client.send(Request(CREATE.params, form))
        assert exchange.outcome == Accepted("ami-1")
        assert exchange.answer.status == 200
        assert exchange.answer.content_type == "text/xml"
        assert exchange.answer.seconds > 0
    assert server.connections == 1
    lines = [request.split(b"\r\n")[0] for request in server.requests]
    query = b"Action=CreateImage&Version=2016-11-15&Name=a%20b"
    assert lines == [
        b"POST / HTTP/1.1",
        b"GET /?" + query + b" HTTP/1.1",
        b"GET /?" + query.replace(b"%20", b"+") + b" HTTP/1.1",
    ]
    assert server.requests[0].endswith(b"\r\n\r\n" + query)
    assert server.requests[0].count(b"Host:") == 1
    assert b"Accept-Encoding: identity" in server.requests[0]


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        (gzip.compress(BODY, mtime=0), "Content-Encoding: gzip"),
        (
            gzip.compress(BODY[:9], mtime=0) + gzip.compress(BODY[9:], mtime=0),
            "Content-Encoding: x-gzip",
        ),
        (zlib.compress(BODY), "content-encoding: DEFLATE"),
        (zlib.compress(BODY)[2:-4], "Content-Encoding: deflate"),
        (gzip.compress(zlib.compress(BODY), mtime=0), "Content-Encoding: deflate, gzip"),
        (BODY, "Content-Encoding: identity\r\nSet-Cookie: a=b; Domain=.com\r\nX-Odd: \xff\xfe"),
        (BODY, "Content-Type:\r\nServer:   \r\nX: " + "y" * 60000),
        (BODY, ""),
    ],
)
def test_encodings_and_odd_headers(serve, connect, answer_bytes, data, headers) -> None:
    server = serve(answer_bytes(data, headers=headers))
    client = connect(server.url)
    assert client.send(CREATE).outcome == Accepted("ami-1")
    assert client.send(CREATE).outcome == Accepted("ami-1")
    assert b"Cookie" not in server.requests[-1]


def test_chunks_and_bodies_that_end_with_the_connection(serve, connect, one_request) -> None:
    assert connect(serve(chunked(BODY[:7], BODY[7:])).url).send(CREATE).outcome == Accepted("ami-1")
    packed = chunked(gzip.compress(BODY, mtime=0), headers="Content-Encoding: gzip\r\n")
    assert connect(serve(packed).url).send(CREATE).outcome == Accepted("ami-1")

    def until_closed(connection: socket.socket, server: Any) -> None:
        one_request(connection, server)
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + BODY)

    client = connect(serve(until_closed).url)
    for _ in range(3):
        assert client.send(CREATE).outcome == Accepted("ami-1")


@pytest.mark.parametrize(
    ("status", "headers", "body", "why"),
    [
        ("500 Oops", "Content-Type: text/html", b"<!doctype html><title>500</title><h1>x", "HTML"),
        ("404 No", "Content-Type: application/json", b'{"__type": "x"}', "JSON"),
        ("200 OK", "", b"", "empty body"),
        ("500 Oops", "", b"", "empty body"),
        ("200 OK", "", BODY[:-9], "broken XML"),
        ("200 OK", "Content-Encoding: br", BODY, "unknown content encoding"),
        ("200 OK", "Content-Encoding: gzip", BODY, "not compressed as its header says"),
        ("200 OK", "Content-Encoding: gzip", gzip.compress(BODY, mtime=0)[:-9], "ends too early"),
        ("200 OK", "Content-Encoding: " + "gzip," * 9, BODY, "too many content encodings"),
        (
            "200 OK",
            "Content-Encoding: gzip",
            gzip.compress(bytes(50_000_000), mtime=0),
            "when unpacked",
        ),
        ("200 OK", "", b"x" * 9_000_000, "body of more than"),
        ("307 Elsewhere", "Location: http://169.254.1.1:9/?a=b", b"", "redirects to 169.254.1.1:9"),
    ],
)
def test_answers_that_cannot_be_used(
    serve, connect, answer_bytes, status, headers, body, why
) -> None:
    server = serve(answer_bytes(body, status, headers))
    client = connect(server.url)
    started = time.monotonic()
    for _ in range(2):
        exchange = client.send(CREATE)
        assert isinstance(exchange.outcome, Malformed)
        assert why in exchange.outcome.why
        assert exchange.outcome.status == int(status[:3]) == exchange.answer.status
    assert len(server.requests) == 2
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"", Indeterminate("connection closed without an answer")),
        (b"HTTP/1.1 200 OK\r\nContent-Le", Indeterminate),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n", Indeterminate),
        (b"HTTP/1.1 200 O", Indeterminate),
        (b"HTTP/1.1 200 OK\r\nno header\r\nContent-Length: 0\r\n\r\n", Malformed),
        (b"HTTP/1.1 200 OK\r\n folded: x\r\nContent-Length: 0\r\n\r\n", Malformed),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + BODY, Indeterminate),
        (chunked(BODY, end=b""), Indeterminate),
        (chunked(BODY, end=b"zz\r\n"), Malformed("broken chunked encoding", 200)),
        (chunked(BODY, end=b"ff\r\nab"), Indeterminate),
        (b"SSH-2.0-OpenSSH_9.6\r\n", Malformed("not an HTTP answer")),
        (b"HTTP/1.1 99999 Odd\r\n\r\n", Malformed("not an HTTP answer")),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nabcdefg", Malformed),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n", Malformed("not an HTTP answer")),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 99999 + b"\r\n\r\n", Malformed("not an HTTP answer")),
        (b"HTTP/1.1 103 Early\r\n\r\n", Malformed("a status that ends no request", 103)),
    ],
)
def test_answers_that_break_off(serve, connect, one_request, answer, expected) -> None:
    def once(connection: socket.socket, server: Any) -> None:
        one_request(connection, server)
        connection.sendall(answer)

    server = serve(once)
    exchange = connect(server.url).send(CREATE)
    if isinstance(expected, type):
        assert isinstance(exchange.outcome, expected)
    else:
        assert exchange.outcome == expected
    assert not exchange.unreachable
    assert len(server.requests) == 1


def drip(prefix: bytes, piece: bytes) -> Callable[..., None]:
    def handle(connection: socket.socket, server: Any) -> None:
        connection.recv(65536)
        connection.sendall(prefix)
        for _ in range(100):
            connection.sendall(piece)
            time.sleep(0.05)

    return handle


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"


@pytest.mark.parametrize(
    ("prefix", "piece", "why"),
    [
        (b"", b"", "timeout"),
        (b"H", b"T", "timeout"),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", "timeout"),
        (HEAD, b"", "timeout in the middle of the answer"),
        (HEAD, b"a", "timeout in the middle of the answer"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"a", "timeout in the middle of the answer"),
        (chunked(end=b""), b"1\r\na\r\n", "timeout in the middle of the answer"),
        (chunked(end=b""), b"0", "timeout in the middle of the answer"),
    ],
)
def test_slow_answers_end(serve, connect, prefix: bytes, piece: bytes, why: str) -> None:
    client = connect(serve(drip(prefix, piece)).url, timeout=0.4)
    started = time.monotonic()
    outcome = client.send(CREATE).outcome
    assert 0.3 < time.monotonic() - started < 1.5
    assert outcome == Indeterminate(why)


def test_reasons_of_a_failed_connection(serve, connect, tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        refused = connect(f"http://127.0.0.1:{unused.getsockname()[1]}").send(CREATE)
    assert refused.outcome == Indeterminate("could not connect: connection refused")
    assert refused.unreachable
    assert refused.answer is None

    # TLS to a server that speaks none: certainly not sent either.
    def plain(connection: socket.socket, server: Any) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    tls = connect(serve(plain).url.replace("http:", "https:")).send(CREATE)
    assert tls.outcome == Indeterminate("could not connect: TLS fails")
    for bad in (
        "127.0.0.1:5000",
        "ftp://h/",
        "http://",
        "http://u:p@h/",
        "http://h/?a=b",
        "http://h:x/",
    ):
        with pytest.raises(ConfigurationError) as error:
            connect(bad)
        assert "u:p" not in str(error.value)
    with pytest.raises(ConfigurationError, match="CA bundle"):
        connect("https://h/", verify=str(tmp_path / "none.pem"))


def close_after(count: int, one_request: Any, answer: bytes) -> Callable[..., None]:
    """Answers so many requests of a connection and closes it on the next."""

    def handle(connection: socket.socket, server: Any) -> None:
        for _ in range(count):
            if not one_request(connection, server):
                return
            connection.sendall(answer)
        one_request(connection, server)

    return handle


def test_a_request_that_changes_things_is_sent_once(
    serve, connect, answer_bytes, one_request
) -> None:
    server = serve(close_after(1, one_request, answer_bytes(BODY)))
    client = connect(server.url)
    assert client.send(CREATE).outcome == Accepted("ami-1")
    dropped = client.send(CREATE)
    assert dropped.outcome == Indeterminate("connection closed without an answer")
    assert not dropped.unreachable
    assert len(server.requests) == 2
    assert client.send(CREATE).outcome == Accepted("ami-1")


def test_a_question_is_asked_again_on_a_kept_connection(
    serve, connect, answer_bytes, one_request
) -> None:
    server = serve(close_after(1, one_request, answer_bytes(b"<DescribeImagesResponse/>")))
    client = connect(server.url)
    for _ in range(3):
        assert client.send(DESCRIBE).outcome == Accepted("")
    silent = serve(close_after(0, one_request, b""))
    assert isinstance(connect(silent.url).send(DESCRIBE).outcome, Indeterminate)
    assert len(silent.requests) == 1


def test_a_connection_that_lay_idle_is_not_trusted(
    serve, connect, answer_bytes, one_request
) -> None:
    server = serve(answer_bytes(BODY))
    client = connect(server.url, idle_limit=0.05)
    client.send(CREATE)
    time.sleep(0.1)
    assert client.send(CREATE).outcome == Accepted("ami-1")
    assert server.connections == 2

    def answer_and_close(connection: socket.socket, server: Any) -> None:
        one_request(connection, server)
        connection.sendall(answer_bytes(BODY))

    closing = serve(answer_and_close)
    client = connect(closing.url)
    for _ in range(5):
        assert client.send(CREATE).outcome == Accepted("ami-1")
        time.sleep(0.02)


def test_the_rest_of_an_answer_is_discarded(serve, connect, answer_bytes) -> None:
    # An answer with another behind it, and one that promises more than it sends.
    doubled = answer_bytes(b"<Response/>", "103 Early") + answer_bytes(BODY)
    server = serve(doubled)
    client = connect(server.url)
    for _ in range(3):
        assert isinstance(client.send(CREATE).outcome, Malformed)


def test_environment_is_left_alone(
    serve, connect, answer_bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login planted password planted")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server = serve(answer_bytes(BODY))
    exchange = connect(server.url).send(Request(CREATE.params, signing=Signing.ABSENT))
    assert exchange.outcome == Accepted("ami-1")
    assert b"uthorization" not in server.requests[0]


@pytest.mark.parametrize("signing", [Signing.VALID, Signing.QUERY, Signing.V2])
@pytest.mark.parametrize("form", [Form("GET"), Form("POST")])
def test_secrets_are_never_shown(
    serve, connect, one_request, caplog: pytest.LogCaptureFixture, signing: Signing, form: Form
) -> None:
    """An endpoint that repeats the request in each part of its response and then breaks off."""

    def echo(connection: socket.socket, server: Any) -> None:
        for turn in range(3):
            sent = one_request(connection, server)
            if not sent:
                return
            text = sent.replace(b"&", b"&amp;").replace(b"<", b"&lt;") + TOKEN.encode()
            body = ERROR % (b"SignatureDoesNotMatch", text)
            status = (b"403 No", b"200 OK", b"302 Go")[turn]
            target = sent.split(b" ")[1]
            connection.sendall(
                b"HTTP/1.1 %s\r\nLocation: http://other%s\r\nContent-Length: %d\r\n\r\n%s"
                % (status, target, len(body), body)
            )
        one_request(connection, server)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc")

    with caplog.at_level(logging.DEBUG):
        server = serve(echo)
        client = connect(server.url)
        request = Request(CREATE.params, form, signing)
        exchanges = [client.send(request) for _ in range(4)]
        exchanges.append(connect("http://127.0.0.1:1").send(request))
    assert isinstance(exchanges[0].outcome, Rejected)
    assert "[removed]" in exchanges[0].outcome.message
    assert "error SignatureDoesNotMatch" in str(exchanges[1].outcome)
    assert exchanges[2].outcome == Malformed("redirects to other", 302)
    assert exchanges[4].unreachable
    shown = "".join(repr(each) + str(each.outcome) for each in exchanges) + caplog.text
    shown += repr(client) + repr(vars(client)["_signer"])
    signatures = {
        line.rpartition(b"ignature=")[2].split(b" ")[0].split(b"&")[0].decode()
        for sent in server.requests
        for line in sent.split(b"\r\n")
        if b"ignature=" in line
    }
    assert signatures
    for secret in {SECRET, TOKEN, *signatures}:
        assert secret not in shown


def test_credentials_that_fail_are_the_callers(serve, answer_bytes) -> None:
    def broken() -> Credentials:
        raise CredentialsError("renew them")

    server = serve(answer_bytes(BODY))
    with Client(server.url, "us-east-1", broken) as client, pytest.raises(CredentialsError):
        client.send(CREATE)
    assert server.requests == []
