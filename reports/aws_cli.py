"""A reproduction as a POSIX shell script with the AWS CLI, or why the CLI cannot send it."""

from __future__ import annotations

import json
import shlex

from conformance.model.request import Form, Request, Signing
from reports.curl_command import LONGEST_ARGUMENT, public_address
from reports.escape import visible
from reports.members import NotExpressible, arguments
from reports.quoting import shell_text
from reports.shell import HOW_TO_GET_ONE
from reports.signing import how_signed
from reports.steps import Act, Action, Answer, Check, Create, Describe, Plan, Source, Step, View
from reports.variables import Var


def aws_cli(plan: Plan, title: str, *, endpoint: str, region: str) -> str:
    """A script that prints the answers, and DEVIATION where the outcome is not the expected one."""
    try:
        body = [line for step in plan.steps for line in _step(step)]
        if plan.source is not Source.GIVEN or {Var.SNAPSHOT, Var.SIMILAR} & plan.needs:
            what = "a snapshot" if plan.source is Source.GIVEN else f"an instance, {plan.source},"
            raise NotExpressible(f"it needs {what} that the curl and boto3 scripts make")
    except NotExpressible as why:
        return visible(f"# the AWS CLI cannot send this: {why}")
    if any(len(word) > LONGEST_ARGUMENT for line in body for word in line.split(" ")):
        return "# a value is too long for a command line: use the boto3 script"
    where = f"--endpoint-url {shlex.quote(public_address(endpoint))} --region {shlex.quote(region)}"
    setup = [
        f"{var}=$(od -An -N4 -tx4 /dev/urandom | tr -d ' ' | cut -c1-{count})"
        for var, count in plan.digits.items()
    ]
    if Var.INSTANCE in plan.needs:
        setup += ["instance_id=${INSTANCE_ID:?}", "source_id=$instance_id"]
    if Var.ROOT_DEVICE in plan.needs:
        query = "--query 'Reservations[0].Instances[0].RootDeviceName' --output text"
        setup.append(f'root_device=$(ec2 describe-instances --instance-ids "$source_id" {query})')
    head = [f"# {visible(title)}"] + [f"# {HOW_TO_GET_ONE}"] * (Var.INSTANCE in plan.needs)
    head += [f'ec2() {{ aws ec2 "$@" {where}; }}', _HELPERS]
    return "\n".join([*head, *setup, *body])


_HELPERS = r"""deviation() { echo "DEVIATION: $1; observed: see above"; exit 1; }
read_answer() {
    printf '%s\n' "$answer"
    image_id=$(printf '%s' "$answer" | sed -n 's:.*"ImageId"\: "\([^"]*\)".*:\1:p')
    code=$(printf '%s' "$answer" | sed -n 's:.*An error occurred (\([^)]*\)).*:\1:p')
    images="$images $image_id"
}
clean_up() {  # removes the created resources; a failed removal leaves one
    for id in $images; do
        snapshots=$(ec2 describe-images --image-ids "$id" --output text \
            --query 'Images[].BlockDeviceMappings[].Ebs.SnapshotId')
        ec2 deregister-image --image-id "$id"
        for snapshot in $snapshots; do ec2 delete-snapshot --snapshot-id "$snapshot"; done
    done
    for id in $launched; do ec2 terminate-instances --instance-ids "$id"; done
} >/dev/null 2>&1
trap clean_up EXIT
images='' launched=''"""


def _step(step: Step) -> list[str]:
    match step:
        case Create():
            return _create(step)
        case Describe(view, _, name):
            wait = "ec2 wait image-available --image-ids " if view is View.IMAGE else ""
            lines = [f'{wait}"$image_id"'] if wait else []
            return [*lines, _VIEWS[view].replace("{name}", shell_text(f"Name=name,Values={name}"))]
        case Act(action, due):
            line = _ACTIONS[action]
            words = f"expected: {action.value} {'succeeds' if due else 'is rejected'}"
            sign = "||" if due else "&&"
            return [line] if due is None else [f"{line} {sign} deviation {shlex.quote(words)}"]
        case Check(expected) | Answer(expected):
            return [f"# Look for this in the answers: expected: {visible(expected)}"]


