"""A request as commands for a POSIX shell: curl, and the AWS CLI where it can send it."""

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
"""Linux takes no argument of more than 128 KiB."""

SIGNED = {
    Signing.QUERY: "with the signature in the query string",
    Signing.QUERY_WRONG_SECRET: "with the signature of another secret in the query string",
    Signing.V2: "with signature version 2",
    Signing.V2_WRONG_SECRET: "with signature version 2, made with another secret",
    Signing.WRONG_SECRET: "with the right key and another secret",
    Signing.MALFORMED: "with an Authorization header that lacks the signature",
    Signing.UNKNOWN_KEY: "with a key that nobody was given",
    Signing.PAST: "with a date in the past",
    Signing.FUTURE: "with a date in the future",
    Signing.DENIED: "with credentials of somebody who may not create images",
    Signing.NO_TAGS: "with credentials of somebody who may create images and not tag them",
}
"""How a request is signed where it is not signed as usual, as the end of a sentence."""

LACKING = (Signing.DENIED, Signing.NO_TAGS)
"""Signed validly, by somebody who is not allowed everything."""

_CURL_SIGNS = frozenset(
    {Signing.VALID, Signing.ABSENT, Signing.WRONG_SECRET, Signing.MALFORMED, Signing.UNKNOWN_KEY,
     Signing.PAST, Signing.FUTURE}
)  # fmt: skip

_IMAGE_ID = r"sed -n 's:.*<imageId>\([^<]*\)</imageId>.*:\1:p'"


def encode(text: str, space: str = "%20") -> str:
    """A name or value percent-encoded, a space in the given form."""
    return quote(text, safe="-_.~", errors="surrogatepass").replace("%20", space)


def query(request: Request) -> str:
    """The parameters as they stand in a body or a query string."""
    space = request.form.space
    return "&".join(f"{encode(k, space)}={encode(v, space)}" for k, v in request.params)


def how_signed(signing: Signing) -> str:
    """How a request is signed, as the end of a sentence."""
    return SIGNED.get(signing, f"in the way called {signing.value!r}")


def curl(
    request: Request,
    *,
    endpoint: str,
    region: str,
    before: Sequence[Request] = (),
    describe: str = "",
) -> str:
    """Commands that send a request exactly; then, where asked for, one that shows the effect.

    ``describe`` is ``image``, ``snapshots``, ``instance`` or nothing.
    """
    lines = [_curl(r, endpoint, region) for r in before]
    line = _curl(request, endpoint, region)
    if any(len(word) > LONGEST_ARGUMENT for word in line.split(" ")):
        return "# a value is too long for a command line; use the boto3 script"
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
        lines.append("# then DescribeSnapshots, with the snapshot ids that it shows")
    return "\n".join(lines)


def _curl(request: Request, endpoint: str, region: str, extra: str = "") -> str:
    form = request.form
    # Of curl's releases that are still installed many sign a query string in the order given,
    # though the signature wants it sorted; the order of two of one name is kept.
    get = form.verb == "GET"
    params = sorted(request.params, key=lambda p: p[0]) if get else request.params
    words = ["curl -sSi", *_curl_verb(form), *_curl_signing(request.signing, endpoint, region)]
    words += [_curl_parameter(name, value, form.space) for name, value in params]
    words += ["-d ''"] * (not params) + [extra] * bool(extra)
    note = ""
    if request.signing not in _CURL_SIGNS:
        note = f"# to be signed {how_signed(request.signing)}\n"
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
    """One parameter: encoded by curl where that reads better, else as it is to stand on the wire.

    Releases of curl encode a space in either of the two forms, and no shell passes NUL on.
    """
    name, encoded = encode(name, space), encode(value, space)
    if name and value != encoded and READABLE.issuperset(value):
        return f"--data-urlencode {shlex.quote(f'{name}={value}')}"
    return f"-d {shlex.quote(f'{name}={encoded}')}"


def public_address(endpoint: str) -> str:
    """The endpoint's address, without a password that somebody put into it."""
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
    """Commands for the AWS CLI, or a comment that says why it cannot send the request."""
    try:
        lines = [_aws(r, endpoint, region) for r in before]
        line = _aws(request, endpoint, region)
    except NotExpressible as why:
        return visible(f"# the AWS CLI cannot send this: {why}")
    if len(line) > LONGEST_ARGUMENT:
        return "# a value is too long for a command line; use the boto3 script"
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
        raise NotExpressible(f"it signs validly, not {how_signed(request.signing)}")
    given = arguments(request.params)
    for name, shortest in (("InstanceId", 0), ("Name", 3)):
        if name not in given:
            raise NotExpressible(f"it insists on {name}")
        if len(given[name]) < shortest:
            raise NotExpressible(f"it refuses a {name} of fewer than {shortest} characters")
    line = _aws_base("create-image", endpoint, region)
    line += " --no-sign-request" * (request.signing is Signing.ABSENT)
    line += f" --cli-input-json {shlex.quote(json.dumps(given))}"
    notes = ""
    if request.signing in LACKING:
        notes += f"# to be signed {how_signed(request.signing)}\n"
    if form.space != "+" and any(" " in value for _, value in request.params):
        notes += f"# sends + for a space, where the request had {form.space}\n"
    return notes + line
