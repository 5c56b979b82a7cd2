"""Signature version 4 by botocore's signer, with what a test needs different.

Three things differ from how botocore uses it: the moment is an argument (a past date must not
turn back anybody's clock), a query string keeps its order and its repetitions, and nothing is
logged (botocore logs the session token at DEBUG level).
"""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest

from conformance.wire.credentials import Credentials

QUERY_EXPIRES = 300
"""Seconds for which a signature in a query string is good."""


class Moment(SigV4Auth):
    """botocore's signer with the moment as an argument, and the day's key kept."""

    def __init__(self, credentials: Credentials, service: str, region: str) -> None:
        # All that a signer asks of credentials is the three attributes.
        super().__init__(credentials, service, region)  # type: ignore[arg-type]
        self._day = ""
        self._key = b""
        self._scope = (region, service, "aws4_request")

    def sign_at(self, request: AWSRequest, moment: datetime) -> str:
        """Sign a request as of a moment; the signature. The steps are SigV4Auth.add_auth's."""
        request.context["timestamp"] = moment.strftime("%Y%m%dT%H%M%SZ")
        this: Any = self  # two of the steps are not in the published types
        this._modify_request_before_signing(request)
        to_sign = self.string_to_sign(request, self.canonical_request(request))
        signature = self.signature(to_sign, request)
        this._inject_signature_to_request(request, signature)
        return signature

    def signature(self, string_to_sign: str, request: AWSRequest) -> str:
        day = str(request.context["timestamp"])[:8]
        if day != self._day:
            key = f"AWS4{self.credentials.secret_key}".encode()
            for part in (day, *self._scope):
                key = hmac.digest(key, part.encode(), "sha256")
            self._day, self._key = day, key
        return hmac.digest(self._key, string_to_sign.encode(), "sha256").hex()

    def canonical_query_string(self, request: AWSRequest) -> str:
        # In the canonical form a space is %20, whichever of its two forms is sent.
        query = urlsplit(str(request.url)).query.replace("+", "%20")
        pairs = sorted(pair.partition("=")[::2] for pair in query.split("&") if pair)
        return "&".join(f"{name}={value}" for name, value in pairs)


class InHeader(Moment):
    """Signature version 4 in the Authorization header."""


class InQuery(Moment, SigV4QueryAuth):
    """Signature version 4 in the query string, behind the parameters if they are there too."""

    def _modify_request_before_signing(self, request: AWSRequest) -> None:
        # botocore's own reads the query into a dictionary, which loses a repeated parameter,
        # and drops the Content-Type of a form, which then has none.
        fields = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
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
