"""Signs requests correctly, and in each wrong way that a ``sig.*`` rule needs.

This module chooses the credentials, the time and the place of the signature. ``sign_v4`` and
``sign_v2`` compute it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import quote, urlsplit

from botocore.awsrequest import AWSRequest

from conformance.clock import SYSTEM
from conformance.model.request import Signing
from conformance.wire.encode import Encoded
from conformance.wire.signing.credentials import (
    Credentials,
    CredentialSource,
    NoDeniedCredentialsError,
)
from conformance.wire.signing.sign_v2 import with_signature
from conformance.wire.signing.sign_v4 import InHeader, InQuery

UNKNOWN = Credentials("AKIAAMIPROOFNOBODYXX", "amiproof/nobody/was/ever/given/this/key0")
"""Credentials that look valid and that AWS never issued."""

WRONG_SECRET = "amiproof/this/is/not/the/secret/of/a/key"
SKEW = timedelta(hours=1)
"""The error of a wrong date. The documents allow 5 or 15 minutes."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed request. Its printed form holds no secret."""

    method: str
    url: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    """The keys, the signature and the token, which the run removes from responses."""

    def scrub(self, body: bytes) -> bytes:
        """A response's body without this request's secrets.

        Some endpoints, AWS among them, answer a wrong signature with the text that they signed,
        session token included. Error messages end up in reports.
        """
        for secret in self.secrets:
            for form in {secret, quote(secret, safe="")}:
                body = body.replace(form.encode(), b"[removed]")
        return body


class Signer:
    """Signs requests for one region, in each way that the model has."""

    def __init__(
        self,
        region: str,
        credentials: CredentialSource,
        denied: CredentialSource | None = None,
        clock: Callable[[], datetime] = SYSTEM.utc,
        *,
        no_tags: CredentialSource | None = None,
    ) -> None:
        self._region = region
        self._credentials = credentials
        self._others = {Signing.DENIED: denied, Signing.NO_TAGS: no_tags}
        self._clock = clock
        self._signers: dict[tuple[bool, Credentials, str], InHeader | InQuery] = {}

    def sign(self, url: str, encoded: Encoded, signing: Signing, service: str = "ec2") -> Signed:
        """Sign a request to ``url``, which has no query.

        Raises NoDeniedCredentialsError when ``signing`` needs credentials that are not configured,
        CredentialsError when the source of credentials fails.
        """
        host = host_header(url)
        moment = self._clock() + _SHIFTS.get(signing, timedelta())
        if signing in _V2:
            who = self._who(signing)
            encoded, signature = with_signature(encoded, url, host, who, moment)
            return _plain(url, host, encoded, _secrets(who, signature))
        if signing is Signing.ABSENT:
            return _plain(url, host, encoded)
        who = self._who(signing)
        plain = _plain(url, host, encoded)
        signer = self._signer(signing in _QUERY, who, service)
        body = plain.body or b""
        if isinstance(signer, InHeader):
            headers, signature = signer.signed(
                plain.method,
                plain.url,
                plain.headers,
                body,
                moment,
                days=-1 if signing is Signing.OTHER_DAY else 0,
                host=signing is not Signing.HOST_UNSIGNED,
            )
            where = plain.url
        else:
            request = AWSRequest(plain.method, plain.url, plain.headers, body)
            signature = signer.sign_at(request, moment)
            headers = {name: str(value) for name, value in request.headers.items()}
            where = str(request.url)
        if signing is Signing.MALFORMED:
            headers["Authorization"] = headers["Authorization"].partition(", Signature=")[0]
        return Signed(encoded.method, where, headers, encoded.body, _secrets(who, signature))

    def _who(self, signing: Signing) -> Credentials:
        if signing is Signing.UNKNOWN_KEY:
            return UNKNOWN
        source = self._others.get(signing, self._credentials)
        if source is None:
            raise NoDeniedCredentialsError(
                "This request needs credentials with fewer permissions: give --denied-profile"
                " or --no-tags-profile."
            )
        found = source() if callable(source) else source
        if signing in _WRONG:
            return Credentials(found.access_key, WRONG_SECRET, found.token)
        return found

    def _signer(self, in_query: bool, who: Credentials, service: str) -> InHeader | InQuery:
        key = (in_query, who, service)
        signer = self._signers.get(key)
        if signer is None:
            if len(self._signers) > 32:  # temporary credentials change
                self._signers.clear()
            signer = (InQuery if in_query else InHeader)(who, service, self._region)
            self._signers[key] = signer
        return signer


_QUERY = (Signing.QUERY, Signing.QUERY_WRONG_SECRET)
_WRONG = (Signing.WRONG_SECRET, Signing.QUERY_WRONG_SECRET, Signing.V2_WRONG_SECRET)
_V2 = (Signing.V2, Signing.V2_WRONG_SECRET)
_SHIFTS = {Signing.PAST: -SKEW, Signing.FUTURE: SKEW}


def _plain(url: str, host: str, encoded: Encoded, secrets: frozenset[str] = frozenset()) -> Signed:
    headers = {"Host": host}
    if encoded.content_type is not None:
        headers["Content-Type"] = encoded.content_type
    where = f"{url}?{encoded.query}" if encoded.query else url
    return Signed(encoded.method, where, headers, encoded.body, secrets)


def _secrets(who: Credentials, signature: str) -> frozenset[str]:
    # Short secrets are the words that emulators accept, such as "test": they occur in any text.
    all_of_them = (who.access_key, who.secret_key, who.token or "", signature)
    return frozenset(secret for secret in all_of_them if len(secret) >= 16)


@lru_cache(64)
def host_header(url: str) -> str:
    """The Host header for a URL: in lower case, with the port unless it is the default."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return host if parts.port in (None, usual) else f"{host}:{parts.port}"
