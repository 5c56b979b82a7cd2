"""Makes reproductions and runs them, for the tests of what they send."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
from typing import NamedTuple

import boto3
import pytest
import reports_factory as make

from conformance.model.rule import Arm
from reports.reproduce import reproduce
from reports.results import Deviation, Expected, Observed, Reproduce

Params = tuple[tuple[str, str], ...]
KEYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "s3cret",
    "LACKING_ACCESS_KEY_ID": "testing",
    "LACKING_SECRET_ACCESS_KEY": "s3cret",
}
ENV = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "NO_PROXY": "*", **KEYS}
SESSION = boto3.Session("testing", "s3cret")  # read the service model once


def made(params: Params, endpoint: str, rule: str = "name.length.max", **more: object) -> Reproduce:
    given: dict[str, object] = {
        "arm": Arm.BREAKS,
        "expected": Expected("rejected", make.MALFORMED),
        "observed": Observed("accepted"),
        **more,
    }
    found = Deviation(request=params, **given)  # type: ignore[arg-type]
    return reproduce(rule, found, endpoint=endpoint, region="us-east-1", statement='Says "so\\".')


def shell(command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", command], env=ENV, text=True, capture_output=True, timeout=60
    )


class Ran(NamedTuple):
    """What a script printed, and how it ended: nothing where it came to its end."""

    stdout: str
    error: str


def python(source: str) -> Ran:
    """Run a script in this process (a new one takes most of a second) with keys that it finds."""
    printed, error = io.StringIO(), ""
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        for name, value in {**KEYS, "NO_PROXY": "*"}.items():
            patch.setenv(name, value)
        patch.setattr(boto3, "DEFAULT_SESSION", SESSION)
        try:
            exec(compile(source, "script", "exec"), {"__name__": "script"})
        except SystemExit as end:
            printed.write(str(end.code or ""))
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
    return Ran(printed.getvalue(), error)


def run_test(source: str) -> Ran:
    """Run a regression test as pytest would: import the module, call what is named test_..."""
    call = "\nfor n, f in list(globals().items()):\n    if n.startswith('test_'):\n        f()\n"
    return python(source + call)
