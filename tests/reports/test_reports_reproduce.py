"""Reproductions send what was sent: checked on the wire."""

from __future__ import annotations

import ast
import http.server
import json
import shlex
import shutil
import threading
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
import reports_factory as make
from reports_scripts import KEYS, SESSION, Params, made, python, shell

from conformance.model.request import Signing
from reports.members import NotExpressible, arguments
from reports.results import WireForm

HEAD = (("Action", "CreateImage"), ("Version", "2016-11-15"))

AWKWARD: dict[str, Params] = {
    "plain": make.params(),
    "quotes": make.params(Name='it\'s "a" $(name) `x` \\ !!'),
    "newlines": make.params(Description="one\ntwo\r\n\tthree\n"),
    "nul": make.params(Name="a\x00b\x1b[2J"),
    "unicode": make.params(Name="ünïcode \u202e \U0001f600"),
    "signs": make.params(Name="@file a+b=c&d%20;#<>"),
    "file": make.params(Description="file:///etc/hostname", Name="@/etc/hostname"),
    "empty": make.params(Description="", Name=""),
    "repeated": (*make.params(), ("Name", "second")),
    "nameless": (*make.params(), ("", "value"), ("Odd Name=", "x")),
    "swapped": (("Version", "2016-11-15"), ("Action", "CreateImage"), ("Name", "abc")),
    "gap": (*make.params(), ("BlockDeviceMapping.2.DeviceName", "/dev/sdb")),
    "lists": (
        *make.params(NoReboot="true", DryRun="false"),
        ("BlockDeviceMapping.1.DeviceName", "/dev/sda1"),
        ("BlockDeviceMapping.1.Ebs.DeleteOnTermination", "false"),
        ("BlockDeviceMapping.1.Ebs.VolumeSize", "8"),
        ("BlockDeviceMapping.2.DeviceName", "/dev/sdb"),
        ("BlockDeviceMapping.2.NoDevice", ""),
        ("TagSpecification.1.ResourceType", "image"),
        ("TagSpecification.1.Tag.1.Key", "k"),
        ("TagSpecification.1.Tag.1.Value", "v w"),
    ),
    "booleans": make.params(NoReboot="maybe"),
    "none": (),
}


