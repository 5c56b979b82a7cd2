"""Signatures equal published vectors and those of a second implementation."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from conformance.model.request import API_VERSION, Form, Request, Signing
from conformance.wire.encode import Encoded, encode
from conformance.wire.signing.credentials import (
    Credentials,
    CredentialsError,
    NoDeniedCredentialsError,
)
from conformance.wire.signing.sign import WRONG_SECRET, Signed, Signer, host_header

SUITE = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
NOW = datetime(2015, 8, 30, 12, 36, 0, tzinfo=UTC)
ME = Credentials("AKIAIOSFODNN7EXAMPLE", "planted/secret/planted/secret/planted0", "to/ken+" * 20)
URL = "http://127.0.0.1:5000/"
PARAMS = (
    ("Version", API_VERSION),
    ("Action", "CreateImage"),
    ("Name", "a b+c/é~"),
    ("Name", "again"),
    ("Name", ""),
    ("Description", "\ud800"),
)


def signer(
    who: Credentials = ME,
    denied: Credentials | None = None,
    no_tags: Credentials | None = None,
) -> Signer:
    return Signer("us-east-1", who, denied, clock=lambda: NOW, no_tags=no_tags)


def signed_by(signed: Signed) -> str:
    return signed.headers["Authorization"].rpartition("Signature=")[2]


@pytest.mark.parametrize(
    ("url", "encoded", "service", "signature"),
    [
        pytest.param(
            "https://iam.amazonaws.com/",
            Encoded(
                "GET",
                "Action=ListUsers&Version=2010-05-08",
                None,
                "application/x-www-form-urlencoded; charset=utf-8",
            ),
            "iam",
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
            id="AWS General Reference, ListUsers",
        ),
        pytest.param(
            "https://example.amazonaws.com/",
            Encoded("GET"),
            "service",
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            id="AWS test suite, get-vanilla",
        ),
        pytest.param(
            "https://example.amazonaws.com/",
            Encoded("GET", "Param2=value2&Param1=value1"),
            "service",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            id="AWS test suite, get-vanilla-query-order-key-case",
        ),
        pytest.param(
            "https://example.amazonaws.com/",
            Encoded("POST", "", b"Param1=value1", "application/x-www-form-urlencoded"),
            "service",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            id="AWS test suite, post-x-www-form-urlencoded",
        ),
    ],
)
def test_published_vectors(url: str, encoded: Encoded, service: str, signature: str) -> None:
    signed = signer(SUITE).sign(url, encoded, Signing.VALID, service)
    assert signed_by(signed) == signature
    # The kept key must not outlive its day.
    later = Signer("us-east-1", SUITE, clock=lambda: datetime(2015, 8, 31, tzinfo=UTC))
    assert signed_by(later.sign(url, encoded, Signing.VALID, service)) != signature


def derive(signed: Signed, secret: str, stamp: str, names: list[str], region: str) -> str:
    """Signature version 4 of an encoded request, from its specification and hashlib alone."""
    parts = urlsplit(signed.url)
    pairs = list(parse_qsl(parts.query, keep_blank_values=True, errors="surrogatepass"))
    query = "&".join(
        f"{name}={value}"
        for name, value in sorted(
            (quote(n, safe="", errors="surrogatepass"), quote(v, safe="", errors="surrogatepass"))
            for n, v in pairs
            if n != "X-Amz-Signature"
        )
    )
    headers = {name.lower(): value for name, value in signed.headers.items()}
    canonical = "\n".join(
        [
            signed.method,
            parts.path,
            query,
            *(f"{name}:{headers[name]}" for name in names),
            "",
            ";".join(names),
            hashlib.sha256(signed.body or b"").hexdigest(),
        ]
    )
    scope = [stamp[:8], region, "ec2", "aws4_request"]
    key = f"AWS4{secret}".encode()
    for part in scope:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = "\n".join(
        [
            "AWS4-HMAC-SHA256",
            stamp,
            "/".join(scope),
            hashlib.sha256(canonical.encode()).hexdigest(),
        ]
    )
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


FORMS = [Form("GET"), Form("GET", "+"), Form("POST"), Form("POST", "+")]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("signing", "secret", "stamp"),
    [
        (Signing.VALID, ME.secret_key, "20150830T123600Z"),
        (Signing.PAST, ME.secret_key, "20150830T113600Z"),
        (Signing.FUTURE, ME.secret_key, "20150830T133600Z"),
        (Signing.WRONG_SECRET, WRONG_SECRET, "20150830T123600Z"),
    ],
)
def test_header_signatures(form: Form, signing: Signing, secret: str, stamp: str) -> None:
    signed = signer().sign(URL, encode(Request(PARAMS, form)), signing)
    assert signed.headers["X-Amz-Date"] == stamp
    assert signed.headers["X-Amz-Security-Token"] == ME.token
    names = signed.headers["Authorization"].partition("SignedHeaders=")[2].partition(",")[0]
    assert {"host", "x-amz-date", "x-amz-security-token"} <= set(names.split(";"))
    assert f"{ME.access_key}/{stamp[:8]}/us-east-1/ec2/" in signed.headers["Authorization"]
    assert signed_by(signed) == derive(signed, secret, stamp, names.split(";"), "us-east-1")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("signing", "secret"),
    [(Signing.QUERY, ME.secret_key), (Signing.QUERY_WRONG_SECRET, WRONG_SECRET)],
)
def test_query_signatures(form: Form, signing: Signing, secret: str) -> None:
    encoded = encode(Request(PARAMS, form))
    signed = signer().sign(URL, encoded, signing)
    assert "Authorization" not in signed.headers
    assert signed.body == encoded.body
    # Not a byte of the parameters changes, repetitions included.
    start = f"{URL}?{encoded.query}&X-Amz-" if encoded.query else f"{URL}?X-Amz-"
    assert signed.url.startswith(start)
    fields = dict(parse_qsl(urlsplit(signed.url).query, errors="surrogatepass"))
    assert fields["X-Amz-Security-Token"] == ME.token
    names = fields["X-Amz-SignedHeaders"].split(";")
    wanted = derive(signed, secret, fields["X-Amz-Date"], names, "us-east-1")
    assert fields["X-Amz-Signature"] == wanted


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("signing", "secret"), [(Signing.V2, ME.secret_key), (Signing.V2_WRONG_SECRET, WRONG_SECRET)]
)
def test_version_2_signatures(form: Form, signing: Signing, secret: str) -> None:
    signed = signer().sign(URL, encode(Request(PARAMS[:3], form)), signing)
    assert set(signed.headers) <= {"Host", "Content-Type"}
    text = urlsplit(signed.url).query or (signed.body or b"").decode()
    pairs = parse_qsl(text)
    assert pairs[:3] == list(PARAMS[:3])
    fields = dict(pairs)
    given = fields.pop("Signature")
    assert fields["Timestamp"] == "2015-08-30T12:36:00Z"
    query = "&".join(f"{n}={quote(fields[n], safe='-_.~')}" for n in sorted(fields))
    to_sign = f"{form.verb}\n127.0.0.1:5000\n/\n{query}"
    made = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).digest()
    assert given == base64.b64encode(made).decode()


def test_the_signatures_that_are_none() -> None:
    encoded = encode(Request(PARAMS))
    assert set(signer().sign(URL, encoded, Signing.ABSENT).headers) == {"Host", "Content-Type"}
    malformed = signer().sign(URL, encoded, Signing.MALFORMED).headers["Authorization"]
    assert malformed.endswith("x-amz-security-token")
    unknown = signer().sign(URL, encoded, Signing.UNKNOWN_KEY)
    assert ME.access_key not in unknown.headers["Authorization"]
    assert "X-Amz-Security-Token" not in unknown.headers


def test_denied_requests_use_other_credentials() -> None:
    encoded = encode(Request(PARAMS))
    other = Credentials("AKIAOTHER", "other")
    third = Credentials("AKIATHIRD", "third")
    signing_as_each = signer(denied=other, no_tags=third)
    for signing, key in ((Signing.DENIED, "AKIAOTHER"), (Signing.NO_TAGS, "AKIATHIRD")):
        signed = signing_as_each.sign(URL, encoded, signing)
        assert f"Credential={key}/" in signed.headers["Authorization"]
        with pytest.raises(NoDeniedCredentialsError, match="profile"):
            signer().sign(URL, encoded, signing)


def test_credentials_may_change_between_requests() -> None:
    turns = iter([Credentials("AKIAFIRST", "1"), Credentials("AKIASECOND", "2")])
    source = Signer("us-east-1", lambda: next(turns))
    for key in ("AKIAFIRST", "AKIASECOND"):
        signed = source.sign(URL, encode(Request(PARAMS)), Signing.VALID)
        assert key in signed.headers["Authorization"]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://Example.COM:80/", "example.com"),
        ("https://example.com:443/", "example.com"),
        ("https://example.com:80/", "example.com:80"),
        ("http://[::1]:5000/", "[::1]:5000"),
    ],
)
def test_host_header(url: str, host: str) -> None:
    assert host_header(url) == host


@pytest.mark.parametrize(
    "signing", [s for s in Signing if s not in (Signing.DENIED, Signing.NO_TAGS)]
)
def test_nothing_secret_is_printed_or_logged(
    signing: Signing, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        signed = signer().sign(URL, encode(Request(PARAMS, Form("GET"))), signing)
    shown = repr(signed) + str(signed) + repr(ME) + f"{ME}" + caplog.text
    for secret in (ME.secret_key, ME.token or "", "Signature="):
        assert secret not in shown


@pytest.mark.parametrize("bad", ["AKIA\n", "AKIA B", "é"])
def test_credentials_that_no_header_can_carry(bad: str) -> None:
    with pytest.raises(CredentialsError):
        Credentials(bad, "secret")
    with pytest.raises(CredentialsError):
        Credentials("AKIA", "secret", bad)
    with pytest.raises(CredentialsError):
        Credentials("AKIA", "")
