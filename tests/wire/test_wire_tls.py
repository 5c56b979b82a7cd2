"""Over TLS the client checks trust before it sends a request, and deadlines hold."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from conformance.model.answer import Accepted, Indeterminate
from conformance.model.request import action
from conformance.wire import Client, Credentials

CREATE = action("CreateImage")
ME = Credentials("AKIAME", "secret")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and its self-signed certificate for 127.0.0.1, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "loopback.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def secure(bundle: Path, serve: Callable[..., Any]) -> Callable[[Callable[..., None]], str]:
    def start(handle: Callable[..., None]) -> str:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(bundle)

        def wrapped(connection: socket.socket, server: Any) -> None:
            with context.wrap_socket(connection, server_side=True) as tls:
                handle(tls, server)

        return str(serve(wrapped).url).replace("http:", "https:")

    return start


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_trusted_and_not(secure, bundle: Path, one_request, answer_bytes) -> None:
    body = b"<CreateImageResponse><imageId>ami-1</imageId></CreateImageResponse>"

    def answer(connection: socket.socket, server: Any) -> None:
        while one_request(connection, server):
            connection.sendall(answer_bytes(body))

    url = secure(answer)
    with Client(url, "us-east-1", ME, verify=str(bundle), timeout=3) as client:
        assert [client.send(CREATE).outcome for _ in range(2)] == [Accepted("ami-1")] * 2
    with Client(url, "us-east-1", ME, verify=False, timeout=3) as client:
        assert client.send(CREATE).outcome == Accepted("ami-1")
    with Client(url, "us-east-1", ME, timeout=3) as client:
        exchange = client.send(CREATE)
    assert exchange.outcome == Indeterminate("could not connect: the certificate is not trusted")
    assert exchange.unreachable


@pytest.mark.parametrize(
    ("start", "why"),
    [
        (b"", "timeout"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", "timeout in the middle of the answer"),
    ],
)
def test_slow_answers_end(secure, bundle: Path, one_request, start: bytes, why: str) -> None:
    def drip(connection: socket.socket, server: Any) -> None:
        one_request(connection, server)
        connection.sendall(start)
        for _ in range(60):
            connection.sendall(b"H")
            time.sleep(0.05)

    with Client(secure(drip), "us-east-1", ME, verify=str(bundle), timeout=0.4) as client:
        started = time.monotonic()
        assert client.send(CREATE).outcome == Indeterminate(why)
    assert time.monotonic() - started < 2


def test_a_connection_lost_after_the_handshake_may_have_carried_the_request(
    secure, bundle: Path, one_request
) -> None:
    def reset(connection: socket.socket, server: Any) -> None:
        one_request(connection, server)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with Client(secure(reset), "us-east-1", ME, verify=str(bundle), timeout=3) as client:
        exchange = client.send(CREATE)
    assert isinstance(exchange.outcome, Indeterminate)
    assert not exchange.unreachable
