"""Four ways to reproduce a deviation: curl, the AWS CLI, boto3 and a pytest test.

Each makes or finds what it needs, sends all steps, shows the deviation, and removes what it made;
or says in one sentence why it cannot. None contains a credential: each reads them from the
environment.
"""

from __future__ import annotations

import msgspec

from reports.aws_cli import aws_cli
from reports.curl_command import curl_request
from reports.deviation import Deviation, Reproduce, request_of
from reports.plan import NoSteps, plan
from reports.scripts import boto3_script, pytest_test
from reports.shell import curl


def reproduce(
    rule: str, deviation: Deviation, *, endpoint: str, region: str, statement: str = ""
) -> Reproduce:
    """The reproductions of a deviation. Each quotes ``statement``."""
    title = f"{rule}: {statement}" if statement else rule
    request = request_of(deviation.request, deviation.form)
    line = curl_request(request, endpoint=endpoint, region=region)
    try:
        steps = plan(rule, deviation)
    except NoSteps as why:
        cannot = f"# no reproduction: {why}"
        return Reproduce(cannot, cannot, cannot, cannot, line)
    name = f"{rule}_{deviation.arm.value}"
    return Reproduce(
        curl(steps, title, endpoint=endpoint, region=region),
        aws_cli(steps, title, endpoint=endpoint, region=region),
        boto3_script(steps, title, endpoint=endpoint, region=region),
        pytest_test(steps, title, name, endpoint=endpoint, region=region),
        line,
    )


def with_reproductions(
    rule: str, deviation: Deviation, *, endpoint: str, region: str, statement: str = ""
) -> Deviation:
    """The deviation with its reproductions."""
    made = reproduce(rule, deviation, endpoint=endpoint, region=region, statement=statement)
    return msgspec.structs.replace(deviation, reproduce=made)
