"""Connects a client of boto3 to an endpoint in this process."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from urllib3.exceptions import HTTPError
from urllib3.exceptions import ReadTimeoutError as Late

from conformance.clock import Clock
from conformance.wire.signing.credentials import Credentials
from conformance.wire.signing.sign import host_header
from conformance.wire.signing.sign_v4 import InHeader
from conformance.wire.transport import Dial, Transport

_OF_SIGNATURE = ("authorization", "x-amz-date", "x-amz-security-token")


class Direct:
    """Answers the requests of botocore's clients by way of ``dial``, in the time of ``clock``."""

    def __init__(
        self,
        region: str,
        credentials: Credentials,
        timeout: float,
        clock: Clock,
        dial: Dial,
    ) -> None:
        self._signer = InHeader(credentials, "ec2", region)
        self._timeout, self._clock, self._dial = timeout, clock, dial

    def register(self, client: Any) -> None:
        """Let a client of boto3 send its requests this way."""
        client.meta.events.register("before-send.ec2", self._answer)

    def _answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """The answer to a request. Raises botocore's errors.

        botocore signs with the system's time, so the request is signed again.
        """
        url, method = str(request.url), str(request.method)
        body = request.body if isinstance(request.body, bytes) else str(request.body or "").encode()
        given = {**_unsigned(request.headers.items()), "Host": host_header(url)}
        headers, _signature = self._signer.signed(method, url, given, body, self._clock.utc())
        at, mark, query = url.partition("?")
        timeouts = self._timeout, self._timeout
        transport = Transport(at, False, {}, timeouts, self._clock, self._dial)
        try:
            raw: Any = transport.send(method, mark + query, headers, body)
            answer = AWSResponse(url, raw.status, raw.headers, raw)
            answer.content  # noqa: B018 (it reads while the connection is open)
        except (Late, TimeoutError) as error:
            raise ReadTimeoutError(endpoint_url=url, error=error) from error
        except (HTTPError, OSError) as error:
            raise ConnectionClosedError(endpoint_url=url, error=error) from error
        finally:
            transport.close()
        return answer


def _unsigned(headers: Iterable[tuple[str, Any]]) -> dict[str, str]:
    texts = {n: v.decode() if isinstance(v, bytes) else str(v) for n, v in headers}
    return {n: v for n, v in texts.items() if n.lower() not in _OF_SIGNATURE}
