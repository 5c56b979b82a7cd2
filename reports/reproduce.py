"""Four ways to send a deviation's request again: curl, the AWS CLI, boto3 and a pytest test.

Each sends the recorded parameters exactly, or says in one sentence why it cannot. None contains a
credential: each reads them from the environment.
"""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from conformance.model.request import Request
from reports.deviation import Deviation, Reproduce, request_of
from reports.effects import subject
from reports.scripts import boto3_script, pytest_test
from reports.shell import aws_cli, curl


def reproduce(
    rule: str, deviation: Deviation, *, endpoint: str, region: str, statement: str = ""
) -> Reproduce:
    """The reproductions of a deviation. The test quotes ``statement`` in its docstring."""
    request = request_of(deviation.request, deviation.form)
    earlier = () if deviation.before is UNSET else deviation.before
    before = tuple(Request(params) for params in earlier)
    describe = subject(rule) if deviation.observed.outcome == "effect" else ""
    return Reproduce(
        curl(request, endpoint=endpoint, region=region, before=before, describe=describe),
        aws_cli(request, endpoint=endpoint, region=region, before=before, describe=describe),
        boto3_script(request, endpoint=endpoint, region=region, before=before, describe=describe),
        pytest_test(
            rule, statement, deviation, request, endpoint=endpoint, region=region, before=before
        ),
    )


def with_reproductions(
    rule: str, deviation: Deviation, *, endpoint: str, region: str, statement: str = ""
) -> Deviation:
    """The deviation with its reproductions."""
    made = reproduce(rule, deviation, endpoint=endpoint, region=region, statement=statement)
    return msgspec.structs.replace(deviation, reproduce=made)
