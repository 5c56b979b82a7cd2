"""Endpoints as they are: addresses, paths, proxies, private certificates, profiles."""

from __future__ import annotations

import http.server
import ipaddress
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from conformance.engine.client.account import is_aws
from conformance.engine.core.errors import UsageError
from conformance.engine.core.target import checked_endpoint, with_scheme
from fixtures.reference import ADMINISTRATOR, Endpoint, serving
from reports.results import Verdict, load
from tests.conftest import Command
from tests.gate.test_gate_run import KEYS

sys.path.insert(0, str(Path(__file__).parent))  # pytest's importlib mode adds no path
from relay import relay

HOST = "ec2.lab.test"
ONE = ("--select", "name.length.max")


@pytest.fixture
def url() -> Iterator[str]:
    with serving(Endpoint()) as address:
        yield address


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and its self-signed certificate for loopback and for HOST, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    names = [x509.DNSName(HOST), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "private.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


def tls(bundle: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(bundle)
    return context


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("localhost:5000", "http://localhost:5000"),
        ("127.0.0.1:4566/", "http://127.0.0.1:4566"),
        ("[::1]:5000", "http://[::1]:5000"),
        ("::1", "http://[::1]"),
        ("cloud.example.org", "https://cloud.example.org"),
        ("cloud.example.org:443", "https://cloud.example.org:443"),
        ("cloud.example.org:8773/services/Cloud", "http://cloud.example.org:8773/services/Cloud"),
        ("https://127.0.0.1:1/services/Cloud", "https://127.0.0.1:1/services/Cloud"),
    ],
)
def test_an_address_without_a_scheme_is_understood(given: str, meant: str) -> None:
    assert checked_endpoint(given) == meant


@pytest.mark.parametrize("given", ["lab", "not an address", "ftp://x:1", "http://x:99999", "[::1"])
def test_other_words_are_no_address(given: str) -> None:
    with pytest.raises(UsageError, match="is no target"):
        checked_endpoint(given)


@pytest.mark.parametrize("scheme", ["", "https://"])
def test_an_address_of_aws_is_a_real_account_with_and_without_a_scheme(
    amiproof: Command, scheme: str
) -> None:
    assert is_aws(with_scheme(f"{scheme}ec2.eu-west-1.amazonaws.com"))
    done = amiproof("run", f"{scheme}ec2.eu-west-1.amazonaws.com")
    assert done.returncode == 2
    assert "No region is set" in done.stderr


@pytest.mark.parametrize("path", ["", "/services/Cloud"])
def test_an_address_runs_without_its_scheme(
    amiproof: Command, tmp_path: Path, url: str, path: str
) -> None:
    done = amiproof("run", url.removeprefix("http://") + path, *ONE, env=KEYS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert load(tmp_path / "amiproof-report" / "results.json").target.endpoint == url + path


def test_an_ipv6_address(amiproof: Command, tmp_path: Path, url: str) -> None:
    with relay(url, family=socket.AF_INET6) as shown:
        done = amiproof("run", f"[::1]:{shown.port}", *ONE, env=KEYS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_private_certificate_authority(amiproof: Command, url: str, bundle: Path) -> None:
    with relay(url, tls=tls(bundle)) as shown:
        address = f"https://127.0.0.1:{shown.port}"
        refused = amiproof("run", address, *ONE, env=KEYS)
        trusted = amiproof("run", address, *ONE, env={**KEYS, "AWS_CA_BUNDLE": str(bundle)})
    assert refused.returncode == 3
    assert "the certificate is not trusted" in refused.stderr
    assert trusted.returncode == 0, trusted.stdout + trusted.stderr


def test_a_proxy_and_its_exceptions(
    amiproof: Command, tmp_path: Path, url: str, bundle: Path
) -> None:
    with (
        relay(url, tls=tls(bundle)) as secure,
        relay(f"https://127.0.0.1:{secure.port}", proxy=True) as proxy,
    ):
        env = {
            **KEYS,
            "AWS_CA_BUNDLE": str(bundle),
            "HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}",
            "HTTP_PROXY": "http://127.0.0.1:1",  # an endpoint on loopback needs none
        }
        # boto3, the second client, takes the same way.
        both = ("--select", "name.length.max wire.names.rule")
        through = amiproof("run", f"https://{HOST}", *both, env=env)
        assert through.returncode == 0, through.stdout + through.stderr
        assert proxy.asked
        assert all(line.startswith(f"CONNECT {HOST}:443 ") for line in proxy.asked)
        rules = load(tmp_path / "amiproof-report" / "results.json").rules
        assert {rule.status for rule in rules} == {Verdict.PASS}
        proxy.asked.clear()
        around = amiproof("run", f"https://{HOST}", *ONE, env={**env, "NO_PROXY": HOST})
        assert around.returncode == 3
        assert not proxy.asked
        assert amiproof("run", url, *both, env=env).returncode == 0


def test_the_endpoint_of_a_profile(amiproof: Command, tmp_path: Path, url: str) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile lab]\nservices = lab\n"
        f"aws_access_key_id = {ADMINISTRATOR.access_key}\n"
        f"aws_secret_access_key = {ADMINISTRATOR.secret_key}\n"
        f"[services lab]\nec2 =\n  endpoint_url = {url}\n"
    )
    done = amiproof("run", "--profile", "lab", *ONE, env={"AWS_CONFIG_FILE": str(config)})
    assert done.returncode == 0, done.stdout + done.stderr
    assert load(tmp_path / "amiproof-report" / "results.json").target.endpoint == url


@pytest.mark.parametrize("command", ["run", "doctor"])
def test_a_web_page_is_called_so(amiproof: Command, tmp_path: Path, command: str) -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        done = amiproof(command, f"127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
    assert done.returncode == 3
    assert "answers HTML; is this the EC2 port?" in done.stderr
