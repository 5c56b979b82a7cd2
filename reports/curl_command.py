"""A request as one curl command."""

from __future__ import annotations

import re
import shlex
from urllib.parse import quote, urlsplit

from conformance.model.request import Form, Request, Signing
from reports.quoting import is_printable, shell_text
from reports.signing import LACKING, how_signed
from reports.variables import Var, parts

LONGEST_ARGUMENT = 100_000
"""Linux limits an argument to 128 KiB."""

CURL_SIGNS = frozenset(
    {Signing.VALID, Signing.ABSENT, Signing.WRONG_SECRET, Signing.MALFORMED, Signing.UNKNOWN_KEY,
     Signing.PAST, Signing.FUTURE, *LACKING}
)  # fmt: skip


_ENCODED = re.compile("%(?!20)")
"""A percent-encoded character of a query string, but for a space."""


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


def cannot_send(request: Request) -> str:
    """Why curl cannot send a request, as a comment; empty if it can."""
    if request.signing not in CURL_SIGNS:
        return f"# curl cannot send this: it cannot sign {how_signed(request.signing)}"
    signed = request.signing is not Signing.ABSENT
    if signed and request.form.verb == "GET" and _ENCODED.search(query(request)):
        return "# curl cannot send this: many releases encode a query twice when they sign it"
    return ""


def curl_request(request: Request, *, endpoint: str, region: str) -> str:
    """One command that sends a request, or why curl cannot."""
    if why := cannot_send(request):
        return why
    line = curl_command(request, endpoint, region)
    if any(len(word) > LONGEST_ARGUMENT for word in line.split(" ")):
        return "# a value is too long for a command line: use the boto3 script"
    return line


def curl_command(request: Request, endpoint: str, region: str, exact_header: bool = False) -> str:
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
    return " ".join([*words, quoted_address(endpoint)])


def describe_command(endpoint: str, region: str) -> str:
    signing = " ".join(_curl_signing(Signing.VALID, endpoint, region))
    return f"curl -sS {signing} -d Version=2016-11-15"


def quoted_address(endpoint: str) -> str:
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
