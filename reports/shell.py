"""A reproduction as a POSIX shell script with curl, and a request as one curl command."""

from __future__ import annotations

import shlex
from urllib.parse import quote, urlsplit

from conformance.model.request import Form, Request, Signing
from reports.escape import visible
from reports.quoting import is_printable, shell_text
from reports.shell_helpers import SHELL_SOURCES, shell_helpers
from reports.steps import Act, Action, Answer, Check, Create, Describe, Plan, Source, Step, View
from reports.variables import Var, parts

HOW_TO_GET_ONE = (
    "INSTANCE_ID is a running EBS-backed instance, such as one of"
    " aws ec2 run-instances --image-id ami-... --instance-type t3.micro"
)


LONGEST_ARGUMENT = 100_000
"""Linux limits an argument to 128 KiB."""

SIGNED = {
    Signing.QUERY: "with the signature in the query string",
    Signing.QUERY_WRONG_SECRET: "with the signature of a wrong secret in the query string",
    Signing.V2: "with signature version 2",
    Signing.V2_WRONG_SECRET: "with signature version 2 and a wrong secret",
    Signing.WRONG_SECRET: "with a valid key and a wrong secret",
    Signing.MALFORMED: "with an Authorization header that lacks the signature",
    Signing.UNKNOWN_KEY: "with an unknown access key",
    Signing.PAST: "with a date in the past",
    Signing.FUTURE: "with a date in the future",
    Signing.DENIED: "with credentials that do not permit ec2:CreateImage",
    Signing.NO_TAGS: "with credentials that permit ec2:CreateImage but not ec2:CreateTags",
}
"""How a request is signed unless with a valid signature version 4 header; completes "signed"."""

LACKING = (Signing.DENIED, Signing.NO_TAGS)
"""Valid signatures by credentials that lack a permission."""

_CURL_SIGNS = frozenset(
    {Signing.VALID, Signing.ABSENT, Signing.WRONG_SECRET, Signing.MALFORMED, Signing.UNKNOWN_KEY,
     Signing.PAST, Signing.FUTURE, *LACKING}
)  # fmt: skip


def encode(text: str, space: str = "%20") -> str:
    """A name or value, percent-encoded; ``space`` replaces a space."""
    return "".join(
        part.mark
        if isinstance(part, Var)
        else quote(part, safe="-_.~", errors="surrogatepass").replace("%20", space)
        for part in parts(text)
    )


def query(request: Request) -> str:
    """The encoded parameters of a body or a query string."""
    space = request.form.space
    return "&".join(f"{encode(k, space)}={encode(v, space)}" for k, v in request.params)


def how_signed(signing: Signing) -> str:
    """How a request is signed, as a phrase after "signed"."""
    return SIGNED.get(signing, f"in the way called {signing.value!r}")


def lacking_note(signing: Signing) -> list[str]:
    """A comment that says which credentials LACKING_ACCESS_KEY_ID names, if a script needs them."""
    if signing not in LACKING:
        return []
    return [f"# LACKING_ACCESS_KEY_ID, LACKING_SECRET_ACCESS_KEY: {SIGNED[signing][5:]}"]


def curl(plan: Plan, title: str, *, endpoint: str, region: str) -> str:
    """A script that shows the deviation: it prints DEVIATION and exits with 1 where a command can
    see it, and prints the answers where they must be read."""
    last = [step for step in plan.steps if isinstance(step, Create)][-1]
    if last.request.signing not in _CURL_SIGNS:
        return f"# curl cannot send this: it cannot sign {how_signed(last.request.signing)}"
    steps = [_step(step, plan, endpoint, region) for step in plan.steps]
    body = [*_setup(plan), *(line for lines in steps for line in lines)]
    if any(len(word) > LONGEST_ARGUMENT for line in body for word in line.split(" ")):
        return "# a value is too long for a command line: use the boto3 script"
    head = [f"# {visible(title)}", *lacking_note(last.request.signing)]
    head += [f"# {HOW_TO_GET_ONE}"] * (Var.INSTANCE in plan.needs)
    ec2 = [f'ec2() {{ {_curl_command(endpoint, region)} "$@" {_address(endpoint)}; }}']
    return "\n".join([*head, *ec2, *shell_helpers("\n".join(body)), *body])


