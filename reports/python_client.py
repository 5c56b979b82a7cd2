"""The boto3 client of a Python script, and the hook that sends recorded parameters."""

from __future__ import annotations

from conformance.model.request import Form, Signing
from reports.curl_command import public_address
from reports.members import NotExpressible
from reports.quoting import python_text
from reports.signing import how_signed

_SIGNED_BY_BOTO3 = {
    Signing.VALID: (),
    Signing.ABSENT: (),
    Signing.DENIED: (
        'aws_access_key_id=os.environ["LACKING_ACCESS_KEY_ID"],',
        'aws_secret_access_key=os.environ["LACKING_SECRET_ACCESS_KEY"],',
    ),
    Signing.NO_TAGS: (
        'aws_access_key_id=os.environ["LACKING_ACCESS_KEY_ID"],',
        'aws_secret_access_key=os.environ["LACKING_SECRET_ACCESS_KEY"],',
    ),
    Signing.WRONG_SECRET: (
        "aws_access_key_id=boto3.Session().get_credentials().access_key,",
        'aws_secret_access_key="not-the-secret",',
    ),
    Signing.UNKNOWN_KEY: (
        'aws_access_key_id="AKIDEXAMPLE",',
        'aws_secret_access_key="not-the-secret",',
    ),
}
"""The ways of signing that boto3 supports, with the key arguments that each needs."""


def as_sent(form: Form) -> list[str]:
    """A hook that makes boto3 sign and send recorded parameters, all in the form of the last."""
    lines = ["", "# This hook replaces the request that boto3 builds from its arguments."]
    lines += ["sent = []", "", "", "def as_sent(params, **_):"]
    if form.verb == "GET":
        lines += ['    params["method"] = "GET"', '    params["url"] += "?" + sent.pop(0)']
        lines += ['    params["body"] = b""', '    params["headers"].pop("Content-Type", None)']
    else:
        if form.verb != "POST":
            lines.append(f'    params["method"] = {python_text(form.verb)}')
        if form.content_type != Form().content_type:
            lines.append(
                f'    params["headers"]["Content-Type"] = {python_text(form.content_type)}'
            )
        lines.append('    params["body"] = sent.pop(0).encode()')
    return [*lines, "", "", 'signed.meta.events.register("before-call.ec2.CreateImage", as_sent)']


def client(signing: Signing, endpoint: str, region: str) -> list[str]:
    """The client ``ec2``, and ``signed``, which signs CreateImage in the recorded way."""
    if signing not in _SIGNED_BY_BOTO3:
        raise NotExpressible(f"boto3 cannot sign {how_signed(signing)}")
    where = [
        f"endpoint_url={python_text(public_address(endpoint))},",
        f"region_name={python_text(region)},",
    ]
    plain = 'config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),'
    lines = ["ec2 = boto3.client(", '    "ec2",', *indented([*where, plain]), ")"]
    if signing is Signing.VALID:
        return [*lines, "signed = ec2"]
    if signing is Signing.ABSENT:
        plain = plain.replace("Config(", "Config(signature_version=UNSIGNED, ")
    keys = _SIGNED_BY_BOTO3[signing]
    return [*lines, "signed = boto3.client(", '    "ec2",', *indented([*where, *keys, plain]), ")"]


def indented(lines: list[str] | tuple[str, ...]) -> list[str]:
    """The lines, one level deeper."""
    return ["    " + line.replace("\n", "\n    ") if line else line for line in lines]
