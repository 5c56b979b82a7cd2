"""A reproduction as a POSIX shell script with curl."""

from __future__ import annotations

import shlex

from conformance.model.codes import DRY_RUN_CODE
from reports.curl_command import (
    LONGEST_ARGUMENT,
    cannot_send,
    curl_command,
    describe_command,
    quoted_address,
)
from reports.escape import visible
from reports.quoting import shell_text
from reports.shell_helpers import SHELL_SOURCES, shell_helpers
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
from reports.variables import Var

HOW_TO_GET_ONE = (
    "INSTANCE_ID is a running EBS-backed instance, such as one of"
    " aws ec2 run-instances --image-id ami-... --instance-type t3.micro"
)


def curl(plan: Plan, title: str, *, endpoint: str, region: str) -> str:
    """A script that shows the deviation: it prints DEVIATION and exits with 1 where a command can
    see it, and prints the answers where they must be read."""
    last = [step for step in plan.steps if isinstance(step, Create)][-1]
    if why := cannot_send(last.request):
        return why
    steps = [_step(step, plan, endpoint, region) for step in plan.steps]
    body = [*_setup(plan), *(line for lines in steps for line in lines)]
    if any(len(word) > LONGEST_ARGUMENT for line in body for word in line.split(" ")):
        return "# a value is too long for a command line: use the boto3 script"
    head = [f"# {visible(title)}", *lacking_note(last.request.signing)]
    head += [f"# {HOW_TO_GET_ONE}"] * (Var.INSTANCE in plan.needs)
    ec2 = [f'ec2() {{ {describe_command(endpoint, region)} "$@" {quoted_address(endpoint)}; }}']
    return "\n".join([*head, *ec2, *shell_helpers("\n".join(body)), *body])


def _setup(plan: Plan) -> list[str]:
    lines = [
        f"{var}=$(od -An -N4 -tx4 /dev/urandom | tr -d ' ' | cut -c1-{count})"
        for var, count in plan.digits.items()
    ]
    if Var.INSTANCE in plan.needs:
        lines.append("instance_id=${INSTANCE_ID:?}")
    if Var.SIMILAR in plan.needs:
        lines += [
            "similar_id=${instance_id%?}0",
            '[ "$similar_id" != "$instance_id" ] || similar_id=${instance_id%?}1',
        ]
    lines += SHELL_SOURCES[plan.source]
    if Var.INSTANCE in plan.needs and plan.source is Source.GIVEN:
        lines.append("source_id=$instance_id")
    if Var.ROOT_DEVICE in plan.needs:
        lines.append('root_device=$(field "$(describe_instance "$source_id")" rootDeviceName)')
    if Var.SNAPSHOT in plan.needs:
        lines.append("make_snapshot /dev/sdf")
    return lines


def _step(step: Step, plan: Plan, endpoint: str, region: str) -> list[str]:
    match step:
        case Create():
            return _create(step, plan, endpoint, region)
        case Describe():
            return _describe(step)
        case Act():
            return _act(step)
        case Check(expected, shell=command):
            words = f"expected: {visible(expected)}"
            if not command:
                return [f"# Look for this in the answers: {words}"]
            # The command may be a pipeline.
            return [f"{{ {command}; }} || deviation {shlex.quote(words)}"]
        case Answer(expected, pattern, absent):
            sign = "! " if absent else ""
            test = f"{{ {sign}one_line | grep -Eq {shlex.quote(pattern)}; }}"
            return [f"{test} || deviation {shlex.quote('expected: ' + visible(expected))}"]


def _create(step: Create, plan: Plan, endpoint: str, region: str) -> list[str]:
    line = curl_command(step.request, endpoint, region, plan.exact_header)
    lines = [f"answer=$({line} | tr -d '\\0')", "read_answer"]
    if step.image is not Var.IMAGE:
        lines.append(f"{step.image}=$image_id")
    expected = step.expected
    if step.ends:
        return [*lines, '[ -n "$image_id" ] || exit 0  # rejected']
    if expected is None or expected.outcome == "either":
        return lines
    if expected.outcome == "accepted":
        return [*lines, '[ -n "$image_id" ] || deviation "expected: accepted"']
    lines.append(
        "case ${image_id:-none}$status in none4??) ;; *) deviation"
        ' "expected: rejected, with a 4xx status" ;; esac'
    )
    if isinstance(expected.codes, tuple):
        words = "expected: code " + " or ".join(expected.codes)
        lines.append(
            f"case $code in {' | '.join(map(shlex.quote, expected.codes))}) ;;"
            f" *) deviation {shlex.quote(words)} ;; esac"
        )
    elif step.is_no_dry_run:
        lines.append(f'[ "$code" != {DRY_RUN_CODE} ] || deviation "expected: no {DRY_RUN_CODE}"')
    return lines


