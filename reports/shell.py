"""A request as POSIX shell commands: with curl and, if possible, the AWS CLI."""

from __future__ import annotations

import json
import shlex
import string
from collections.abc import Sequence
from urllib.parse import quote, urlsplit

from conformance.model.request import Form, Request, Signing, action
from reports.escape import visible
from reports.members import NotExpressible, arguments

READABLE = frozenset(string.ascii_letters + string.digits + string.punctuation)
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
     Signing.PAST, Signing.FUTURE}
)  # fmt: skip

_IMAGE_ID = r"sed -n 's:.*<imageId>\([^<]*\)</imageId>.*:\1:p'"


def encode(text: str, space: str = "%20") -> str:
    """A name or value, percent-encoded; ``space`` replaces a space."""
    return quote(text, safe="-_.~", errors="surrogatepass").replace("%20", space)


def query(request: Request) -> str:
    """The encoded parameters of a body or a query string."""
    space = request.form.space
    return "&".join(f"{encode(k, space)}={encode(v, space)}" for k, v in request.params)


def how_signed(signing: Signing) -> str:
    """How a request is signed, as a phrase after "signed"."""
    return SIGNED.get(signing, f"in the way called {signing.value!r}")


def curl(
    request: Request,
    *,
    endpoint: str,
    region: str,
    before: Sequence[Request] = (),
    describe: str = "",
) -> str:
    """Commands that send exactly these requests, and then show the effect.

    ``describe`` names the resource to show: ``image``, ``snapshots``, ``instance`` or empty.
    """
    lines = [_curl(r, endpoint, region) for r in before]
    line = _curl(request, endpoint, region)
    if any(len(word) > LONGEST_ARGUMENT for word in line.split(" ")):
        return "# a value is too long for a command line: use the boto3 script"
    if not describe:
        return "\n".join([*lines, line])
    *notes, line = line.replace("curl -sSi", "curl -sS", 1).split("\n")
    lines += [*notes, f"image=$({line} | {_IMAGE_ID})"]
    if describe == "instance":
        show = action("DescribeInstances", [("InstanceId.1", request.instance_id or "")])
        lines.append(_curl(show, endpoint, region))
    else:
        show, id = action("DescribeImages"), '--data-urlencode "ImageId.1=$image"'
        lines.append(_curl(show, endpoint, region, id))
    if describe == "snapshots":
        lines.append("# Then call DescribeSnapshots with the snapshot ids of the image.")
    return "\n".join(lines)


def _curl(request: Request, endpoint: str, region: str, extra: str = "") -> str:
    form = request.form
    # Many releases of curl sign a query string in the given order, but the signature requires it
    # sorted. Sorting by name keeps the order of repeated names.
    get = form.verb == "GET"
    params = sorted(request.params, key=lambda p: p[0]) if get else request.params
    words = ["curl -sSi", *_curl_verb(form), *_curl_signing(request.signing, endpoint, region)]
    words += [_curl_parameter(name, value, form.space) for name, value in params]
    words += ["-d ''"] * (not params) + [extra] * bool(extra)
    note = ""
    if request.signing not in _CURL_SIGNS:
        note = f"# This request must be signed {how_signed(request.signing)}.\n"
    return note + " ".join([*words, shlex.quote(public_address(endpoint))])


def _curl_verb(form: Form) -> list[str]:
    if form.verb == "GET":
        return ["-G"]
    words = [] if form.verb == "POST" else [f"-X {shlex.quote(form.verb)}"]
    if form.content_type != Form().content_type:
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
    if name and value != encoded and READABLE.issuperset(value):
        return f"--data-urlencode {shlex.quote(f'{name}={value}')}"
    return f"-d {shlex.quote(f'{name}={encoded}')}"


def public_address(endpoint: str) -> str:
    """The endpoint's address without user name and password."""
    parts = urlsplit(endpoint)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, path=parts.path or "/").geturl()


def aws_cli(
    request: Request,
    *,
    endpoint: str,
    region: str,
    before: Sequence[Request] = (),
    describe: str = "",
) -> str:
    """AWS CLI commands, or a comment that says why the CLI cannot send the request."""
    try:
        lines = [_aws(r, endpoint, region) for r in before]
        line = _aws(request, endpoint, region)
    except NotExpressible as why:
        return visible(f"# the AWS CLI cannot send this: {why}")
    if len(line) > LONGEST_ARGUMENT:
        return "# a value is too long for a command line: use the boto3 script"
    if not describe:
        return "\n".join([*lines, line])
    *notes, line = line.splitlines()
    lines += [*notes, f"image=$({line} --query ImageId --output text)"]
    show = _aws_base("describe-images", endpoint, region) + ' --image-ids "$image"'
    if describe == "instance":
        show = _aws_base("describe-instances", endpoint, region)
        show += f" --instance-ids {shlex.quote(request.instance_id or '')}"
    elif describe == "snapshots":
        ids = f"{show} --query 'Images[].BlockDeviceMappings[].Ebs.SnapshotId' --output text"
        show = _aws_base("describe-snapshots", endpoint, region) + f" --snapshot-ids $({ids})"
    return "\n".join([*lines, show])


def _aws_base(command: str, endpoint: str, region: str) -> str:
    where = f"--endpoint-url {shlex.quote(public_address(endpoint))} --region {shlex.quote(region)}"
    return f"aws ec2 {command} {where}"


def _aws(request: Request, endpoint: str, region: str) -> str:
    form = request.form
    if form != Form(space=form.space):
        raise NotExpressible("it always posts a form")
    if request.signing not in (Signing.VALID, Signing.ABSENT, *LACKING):
        raise NotExpressible(f"it cannot sign {how_signed(request.signing)}")
    given = arguments(request.params)
    for name, shortest in (("InstanceId", 0), ("Name", 3)):
        if name not in given:
            raise NotExpressible(f"it requires {name}")
        if len(given[name]) < shortest:
            raise NotExpressible(f"it rejects a {name} of fewer than {shortest} characters")
    line = _aws_base("create-image", endpoint, region)
    line += " --no-sign-request" * (request.signing is Signing.ABSENT)
    line += f" --cli-input-json {shlex.quote(json.dumps(given))}"
    notes = ""
    if request.signing in LACKING:
        notes += f"# This request must be signed {how_signed(request.signing)}.\n"
    if form.space != "+" and any(" " in value for _, value in request.params):
        notes += f"# The CLI sends + for a space; the request had {form.space}.\n"
    return notes + line
