"""boto3, the second client: the same requests as people send them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.parsers import ResponseParserError as ParserError

from conformance.engine.observation.trial import Trial
from conformance.model.answer import (
    Accepted,
    Indeterminate,
    Outcome,
    Rejected,
    Throttled,
    is_server_error,
)
from conformance.model.codes import THROTTLING, bare
from conformance.model.judge import judge
from conformance.model.request import Draft
from reports.members import arguments

_TRIES = 5
"""How often a request is sent that is throttled, lost, or met by a server error, each time."""
_LOST = "boto3 had no answer"

if TYPE_CHECKING:
    from conformance.engine.execution.session import Session


def create_image(session: Session, draft: Draft) -> Trial:
    """Send a draft through boto3, its validation off: the endpoint is asked, not the client.

    Sent again, under another name, where it was throttled, lost or met by a server error: what
    repeats is told.
    """
    client = _client(session)
    for attempt in range(_TRIES):
        trial = _sent(session, client, draft)
        outcome = trial.outcome
        lost = isinstance(outcome, Indeterminate) and outcome.why.startswith(_LOST)
        if not lost and not isinstance(outcome, Throttled) and not is_server_error(outcome):
            break
        session.patience.pause(attempt)
    return session.followed(trial)


def _sent(session: Session, client: Any, draft: Draft) -> Trial:
    """One request; an image that was made of it though no answer says so is noted."""
    request = session.bind(draft)
    before = session.world()
    keywords = arguments(request.params)
    session.count_create_image()
    outcome = session.client.send_otherwise(request, lambda: _answered(client, keywords))
    if isinstance(outcome, Indeterminate) or is_server_error(outcome):
        lost = isinstance(outcome, Indeterminate) and outcome.why.startswith(_LOST)
        session.adopt(request, answered=not lost)
    return Trial(draft, request, before, judge(request, before), outcome, None)


def _client(session: Session) -> Any:
    who = session.client.credentials()
    patience = session.target.timeout
    return boto3.client(
        "ec2",
        endpoint_url=session.target.endpoint,
        region_name=session.target.region,
        aws_access_key_id=who.access_key,
        aws_secret_access_key=who.secret_key,
        aws_session_token=who.token,
        config=Config(
            parameter_validation=False,
            retries={"total_max_attempts": 1},
            connect_timeout=patience,
            read_timeout=patience,
        ),
    )


def _answered(client: Any, keywords: dict[str, Any]) -> Outcome:
    try:
        image_id = client.create_image(**keywords)["ImageId"]
        if not isinstance(image_id, str):  # told twice: botocore gives elements then
            return Indeterminate("boto3 could not read the answer: more than one ImageId")
        return Accepted(image_id)
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        told = error.response.get("Error", {})
        if bare(told.get("Code", "")) in THROTTLING:
            return Throttled(bare(told["Code"]), status)
        return Rejected(told.get("Code", ""), status, told.get("Message", ""))
    except HTTPClientError as error:
        return Indeterminate(f"{_LOST}: {type(error).__name__}")
    except (BotoCoreError, ParserError, KeyError) as error:
        return Indeterminate(f"boto3 could not read the answer: {type(error).__name__}")
