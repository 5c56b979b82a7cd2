"""A reproduction in Python: a boto3 script, and a regression test for the endpoint's developers."""

from __future__ import annotations

import re
from typing import Any

from conformance.model.codes import DRY_RUN_CODE
from conformance.model.request import Form, Request
from reports.curl_command import query
from reports.escape import visible
from reports.members import NotExpressible, arguments
from reports.python_client import as_sent, client, indented
from reports.python_helpers import SOURCES, helpers
from reports.quoting import python_text
from reports.shell import HOW_TO_GET_ONE
from reports.signing import lacking_note
from reports.steps import (
    SLOW,
    Act,
    Action,
    Answer,
    Check,
    Create,
    Describe,
    Plan,
    Source,
    Step,
    View,
)
from reports.variables import Var, parts


def boto3_script(plan: Plan, title: str, *, endpoint: str, region: str) -> str:
    """A script that prints DEVIATION and exits with 1 while the endpoint has the deviation."""
    try:
        head, body = _script(plan, endpoint, region, is_test=False)
    except NotExpressible as why:
        return visible(f"# boto3 cannot send this: {why}")
    lines = [f"# {visible(title)}", *head, "", "try:", *indented(body), *_FINALLY]
    return "\n".join(lines) + "\n"


def pytest_test(plan: Plan, title: str, name: str, *, endpoint: str, region: str) -> str:
    """A test that fails while the endpoint has the deviation, and passes once it is fixed."""
    try:
        head, body = _script(plan, endpoint, region, is_test=True)
    except NotExpressible as why:
        return visible(f"# no test: boto3 cannot send this: {why}")
    words = visible(title).replace("\\", "\\\\").replace('"', "'")
    function = re.sub(r"\W", "_", f"test_{name}")
    inner = [f'"""{words}"""', "try:", *indented(body), *_FINALLY]
    lines = [*head, "", "", f"def {function}():", *indented(inner)]
    return "\n".join(lines) + "\n"


_FINALLY = ("finally:", "    clean_up()")


def _script(
    plan: Plan, endpoint: str, region: str, *, is_test: bool
) -> tuple[list[str], list[str]]:
    """The lines before the steps, and those of the steps."""
    creates = [step for step in plan.steps if isinstance(step, Create)]
    raw = not all(_is_expressible(create.request) for create in creates)
    body = _setup(plan, is_test)
    for step in plan.steps:
        body += _step(step, raw, is_test)
    text = "\n".join(body)
    head = client(creates[-1].request.signing, endpoint, region)
    if Var.INSTANCE in plan.needs:
        head.append('instance_id = os.environ["INSTANCE_ID"]')
    signings = {create.request.signing for create in creates}
    if len(signings) > 1:
        raise NotExpressible("its requests are signed in different ways")
    head += helpers(text)
    if raw:
        head += as_sent(creates[-1].request.form)
    used = "\n".join(head + body)
    modules = [m for m in ("datetime", "os", "re", "secrets", "sys", "time") if f"{m}." in used]
    imports = [f"import {m}" for m in modules] + ["from contextlib import suppress", ""]
    imports += ["import boto3"]
    imports += ["from botocore import UNSIGNED"] * ("UNSIGNED" in used)
    imports += ["from botocore.config import Config"]
    imports += ["from botocore.exceptions import BotoCoreError, ClientError"]
    imports += ["from botocore.parsers import ResponseParserError"]
    notes = [note for s in signings for note in lacking_note(s)]
    notes += [f"# {HOW_TO_GET_ONE}"] * (Var.INSTANCE in plan.needs)
    return [*notes, *imports, "", *head], body


