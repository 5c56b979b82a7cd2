"""Signature version 4, based on botocore's signer.

Three things differ from botocore: the time is an argument, a query string keeps its order and
repetitions, and nothing is logged (botocore logs the session token at DEBUG level). This module
computes the signature of a header itself: botocore takes five times as long.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlsplit

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.utils import normalize_url_path

from conformance.wire.signing.credentials import Credentials

ALGORITHM = "AWS4-HMAC-SHA256"
QUERY_EXPIRES = 300
"""Seconds for which a signature in a query string is valid."""


class Moment(SigV4Auth):
    """botocore's signer with the time as an argument. It caches the signing key of the day."""

    def __init__(self, credentials: Credentials, service: str, region: str) -> None:
        # The signer reads only the three attributes of the credentials.
        super().__init__(credentials, service, region)  # type: ignore[arg-type]
        self._day = ""
        self._key = b""
        self._scope = (region, service, "aws4_request")

    def signature(self, string_to_sign: str, request: AWSRequest) -> str:
        return self._signature(string_to_sign, str(request.context["timestamp"])[:8])

    def _signature(self, text: str, day: str) -> str:
        if day != self._day:
            key = f"AWS4{self.credentials.secret_key}".encode()
            for part in (day, *self._scope):
                key = hmac.digest(key, part.encode(), "sha256")
            self._day, self._key = day, key
        return hmac.digest(self._key, text.encode(), "sha256").hex()

    def canonical_query_string(self, request: AWSRequest) -> str:
        return _canonical_query(urlsplit(str(request.url)).query)


def _canonical_query(query: str) -> str:
    # The canonical form of a space is %20, whichever form is sent.
    pairs = sorted(
        pair.partition("=")[::2] for pair in query.replace("+", "%20").split("&") if pair
    )
    return "&".join(f"{name}={value}" for name, value in pairs)


@lru_cache(64)
def _canonical_path(path: str) -> str:
    return quote(normalize_url_path(path), safe="/~")


class InHeader(Moment):
    """Signature version 4 in the Authorization header."""

    def signed(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        moment: datetime,
        *,
        days: int = 0,
        host: bool = True,
    ) -> tuple[dict[str, str], str]:
        """The headers of a request, signed at ``moment``, and the signature.

        The credential scope is that many ``days`` off. ``host``: whether Host is signed.
        """
        stamp = moment.strftime("%Y%m%dT%H%M%SZ")
        signed = {**headers, "X-Amz-Date": stamp}
        if self.credentials.token:
            signed["X-Amz-Security-Token"] = self.credentials.token
        lines = sorted((name.lower(), " ".join(value.split())) for name, value in signed.items())
        lines = lines if host else [line for line in lines if line[0] != "host"]
        names = ";".join(name for name, _ in lines)
        parts = urlsplit(url)
        canonical = "\n".join(
            (
                method.upper(),
                _canonical_path(parts.path),
                _canonical_query(parts.query),
                *(f"{name}:{value}" for name, value in lines),
                "",
                names,
                sha256(body).hexdigest(),
            )
        )
        day = (moment + timedelta(days=days)).strftime("%Y%m%d")
        scope = "/".join((day, *self._scope))
        digest = sha256(canonical.encode()).hexdigest()
        signature = self._signature(f"{ALGORITHM}\n{stamp}\n{scope}\n{digest}", day)
        signed["Authorization"] = (
            f"{ALGORITHM} Credential={self.credentials.access_key}/{scope}, "
            f"SignedHeaders={names}, Signature={signature}"
        )
        return signed, signature


class InQuery(Moment, SigV4QueryAuth):
    """Signature version 4 in the query string, after the parameters."""

    def sign_at(self, request: AWSRequest, moment: datetime) -> str:
        """Sign a request at ``moment``; returns the signature. SigV4Auth.add_auth has its steps."""
        request.context["timestamp"] = moment.strftime("%Y%m%dT%H%M%SZ")
        this: Any = self  # the published types lack two of the steps
        this._modify_request_before_signing(request)
        to_sign = self.string_to_sign(request, self.canonical_request(request))
        signature = self.signature(to_sign, request)
        this._inject_signature_to_request(request, signature)
        return signature

    def _modify_request_before_signing(self, request: AWSRequest) -> None:
        # botocore's version loses a repeated parameter and drops the Content-Type of a form.
        fields = {
            "X-Amz-Algorithm": ALGORITHM,
            "X-Amz-Credential": self.scope(request),
            "X-Amz-Date": request.context["timestamp"],
            "X-Amz-Expires": str(QUERY_EXPIRES),
            "X-Amz-SignedHeaders": self.signed_headers(self.headers_to_sign(request)),
        }
        if self.credentials.token:
            fields["X-Amz-Security-Token"] = self.credentials.token
        added = "&".join(f"{name}={quote(value, safe='')}" for name, value in fields.items())
        url = str(request.url)
        request.url = f"{url}{'&' if '?' in url else '?'}{added}"