def curl_request(request: Request, *, endpoint: str, region: str) -> str:
    """One command that sends a request, or why curl cannot."""
    if request.signing not in _CURL_SIGNS:
        return f"# curl cannot send this: it cannot sign {how_signed(request.signing)}"
    line = _curl(request, endpoint, region)
    if any(len(word) > LONGEST_ARGUMENT for word in line.split(" ")):
        return "# a value is too long for a command line: use the boto3 script"
    return line


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
    line = _curl(step.request, endpoint, region, plan.exact_header)
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
    if step.action in (Action.DEREGISTER, Action.DISABLE):
        lines.append("sleep 10  # The endpoint may need a moment.")
    return lines


def _curl(request: Request, endpoint: str, region: str, exact_header: bool = False) -> str:
    form = request.form
    # Many releases of curl sign a query string in the given order, but the signature requires it
    # sorted. Sorting by name keeps the order of repeated names.
    get = form.verb == "GET"
    params = sorted(request.params, key=lambda p: p[0]) if get else request.params
    words = [
        "curl -sSi",
        *_curl_verb(form, exact_header),
        *_curl_signing(request.signing, endpoint, region),
    ]
    words += [_curl_parameter(name, value, form.space) for name, value in params]
    words += ["-d ''"] * (not params)
    return " ".join([*words, _address(endpoint)])


def _curl_command(endpoint: str, region: str) -> str:
    signing = " ".join(_curl_signing(Signing.VALID, endpoint, region))
    return f"curl -sS {signing} -d Version=2016-11-15"


def _address(endpoint: str) -> str:
    return shlex.quote(public_address(endpoint))


def _curl_verb(form: Form, exact_header: bool) -> list[str]:
    if form.verb == "GET":
        return ["-G"]
    words = [] if form.verb == "POST" else [f"-X {shlex.quote(form.verb)}"]
    if exact_header or form.content_type != Form().content_type:
        words.append(f"-H {shlex.quote('Content-Type: ' + form.content_type)}")
    return words


def _curl_signing(signing: Signing, endpoint: str, region: str) -> list[str]:
    scheme = f"--aws-sigv4 {shlex.quote(f'aws:amz:{region}:ec2')}"
    key, secret, more = "$AWS_ACCESS_KEY_ID", "$AWS_SECRET_ACCESS_KEY", []
    if (urlsplit(endpoint).hostname or "").endswith(".amazonaws.com"):
        more = ["${AWS_SESSION_TOKEN:+-HX-Amz-Security-Token:$AWS_SESSION_TOKEN}"]
    match signing:
        case Signing.ABSENT:
            return []
        case Signing.MALFORMED:
            scope = f"$AWS_ACCESS_KEY_ID/$(date -u +%Y%m%d)/{encode(region)}/ec2/aws4_request"
            header = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date"
            date = '-H "X-Amz-Date: $(date -u +%Y%m%dT%H%M%SZ)"'
            return [f'-H "Authorization: {header}"', date]
        case Signing.DENIED | Signing.NO_TAGS:
            key, secret = "$LACKING_ACCESS_KEY_ID", "$LACKING_SECRET_ACCESS_KEY"
        case Signing.WRONG_SECRET:
            secret = "not-the-secret"
        case Signing.UNKNOWN_KEY:
            key, secret, more = "AKIDEXAMPLE", "not-the-secret", []
        case Signing.PAST | Signing.FUTURE:
            hour = "1 hour ago" if signing is Signing.PAST else "1 hour"
            more = [f"-H \"X-Amz-Date: $(date -u -d '{hour}' +%Y%m%dT%H%M%SZ)\"", *more]
        case _:
            pass
    return [scheme, f'--user "{key}:{secret}"', *more]


def _curl_parameter(name: str, value: str, space: str) -> str:
    """One parameter. curl encodes it if that is more readable, else it is given encoded.

    Releases of curl differ in how they encode a space, and shells cannot pass NUL.
    """
    name, encoded = encode(name, space), encode(value, space)
    if name and value != encoded and " " not in value and is_printable(value):
        return f"--data-urlencode {shell_text(f'{name}={value}')}"
    return f"-d {shell_text(f'{name}={encoded}')}"


def public_address(endpoint: str) -> str:
    """The endpoint's address without user name and password."""
    parts = urlsplit(endpoint)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, path=parts.path or "/").geturl()