def _setup(plan: Plan, is_test: bool) -> list[str]:
    lines = [
        f'{var} = secrets.token_hex(4)[:{count}]'
        for var, count in plan.digits.items()
    ]  # fmt: skip
    if Var.SIMILAR in plan.needs:
        lines.append('similar_id = instance_id[:-1] + ("1" if instance_id.endswith("0") else "0")')
    lines += SOURCES[plan.source]
    if Var.ROOT_DEVICE in plan.needs:
        lines.append(f'root_device = describe_instance({_source(plan)})["RootDeviceName"]')
    if Var.SNAPSHOT in plan.needs:
        lines.append(f'snapshot_id = make_snapshot({_source(plan)}, "/dev/sdf")')
    if plan.source is Source.GIVEN and Var.INSTANCE in plan.needs:
        lines.append("source_id = instance_id")
    return lines


def _source(plan: Plan) -> str:
    return "instance_id" if plan.source is Source.GIVEN else "source_id"


def _step(step: Step, raw: bool, is_test: bool) -> list[str]:
    match step:
        case Create():
            return _create(step, raw, is_test)
        case Describe():
            return _describe(step)
        case Act():
            return _act(step, is_test)
        case Check(expected, ""):
            raise NotExpressible(f"boto3 does not read from an answer: {expected}")
        case Check(expected, python, observed):
            return _check(python, expected, observed, is_test)
        case Answer(expected, pattern, absent):
            sign = "not " if absent else ""
            return _check(f"{sign}re.search(r'{pattern}', answers[-1])", expected,
                          "answers[-1]", is_test)  # fmt: skip


def _check(condition: str, expected: str, observed: str, is_test: bool) -> list[str]:
    words = expected.replace("\\", "\\\\").replace('"', "'").replace("{", "{{").replace("}", "}}")
    message = f'f"expected: {visible(words)}; observed: {{{observed}!r:.300}}"'
    if '"' in observed:
        lines = [f"observed = {observed}"]
        message = f'f"expected: {visible(words)}; observed: {{observed!r:.300}}"'
    else:
        lines = []
    if is_test:
        return [*lines, f"assert {condition}, {message}"]
    return [*lines, f"if not ({condition}):", f'    sys.exit("DEVIATION: " + {message})']


def _create(step: Create, raw: bool, is_test: bool) -> list[str]:
    image = step.image.value
    if raw:
        lines = [f"sent.append({_body(step.request)})"]
        call = 'create_image(InstanceId="", Name="")'
    else:
        lines, call = [], f"create_image({_keywords(step.request)})"
    lines.append(f"{image}, status, code = {call}")
    expected = step.expected
    if step.ends:
        lines += [f"if not {image}:", "    return" if is_test else "    sys.exit(0)  # rejected"]
        return lines
    if expected is None or expected.outcome == "either":
        return lines
    if expected.outcome == "accepted":
        return [*lines, *_check(image, "accepted", "(status, code)", is_test)]
    lines += _check(f"not {image} and 400 <= status < 500", "rejected, with a 4xx status",
                    f"({image}, status, code)", is_test)  # fmt: skip
    if isinstance(expected.codes, tuple):
        allowed = ", ".join(python_text(code) for code in expected.codes)
        lines += _check(f"code in [{allowed}]", "code " + " or ".join(expected.codes), "code",
                        is_test)  # fmt: skip
    elif step.is_no_dry_run:
        lines += _check(f'code != "{DRY_RUN_CODE}"', f"no {DRY_RUN_CODE}", "code", is_test)
    return lines


