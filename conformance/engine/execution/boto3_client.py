"""boto3 as the second client: CreateImage as most users send it."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.parsers import ResponseParserError as ParserError

from conformance.engine.execution.session import Session
from conformance.engine.observation.trial import Trial
from conformance.model.answer import (
    Accepted,
    Indeterminate,
    Limited,
    Outcome,
    Rejected,
    Throttled,
    is_server_error,
)
from conformance.model.codes import LIMITS, THROTTLING, bare
from conformance.model.request import Draft
from conformance.wire.botocore_direct import Direct
from conformance.wire.botocore_session import session as botocore_session
from conformance.wire.proxies import environment_proxies
from conformance.wire.signing.credentials import Chain
from reports.members import arguments

_TRIES = 5
"""Requests sent at most for a draft that is throttled, lost, or met by a server error."""
_MOST = 100
"""The same, with those that meet a limit."""
_LOST = "boto3 had no answer"


def create_image(session: Session, draft: Draft) -> Trial:
    """The trial of a draft that boto3 sends without validating its parameters.

    A request that is throttled, lost, or met by a server error is sent again with another name,
    unless the target is known to crash on it. Raises NotAvailable.
    """
    since, attempt = session.clock.now(), 0
    for _ in range(_MOST):
        request = session.placement.place(session.binder.bind(draft))
        send = partial(_answer, _client(session), arguments(request.params))
        trial = session.executor.execute_by(send, draft, request, lost=_LOST)
        outcome = trial.outcome
        if isinstance(outcome, Limited):
            if session.placement.again(request, outcome, since) is None:
                break
            continue
        lost = isinstance(outcome, Indeterminate) and outcome.why.startswith(_LOST)
        if not lost and not isinstance(outcome, Throttled) and not is_server_error(outcome):
            break
        attempt += 1
        if attempt >= (1 if session.crashes.known(draft) else _TRIES):
            break
        session.patience.pause(attempt - 1)
    return session.executor.complete(trial)


def _client(session: Session) -> Any:
    credentials = session.client.credentials()
    timeout = session.target.timeout
    client = _boto3().client(
        "ec2",
        endpoint_url=session.target.endpoint,
        region_name=session.target.region,
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        aws_session_token=credentials.token,
        verify=Chain(session.target.profile).verify(),
        config=Config(
            proxies=environment_proxies(session.target.endpoint),
            parameter_validation=False,
            retries={"total_max_attempts": 1},
            connect_timeout=timeout,
            read_timeout=timeout,
        ),
    )
    if (dial := session.client.dial) is not None:
        direct = Direct(session.target.region, credentials, timeout, session.clock, dial)
        direct.register(client)
    return client


@cache
def _boto3() -> boto3.Session:
    return boto3.Session(botocore_session=botocore_session())


def _answer(client: Any, keywords: dict[str, Any]) -> Outcome:
    """The outcome of a request with these arguments."""
    try:
        image_id = client.create_image(**keywords)["ImageId"]
        if not isinstance(image_id, str):  # botocore parses a repeated ImageId as elements
            return Indeterminate("boto3 could not read the answer: more than one ImageId")
        return Accepted(image_id)
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        details = error.response.get("Error", {})
        if bare(details.get("Code", "")) in THROTTLING:
            return Throttled(bare(details["Code"]), status)
        if bare(details.get("Code", "")) in LIMITS:
            return Limited(bare(details["Code"]), status)
        return Rejected(details.get("Code", ""), status, details.get("Message", ""))
    except HTTPClientError as error:
        return Indeterminate(f"{_LOST}: {type(error).__name__}")
    except (BotoCoreError, ParserError, KeyError) as error:
        return Indeterminate(f"boto3 could not read the answer: {type(error).__name__}")
