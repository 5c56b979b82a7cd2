"""A request as Python: a boto3 script, and a regression test for the endpoint's developers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from msgspec import UNSET

from conformance.model.request import Form, Request, Signing
from reports.deviation import Deviation, Expected
from reports.effects import assertions
from reports.escape import visible
from reports.members import NotExpressible, arguments
from reports.shell import LACKING, how_signed, public_address, query

_KEYS = {
    Signing.VALID: [],
    Signing.ABSENT: [],
    Signing.DENIED: [],
    Signing.NO_TAGS: [],
    Signing.WRONG_SECRET: [
        "    aws_access_key_id=boto3.Session().get_credentials().access_key,",
        '    aws_secret_access_key="not-the-secret",',
    ],
    Signing.UNKNOWN_KEY: [
        '    aws_access_key_id="AKIDEXAMPLE",',
        '    aws_secret_access_key="not-the-secret",',
    ],
}
"""The ways of signing that boto3 supports, with the key arguments that each needs."""


def boto3_script(
    request: Request,
    *,
    endpoint: str,
    region: str,
    before: Sequence[Request] = (),
    describe: str = "",
) -> str:
    """A script that sends a request and prints the answer."""
    try:
        calls = _calls(request, before)
        head = _head(request, endpoint, region)
    except NotExpressible as why:
        return visible(f"# boto3 cannot send this: {why}")
    lines = [*head, *calls.setup, ""]
    for call in calls.before:
        lines += [
            "try:",
            f"    ec2.create_image({_indented(call)})",
            "except ClientError as error:  # The script goes on: only the last request matters.",
            '    print("earlier request rejected:", error.response)',
        ]
    lines += [
        "try:",
        f"    answer = ec2.create_image({_indented(calls.call)})",
        "except ClientError as error:",
        '    print("rejected:", error.response)',
        "else:",
        '    print("accepted:", answer)',
    ]
    if describe == "instance":
        instance = _text(request.instance_id or "")
        lines.append(f"    print(ec2.describe_instances(InstanceIds=[{instance}]))")
    elif describe:
        lines.append('    images = ec2.describe_images(ImageIds=[answer["ImageId"]])["Images"]')
        lines.append("    print(images)")
    if describe == "snapshots":
        lines += _snapshots("    ")
        lines.append("    print(ec2.describe_snapshots(SnapshotIds=snapshots))")
    return "\n".join(lines) + "\n"


def pytest_test(
    rule: str,
    statement: str,
    deviation: Deviation,
    request: Request,
    *,
    endpoint: str,
    region: str,
    before: Sequence[Request] = (),
) -> str:
    """A test that fails while the endpoint has the deviation, and passes once it is fixed."""
    expected = deviation.expected
    checks = assertions(rule, request) if expected.outcome == "effect" else []
    if expected.outcome == "effect" and (not checks or deviation.observed.outcome != "effect"):
        return "# no test: it cannot assert the required effect; use the boto3 script"
    try:
        calls = _calls(request, before)
        head = _head(request, endpoint, region)
    except NotExpressible as why:
        return visible(f"# no test: boto3 cannot send this: {why}")
    name = re.sub(r"\W", "_", f"test_{rule}_{deviation.arm.value}")
    words = _docstring(f"{rule}: {statement}" if statement else rule)
    instance = visible(request.instance_id or "")
    if instance.startswith("i-"):
        head = [f"# Instance {instance} must exist at the endpoint.", *head]
    lines = [*head, *calls.setup, "", "", f"def {name}():", f'    """{words}"""', "    made = []"]
    lines.append("    try:")
    for earlier in calls.before:
        lines += [
            "        try:",
            f"            made.append(ec2.create_image({_indented(earlier, 3)}))",
            "        except ClientError:",
            "            pass  # Only the last request matters.",
        ]
    call = f"ec2.create_image({_indented(calls.call, 2 if expected.outcome == 'effect' else 3)})"
    if expected.outcome == "effect":
        lines += [f"        answer = {call}", "        made.append(answer)"]
        lines += [f"        {check}" for check in checks]
    else:
        lines += _answer_checks(expected, call)
    lines += [
        "    finally:",
        "        # The snapshots of the images stay.",
        "        for answer in made:",
        '            ec2.deregister_image(ImageId=answer["ImageId"])',
    ]
    return "\n".join(lines) + "\n"


def _answer_checks(expected: Expected, call: str) -> list[str]:
    lines = ["        try:", f"            made.append({call})"]
    lines.append("        except ClientError as error:")
    if expected.outcome == "accepted":
        return [*lines, '            raise AssertionError("rejected") from error']
    lines += [
        '            status = error.response["ResponseMetadata"]["HTTPStatusCode"]',
        "            assert 400 <= status < 500",
    ]
    if expected.codes is not UNSET and expected.codes is not None:
        allowed = ", ".join(_text(code) for code in expected.codes)
        code = 'error.response["Error"]["Code"]'
        lines.append(f"            assert {code} in [{allowed}]")
    if expected.outcome == "rejected":
        lines += ["        else:", '            raise AssertionError("accepted")']
    return lines


class _Calls(NamedTuple):
    """The arguments of each ``create_image`` call, and the lines before the first call."""

    call: str
    before: list[str]
    setup: list[str]


def _calls(request: Request, before: Sequence[Request]) -> _Calls:
    try:
        if not _as_boto3_writes(request):
            raise NotExpressible("boto3 always posts a form and sends + for a space")
        return _Calls(_keywords(request), [_keywords(r) for r in before], [])
    except NotExpressible:
        ignored = 'InstanceId="", Name=""'
        return _Calls(ignored, [ignored] * len(before), _as_sent(request, before))


def _as_boto3_writes(request: Request) -> bool:
    """Whether boto3 sends the parameters in the recorded form."""
    spaces = any(" " in value for _, value in request.params)
    usual = Form(space="+" if spaces else request.form.space)
    return request.form == usual


def _as_sent(request: Request, before: Sequence[Request]) -> list[str]:
    """A hook that makes boto3 sign and send the recorded parameters.

    All requests are sent in the form of the last one.
    """
    bodies = [query(Request(r.params, request.form)) for r in (*before, request)]
    form = request.form
    lines = ["", "# This hook replaces the request that boto3 builds from its arguments."]
    lines += ["sent = [", *(f"    {_text(body)}," for body in bodies), "]", "", ""]
    lines += ["def as_sent(params, **_):"]
    if form.verb == "GET":
        lines += ['    params["method"] = "GET"', '    params["url"] += "?" + sent.pop(0)']
        lines += ['    params["body"] = b""', '    params["headers"].pop("Content-Type", None)']
    else:
        if form.verb != "POST":
            lines.append(f'    params["method"] = {_text(form.verb)}')
        if form.content_type != Form().content_type:
            lines.append(f'    params["headers"]["Content-Type"] = {_text(form.content_type)}')
        lines.append('    params["body"] = sent.pop(0).encode()')
    return [*lines, "", "", 'ec2.meta.events.register("before-call.ec2.CreateImage", as_sent)']


def _head(request: Request, endpoint: str, region: str) -> list[str]:
    signing = request.signing
    if signing not in _KEYS:
        raise NotExpressible(f"boto3 cannot sign {how_signed(signing)}")
    unsigned = signing is Signing.ABSENT
    config = ["parameter_validation=False", 'retries={"total_max_attempts": 1}']
    config += ["signature_version=UNSIGNED"] * unsigned
    return [
        *[f"# Run this {how_signed(signing)}."] * (signing in LACKING),
        "import boto3",
        *["from botocore import UNSIGNED"] * unsigned,
        "from botocore.config import Config",
        "from botocore.exceptions import ClientError",
        "",
        "ec2 = boto3.client(",
        '    "ec2",',
        f"    endpoint_url={_text(public_address(endpoint))},",
        f"    region_name={_text(region)},",
        *_KEYS[signing],
        "    config=Config(",
        *(f"        {option}," for option in config),
        "    ),",
        ")",
    ]


def _snapshots(indent: str) -> list[str]:
    return [
        f'{indent}mappings = [m for i in images for m in i.get("BlockDeviceMappings", [])]',
        f'{indent}snapshots = [m["Ebs"]["SnapshotId"] for m in mappings if "Ebs" in m]',
    ]


def _keywords(request: Request) -> str:
    given = arguments(request.params)
    return "".join(f"\n    {k}={_literal(v, 1)}," for k, v in given.items()) + "\n"


def _indented(call: str, depth: int = 1) -> str:
    return call.replace("\n", "\n" + "    " * depth)


def _literal(value: Any, depth: int) -> str:
    """A Python literal, one member per line."""
    inner = "\n" + "    " * (depth + 1)
    end = "\n" + "    " * depth
    if isinstance(value, dict):
        items = (f"{inner}{_text(k)}: {_literal(v, depth + 1)}," for k, v in value.items())
        return "{" + "".join(items) + end + "}"
    if isinstance(value, list):
        return "[" + "".join(f"{inner}{_literal(v, depth + 1)}," for v in value) + end + "]"
    return _text(value) if isinstance(value, str) else repr(value)


def _text(text: str) -> str:
    """An ASCII string literal, in double quotes unless that needs escapes."""
    literal = ascii(text)
    plain = literal[0] == "'" and '"' not in literal and "\\'" not in literal
    return f'"{literal[1:-1]}"' if plain else literal


def _docstring(words: str) -> str:
    return words.replace("\\", "\\\\").replace('"', "'")