def _describe(step: Describe) -> list[str]:
    name = step.variable
    match step.view:
        case View.IMAGE:
            lines = [f"{name} = describe_image(image_id)"]
            return [*lines, "mappings = mappings_of(image)"]
        case View.FIRST_IMAGE:
            return [f"{name} = describe_image(first_image_id)"]
        case View.NEW_IMAGE:
            return [f"{name} = describe_image(image_id, pending=True)"]
        case View.NAMED:
            which = f'{{"Name": "name", "Values": [{python_text(step.name)}]}}'
            return [f"{name} = images_of(Filters=[{which}])"]
        case View.LISTED:
            return [f'{name} = names_of(images_of(Owners=["self"]))']
        case View.INCLUDED:
            which = 'Owners=["self"], IncludeDisabled=True'
            return [f"{name} = names_of(images_of({which}))"]
        case View.SNAPSHOTS:
            return [f"{name} = describe_snapshots(source_id)"]
        case View.INSTANCE:
            return [f"{name} = describe_instance(source_id)", "account = instance_owner(source_id)"]
        case View.VOLUMES:
            return [f"{name} = describe_volumes(source_id)"]
        case View.CONSOLE:
            return [
                "time.sleep(120)  # Until the console may show a boot.",
                f'{name} = ec2.get_console_output(InstanceId=source_id).get("Output")',
            ]
        case View.SHARED:
            which = '{"Name": "snapshot-id", "Values": [snapshot_id]}'
            return [f'{name} = ec2.describe_snapshots(Filters=[{which}])["Snapshots"]']
        case View.TAGS:
            return [f"{name} = described_tags(image_id)"]
        case View.LAUNCHED:
            return [f"{name} = describe_instance(launched_ids[-1])"]


_ACTIONS = {
    Action.LAUNCH: "attempt(launch, ImageId=image_id)",
    Action.DEREGISTER: "attempt(ec2.deregister_image, ImageId=image_id)",
    Action.DEREGISTER_WITH_SNAPSHOTS: "attempt(ec2.deregister_image, ImageId=image_id,"
    " DeleteAssociatedSnapshots=True)",
    Action.DISABLE: "attempt(ec2.disable_image, ImageId=image_id)",
    Action.DELETE_SNAPSHOT: "attempt(ec2.delete_snapshot, SnapshotId=snapshot)",
    Action.TAG: "attempt(ec2.create_tags, Resources=resources, Tags=tags)",
}


def _act(step: Act, is_test: bool) -> list[str]:
    lines = []
    if step.action is Action.DELETE_SNAPSHOT:
        lines.append("snapshot = max(snapshot_ids(image))")
    if step.action is Action.TAG:
        lines.append('tags = [{"Key": "later", "Value": "yes"}]')
        lines.append("resources = [image_id, *snapshot_ids(image)]")
    lines.append(f"code = {_ACTIONS[step.action]}")
    what = step.action.value
    if step.due is True:
        lines += _check("code is None", f"{what} succeeds", "code", is_test)
    elif step.due is False:
        lines += _check("code is not None", f"{what} is rejected", '"a success"', is_test)
    if step.action in SLOW:
        lines.append("time.sleep(10)  # The endpoint may need a moment.")
    return lines


def _is_expressible(request: Request) -> bool:
    """Whether boto3 sends the request as recorded."""
    spaces = any(" " in value for _, value in request.params)
    usual = Form(space="+" if spaces else request.form.space)
    try:
        arguments(request.params)
    except NotExpressible:
        return False
    return request.form == usual


def _body(request: Request) -> str:
    """A Python expression of the encoded parameters."""
    found: list[str] = []
    for part in parts(query(request)):
        found.append(part.value if isinstance(part, Var) else _wrapped(part))
    return " + ".join(found) or '""'


def _wrapped(text: str) -> str:
    return python_text(text)


def _keywords(request: Request) -> str:
    given = arguments(request.params)
    if len(given) < 3 and not any("\n" in _literal(v, 1) for v in given.values()):
        return ", ".join(f"{k}={_literal(v, 1)}" for k, v in given.items())
    return "".join(f"\n    {k}={_literal(v, 1)}," for k, v in given.items()) + "\n"


def _literal(value: Any, depth: int) -> str:
    """A Python literal, one member per line."""
    inner = "\n" + "    " * (depth + 1)
    end = "\n" + "    " * depth
    if isinstance(value, dict):
        items = (f"{inner}{python_text(k)}: {_literal(v, depth + 1)}," for k, v in value.items())
        return "{" + "".join(items) + end + "}"
    if isinstance(value, list):
        return "[" + "".join(f"{inner}{_literal(v, depth + 1)}," for v in value) + end + "]"
    return python_text(value) if isinstance(value, str) else repr(value)