_VIEWS = {
    View.IMAGE: 'described_image "$image_id"',
    View.FIRST_IMAGE: 'described_image "$first_image_id"',
    View.NEW_IMAGE: 'ec2 -d Action=DescribeImages -d "ImageId.1=$image_id"',
    View.LISTED: "ec2 -d Action=DescribeImages -d Owner.1=self",
    View.INCLUDED: "ec2 -d Action=DescribeImages -d Owner.1=self -d IncludeDisabled=true",
    View.SNAPSHOTS: "describe_snapshots",
    View.INSTANCE: 'describe_instance "$source_id"',
    View.VOLUMES: "describe_volumes",
    View.CONSOLE: 'ec2 -d Action=GetConsoleOutput -d "InstanceId=$source_id"',
    View.SHARED: "ec2 -d Action=DescribeSnapshots -d Filter.1.Name=snapshot-id"
    ' -d "Filter.1.Value.1=$snapshot_id"',
    View.TAGS: "ec2 -d Action=DescribeTags -d Filter.1.Name=resource-id"
    ' -d "Filter.1.Value.1=$image_id"',
    View.LAUNCHED: 'describe_instance "$launched_id"',
}


def _describe(step: Describe) -> list[str]:
    name = step.variable
    lines = ["sleep 120  # Until the console may show a boot."] * (step.view is View.CONSOLE)
    if step.view is View.NAMED:
        command = (
            "ec2 -d Action=DescribeImages -d Filter.1.Name=name"
            f" --data-urlencode {shell_text('Filter.1.Value.1=' + step.name)}"
        )
    else:
        command = _VIEWS[step.view]
    lines.append(f'{name}=$({command}); show "${name}"')
    if step.view is View.INSTANCE:
        lines.append(f'account=$(field "${name}" ownerId | head -n 1)')
    return lines


_ACTIONS = {
    Action.LAUNCH: 'launched=$(launch "$image_id"); launched_id=$(field "$launched" instanceId)',
    Action.DEREGISTER: 'done=$(ec2 -d Action=DeregisterImage -d "ImageId=$image_id")',
    Action.DEREGISTER_WITH_SNAPSHOTS: 'done=$(ec2 -d Action=DeregisterImage'
    ' -d "ImageId=$image_id" -d DeleteAssociatedSnapshots=true)',
    Action.DISABLE: 'done=$(ec2 -d Action=DisableImage -d "ImageId=$image_id")',
    Action.DELETE_SNAPSHOT: 'done=$(ec2 -d Action=DeleteSnapshot'
    ' -d "SnapshotId=$(field "$image" snapshotId | tail -n 1)")',
    Action.TAG: 'done=$(ec2 -d Action=CreateTags -d "ResourceId.1=$image_id"'
    " $(field \"$image\" snapshotId | awk '{print \"-d ResourceId.\" NR+1 \"=\" $1}')"
    " -d Tag.1.Key=later -d Tag.1.Value=yes)",
}  # fmt: skip


def _act(step: Act) -> list[str]:
    result = "launched" if step.action is Action.LAUNCH else "done"
    lines = [_ACTIONS[step.action], f'show "${result}"']
    if step.action is Action.LAUNCH:
        lines.append('instances="$instances $launched_id"')
        lines.append('[ -z "$launched_id" ] || wait_for running "$launched_id"')
    what = step.action.value
    if step.due is True:
        lines.append(f'! has "${result}" "<Code>" || deviation "expected: {what} succeeds"')
    elif step.due is False:
        lines.append(f'has "${result}" "<Code>" || deviation "expected: {what} is rejected"')
    if step.action in SLOW:
        lines.append("sleep 10  # The endpoint may need a moment.")
    return lines