_VIEWS = {
    View.IMAGE: 'ec2 describe-images --image-ids "$image_id"',
    View.NEW_IMAGE: 'ec2 describe-images --image-ids "$image_id"',
    View.FIRST_IMAGE: 'ec2 describe-images --image-ids "$first_image_id"',
    View.NAMED: "ec2 describe-images --filters {name}",
    View.LISTED: "ec2 describe-images --owners self",
    View.INCLUDED: "ec2 describe-images --owners self --include-disabled",
    View.SNAPSHOTS: "ec2 describe-snapshots --owner-ids self",
    View.INSTANCE: 'ec2 describe-instances --instance-ids "$source_id"',
    View.VOLUMES: "ec2 describe-volumes --filters "
    '"Name=attachment.instance-id,Values=$source_id"',
    View.CONSOLE: 'sleep 120; ec2 get-console-output --instance-id "$source_id"',
    View.SHARED: 'ec2 describe-snapshots --filters "Name=snapshot-id,Values=$snapshot_id"',
    View.TAGS: 'ec2 describe-tags --filters "Name=resource-id,Values=$image_id"',
    View.LAUNCHED: 'ec2 describe-instances --instance-ids "$launched"',
}  # fmt: skip
_LAUNCH = (
    'launched=$(ec2 run-instances --image-id "$image_id" --query "Instances[0].InstanceId"'
    " --output text)"
)
_ACTIONS = {
    Action.LAUNCH: _LAUNCH,
    Action.DEREGISTER: 'ec2 deregister-image --image-id "$image_id"',
    Action.DEREGISTER_WITH_SNAPSHOTS: 'ec2 deregister-image --image-id "$image_id"'
    " --delete-associated-snapshots",
    Action.DISABLE: 'ec2 disable-image --image-id "$image_id"',
    Action.DELETE_SNAPSHOT: "ec2 delete-snapshot --snapshot-id $(ec2 describe-images --image-ids"
    ' "$image_id" --query "Images[0].BlockDeviceMappings[0].Ebs.SnapshotId" --output text)',
    Action.TAG: 'ec2 create-tags --resources "$image_id" --tags Key=later,Value=yes',
}


def _create(step: Create) -> list[str]:
    lines = [*_notes(step.request), f"answer=$({_aws(step.request)} 2>&1)", "read_answer"]
    if step.image is not Var.IMAGE:
        lines.append(f"{step.image}=$image_id")
    expected = step.expected
    if step.ends:
        return [*lines, '[ -n "$image_id" ] || exit 0  # rejected']
    if expected is None or expected.outcome == "either":
        return lines
    if expected.outcome == "accepted":
        return [*lines, '[ -n "$image_id" ] || deviation "expected: accepted"']
    lines.append('[ -n "$code" ] || deviation "expected: rejected"')
    if isinstance(expected.codes, tuple):
        words = shlex.quote("expected: code " + " or ".join(expected.codes))
        codes = " | ".join(map(shlex.quote, expected.codes))
        lines.append(f"case $code in {codes}) ;; *) deviation {words} ;; esac")
    return lines


def _aws(request: Request) -> str:
    if request.form != Form(space=request.form.space):
        raise NotExpressible("it always posts a form")
    if request.signing not in (Signing.VALID, Signing.ABSENT):
        raise NotExpressible(f"it cannot sign {how_signed(request.signing)}")
    given = arguments(request.params)
    for name, shortest in (("InstanceId", 0), ("Name", 3)):
        if name not in given:
            raise NotExpressible(f"it requires {name}")
        if len(given[name]) < shortest:
            raise NotExpressible(f"it rejects a {name} of fewer than {shortest} characters")
    line = "ec2 create-image" + " --no-sign-request" * (request.signing is Signing.ABSENT)
    # The marks of variables must survive the JSON encoder, which escapes all but ASCII.
    text = json.dumps(given, ensure_ascii=False)
    return f"{line} --cli-input-json {shell_text(text)}"


def _notes(request: Request) -> list[str]:
    notes = []
    if request.form.space != "+" and any(" " in value for _, value in request.params):
        notes.append(f"# The CLI sends + for a space; the request had {request.form.space}.")
    return notes