class Recorder:
    """A server on loopback that records each request and accepts it."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, Params, dict[str, str]]] = []
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                raw = self.rfile.read(length).decode("ascii") or urlsplit(self.path).query
                pairs = tuple(parse_qsl(raw, keep_blank_values=True))
                headers = {k.lower(): v for k, v in self.headers.items()}
                recorder.seen.append((self.command, raw, pairs, headers))
                body = b"<CreateImageResponse><requestId>r</requestId><imageId>ami-12345678"
                body += b"</imageId></CreateImageResponse>"
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = handle_any  # noqa: N815 (named by http.server)

            def log_message(self, *args: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    made = Recorder()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.mark.parametrize("params", AWKWARD.values(), ids=AWKWARD.keys())
def test_curl_sends_the_very_parameters(recorder: Recorder, params: Params) -> None:
    ran = shell(made(params, recorder.endpoint).curl)
    assert ran.returncode == 1, ran
    verb, raw, pairs, headers = recorder.seen[0]
    assert (verb, pairs) == ("POST", params)
    assert "+" not in raw
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=testing/")


@pytest.mark.parametrize("params", AWKWARD.values(), ids=AWKWARD.keys())
def test_boto3_sends_the_very_parameters(recorder: Recorder, params: Params) -> None:
    ran = python(made(params, recorder.endpoint).boto3)
    assert not ran.error
    assert ran.stdout.startswith("DEVIATION: expected: rejected")
    verb, raw, pairs, _ = recorder.seen[0]
    assert (verb, pairs) == ("POST", params)
    assert "+" not in raw


@pytest.mark.parametrize("kind", ["curl", "boto3"])
def test_another_form_is_kept(recorder: Recorder, kind: str) -> None:
    params = make.params(Description="a b")
    for form in (WireForm("GET", "+"), WireForm("GET"), WireForm(space="+")):
        recorder.seen.clear()
        text = getattr(made(params, recorder.endpoint, form=form), kind)
        ended = shell(text).stderr if kind == "curl" else python(text).error
        assert not ended
        verb, raw, pairs, _ = recorder.seen[0]
        assert verb == form.verb
        assert sorted(pairs) == sorted(params)
        assert f"=a{form.space}b" in raw


def test_another_content_type_is_kept(recorder: Recorder) -> None:
    form = WireForm(content_type="text/plain")
    both = made(make.params(), recorder.endpoint, form=form)
    shell(both.curl)
    python(both.boto3)
    sent = [h["content-type"] for *_, params, h in recorder.seen if HEAD[0] in params]
    assert sent == ["text/plain"] * 2
    assert "always posts a form" in both.aws


def test_curl_sorts_a_query_string_for_the_signature(recorder: Recorder) -> None:
    shell(made(make.params(), recorder.endpoint, form=WireForm("GET")).curl)
    names = [name for name, _ in recorder.seen[0][2]]
    assert names == sorted(names)


@pytest.mark.parametrize("signing", Signing)
def test_every_way_of_signing_is_made_or_described(recorder: Recorder, signing: Signing) -> None:
    all_ = made(make.params(), recorder.endpoint, form=WireForm(signing=signing))
    if all_.curl.startswith("# curl cannot"):
        assert all_.curl.count("\n") == 0
    else:
        shell(all_.curl)
        header = recorder.seen[0][3].get("authorization", "")
        assert bool(header) is (signing is not Signing.ABSENT)
        assert ("Signature=" in header) is (signing not in (Signing.ABSENT, Signing.MALFORMED))
    recorder.seen.clear()
    if all_.boto3.startswith("# boto3 cannot"):
        assert all_.pytest.startswith("# no test")
        assert all_.boto3.count("\n") == 0
    else:
        assert not python(all_.boto3).error
        assert ("authorization" in recorder.seen[0][3]) is (signing is not Signing.ABSENT)


def test_curl_dates_a_request_in_the_past(recorder: Recorder) -> None:
    shell(made(make.params(), recorder.endpoint, form=WireForm(signing=Signing.PAST)).curl)
    shell(made(make.params(), recorder.endpoint).curl)
    sent = (headers for *_, params, headers in recorder.seen if HEAD[0] in params)
    past, now = (headers["x-amz-date"] for headers in sent)
    assert past < now


@pytest.mark.parametrize("params", AWKWARD.values(), ids=AWKWARD.keys())
def test_the_cli_line_is_true_to_the_parameters_or_says_why_not(params: Params) -> None:
    from botocore.validate import ParamValidator

    line = made(params, make.ENDPOINT).aws
    if line.startswith("# the AWS CLI cannot send this: "):
        assert "\n" not in line
        return
    (command,) = (each for each in line.splitlines() if each.startswith("answer=$("))
    words = shlex.split(command.removeprefix("answer=$(").removesuffix(" 2>&1)"))
    given = json.loads(words[-1])
    client = SESSION.client("ec2", region_name="us-east-1")
    model = client.meta.service_model.operation_model("CreateImage")
    assert not ParamValidator().validate(given, model.input_shape).has_errors()
    assert given == arguments(params)


@pytest.mark.skipif(not shutil.which("aws"), reason="the AWS CLI is not installed")
def test_the_cli_line_runs(recorder: Recorder) -> None:
    ran = shell(made(AWKWARD["lists"], recorder.endpoint).aws)
    assert ran.returncode == 1, ran.stderr
    assert recorder.seen[0][2] == AWKWARD["lists"]


@pytest.mark.parametrize(
    ("params", "why"),
    [
        (make.params(Extra="1"), "has no parameter Extra"),
        ((*make.params(), ("Name", "again")), "only once"),
        (make.params(NoReboot="maybe"), "NoReboot"),
        ((("Name", "x"), *HEAD), "Action and Version"),
        ((*HEAD, ("BlockDeviceMapping.0.DeviceName", "x")), "consecutively from 1"),
        ((*HEAD, ("BlockDeviceMapping.1.Ebs.VolumeSize", "08")), "VolumeSize"),
        ((*HEAD, ("BlockDeviceMapping.DeviceName", "x")), "has no parameter"),
        ((*HEAD, ("TagSpecification.1.ResourceType", "a"), ("Name", "n"),
          ("TagSpecification.1.Tag.1.Key", "k")), "another order"),
        (make.params(Name="\ud800"), "encode"),
    ],
)  # fmt: skip
def test_requests_that_no_sdk_sends_are_named(params: Params, why: str) -> None:
    with pytest.raises(NotExpressible, match=why):
        arguments(params)
    assert made(params, make.ENDPOINT).aws.startswith("# the AWS CLI cannot send this: ")


@pytest.mark.parametrize("signing", Signing)
def test_no_reproduction_holds_a_credential(
    monkeypatch: pytest.MonkeyPatch, signing: Signing
) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    all_ = made(make.params(), "http://me:hunter2@127.0.0.1:1/", form=WireForm(signing=signing))
    for text in (all_.curl, all_.aws, all_.boto3, all_.pytest):
        assert not any(secret in text for secret in ("hunter2", "s3cret", "testing"))


def test_a_value_too_long_for_a_command_line_is_said() -> None:
    all_ = made(make.params(Description="d" * 200_000), make.ENDPOINT)
    assert all_.curl.startswith("# a value is too long")
    assert all_.aws.startswith("# a value is too long")
    assert "d" * 200_000 in all_.boto3


@pytest.mark.parametrize("params", AWKWARD.values(), ids=AWKWARD.keys())
def test_a_regression_test_is_python_with_one_test(params: Params) -> None:
    tree = ast.parse(made(params, make.ENDPOINT, "wire.dup").pytest)
    functions = [n.name for n in tree.body if isinstance(n, ast.FunctionDef)]
    assert "test_wire_dup_breaks" in functions


def test_nothing_that_was_sent_becomes_code() -> None:
    params = make.params(InstanceId="i-1\nimport os", **{"Bad\necho owned\n": "x"})
    for signing in (Signing.VALID, Signing.MALFORMED, Signing.V2):
        all_ = made(params, make.ENDPOINT, form=WireForm(signing=signing))
        assert "\n" not in all_.aws
        assert not any(line.startswith("echo") for line in all_.curl.splitlines())
        assert "import os" not in all_.pytest.splitlines()
        ast.parse(all_.pytest)
