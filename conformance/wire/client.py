"""The HTTP client of one endpoint.

Whatever the endpoint does becomes an outcome. Exceptions report only what the user has to correct,
such as an endpoint that is no URL or missing credentials.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import requests
import urllib3
from urllib3.exceptions import HTTPError

from conformance.clock import SYSTEM, Clock
from conformance.model.answer import Answer, Indeterminate, Malformed, Outcome
from conformance.model.request import Request
from conformance.wire.decoding.body import BODY_LIMIT, UnreadableError, read_body
from conformance.wire.decoding.decode import READ_ONLY, outcome_of
from conformance.wire.decoding.failure import Dropped, failure
from conformance.wire.encode import encode
from conformance.wire.exchange import Exchange
from conformance.wire.signing.credentials import (
    ConfigurationError,
    Credentials,
    CredentialSource,
    CurrentCredentials,
)
from conformance.wire.signing.sign import Signed, Signer
from conformance.wire.transport import Dial, Transport

USER_AGENT = "amiproof"


class Client:
    """Sends requests to an endpoint over one persistent connection. Not thread-safe.

    ``denied`` are credentials that may not create images, ``no_tags`` credentials that may not
    tag them. Each source of credentials is fixed or a function. ``timeout`` limits the time from
    the end of a request to the end of the response's body, ``connect_timeout`` that of the
    connection, both in seconds. ``verify`` is as in requests. The client ignores the proxies of
    the environment and uses ``proxies``. ``dial`` opens connections to an endpoint in this
    process, in place of the network.
    """

    def __init__(
        self,
        endpoint: str,
        region: str,
        credentials: CredentialSource,
        denied: CredentialSource | None = None,
        *,
        no_tags: CredentialSource | None = None,
        timeout: float = 60.0,
        connect_timeout: float = 10.0,
        verify: bool | str = True,
        proxies: Mapping[str, str] | None = None,
        body_limit: int = BODY_LIMIT,
        idle_limit: float = 1.0,
        clock: Clock = SYSTEM,
        dial: Dial | None = None,
    ) -> None:
        """Raises ConfigurationError for an endpoint that is no URL or a missing CA bundle."""
        if isinstance(verify, str) and not os.path.exists(verify):
            raise ConfigurationError(f"There is no CA bundle at {verify}: correct AWS_CA_BUNDLE.")
        self._url = _checked(endpoint)
        self._credentials = credentials
        self._sources = (credentials, denied, no_tags)
        self._signer = Signer(region, credentials, denied, clock.utc, no_tags=no_tags)
        self._twin = partial(
            Client,
            endpoint,
            region,
            credentials,
            denied,
            timeout=timeout,
            connect_timeout=connect_timeout,
            verify=verify,
            proxies=proxies,
            body_limit=body_limit,
            idle_limit=idle_limit,
            clock=clock,
            dial=dial,
            no_tags=no_tags,
        )
        self.clock, self.dial = clock, dial
        self._body_limit = body_limit
        self._idle_limit = idle_limit
        # The transport alone, without requests' session, which follows redirects, keeps cookies
        # and reads ~/.netrc.
        timeouts = connect_timeout, timeout
        self._transport = Transport(self._url, verify, proxies or {}, timeouts, clock, dial)
        self._last_used: float | None = None

    def send(self, request: Request, service: str = "ec2") -> Exchange:
        """Sign and send a request once, and read the response.

        If a reused connection turns out to be closed, a read-only request is sent a second time.
        Raises NoDeniedCredentialsError and CredentialsError.
        """
        self._renew_if_idle()
        kept = self._last_used is not None
        outcome, answer = self._attempt(request, service)
        if kept and isinstance(outcome, Dropped) and _changes_nothing(request):
            outcome, answer = self._attempt(request, service)
        if isinstance(outcome, Dropped):
            outcome = Indeterminate(outcome.why)
        return Exchange(request, outcome, answer)

    def credentials(self) -> Credentials:
        """The current credentials, for another client of the same endpoint."""
        source = self._credentials
        return source() if callable(source) else source

    def renew(self) -> bool:
        """Search for credentials again; whether others were found. Raises CredentialsError."""
        found = [each.renew() for each in self._sources if isinstance(each, CurrentCredentials)]
        return any(found)

    def twin(self) -> Client:
        """A client with the same settings and a connection of its own."""
        return self._twin()

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._transport.close()
        self._last_used = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, it: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def _renew_if_idle(self) -> None:
        # A server may close an idle connection at any moment. A request sent at that moment gets
        # no response, and its effect is unknown. The transport notices a closed connection;
        # renewing an idle one avoids nearly all of the remaining cases.
        if self._last_used is not None and self.clock.now() - self._last_used > self._idle_limit:
            self.close()

    def _attempt(self, request: Request, service: str) -> tuple[Outcome | Dropped, Answer | None]:
        signed = self._signer.sign(self._url, encode(request), request.signing, service)
        status, kind = 0, ""
        raw: urllib3.BaseHTTPResponse | None = None
        clean = False
        started = self.clock.now()
        try:
            query = signed.url[len(self._url) :]
            raw = self._transport.send(signed.method, query, _headers(signed), signed.body)
            status = raw.status
            kind = raw.headers.get("Content-Type", "")
            body = signed.scrub(read_body(raw, self._body_limit))
            clean = status >= 200
        except UnreadableError as error:
            seconds = self.clock.now() - started
            return Malformed(error.why, status), Answer(status, kind, None, seconds)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            failed = failure(error, status)
            came = isinstance(failed, Malformed) and status > 0
            seconds = self.clock.now() - started
            return failed, Answer(status, kind, None, seconds) if came else None
        finally:
            # After an error the connection may hold the rest of a response, which the next
            # request would take for its own.
            if clean:
                self._last_used = self.clock.now()
            else:
                if raw is not None:
                    raw.close()
                self.close()
        return outcome_of(request, status, raw.headers, body, self.clock.now() - started)


def _headers(signed: Signed) -> dict[str, str]:
    # The signature covers each byte, so that requests must not prepare (normalise) anything.
    headers = {**signed.headers, "User-Agent": USER_AGENT}
    if signed.body is not None:
        headers["Content-Length"] = str(len(signed.body))
    return headers


def _changes_nothing(request: Request) -> bool:
    actions = [value for name, value in request.params if name == "Action"]
    return bool(actions) and all(name.startswith(READ_ONLY) for name in actions)


def _checked(endpoint: str) -> str:
    """The URL of an endpoint, with a path. Raises ConfigurationError."""
    try:
        parts = urlsplit(endpoint)
        fits = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        fits = fits and endpoint.isascii() and endpoint.isprintable() and " " not in endpoint
    except ValueError:
        fits = False
    if not fits:
        raise ConfigurationError("The endpoint must be a URL such as http://127.0.0.1:5000.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigurationError(
            "The endpoint's URL may have a host, a port and a path, and nothing else."
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path or '/'}"
