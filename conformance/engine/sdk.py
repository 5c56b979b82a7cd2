"""boto3, the second client: the same requests as people send them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError as ParserError

from conformance.engine.trial import Trial
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
"""How often a request is sent that is throttled, or met by a server error, each time."""

if TYPE_CHECKING:
    from conformance.engine.session import Session


def create_image(session: Session, draft: Draft) -> Trial:
    """Send a draft through boto3, its validation off: the endpoint is asked, not the client."""
    request = session.bind(draft)
    before = session.world()
    passage = session.client.guard.enter(request)
    outcome = _sent(session, arguments(request.params))
    session.client.guard.leave(passage, outcome)
    if isinstance(outcome, Indeterminate):
        session.adopt(request, answered=True)
    return session.followed(Trial(draft, request, before, judge(request, before), outcome, None))


def _sent(session: Session, keywords: dict[str, Any]) -> Outcome:
    who = session.client.credentials()
    client = boto3.client(
        "ec2",
        endpoint_url=session.target.endpoint,
        region_name=session.target.region,
        aws_access_key_id=who.access_key,
        aws_secret_access_key=who.secret_key,
        aws_session_token=who.token,
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )
    for attempt in range(_TRIES):
        session.count_create_image()
        outcome = _answered(client, keywords)
        if not isinstance(outcome, Throttled) and not is_server_error(outcome):
            break
        session.patience.pause(attempt)
    return outcome


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
    except (BotoCoreError, ParserError, KeyError) as error:
        return Indeterminate(f"boto3 could not read the answer: {type(error).__name__}")
