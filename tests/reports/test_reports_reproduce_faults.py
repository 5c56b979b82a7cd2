"""Reproductions show the deviation on the faulty endpoint, and nothing on a correct one.

For each rule that a fault breaks, the rule's property finds the deviation of a faulty reference
endpoint, in virtual time. Then each form is executed against a fresh endpoint with the fault, and
against the reference: real HTTP on loopback, curl in a real shell, Python in this process.

Two servers serve all endpoints in turn, because their clients then cost little: a client of boto3
takes longer to create than most scripts take to run.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from conformance.engine.client.client import GuardedClient
from conformance.engine.client.connect import connect, preflight
from conformance.engine.client.environment import ADDRESS, rehearsal
from conformance.engine.client.guard import Guard
from conformance.engine.client.ledger import Ledger
from conformance.engine.core.effort import EFFORTS
from conformance.engine.core.target import Keys, Target
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.generate import Generation
from conformance.engine.property.runner import run
from conformance.engine.property.session_parts import open_session
from conformance.model import CATALOGUE
from conformance.model.request import Signing
from conformance.suite.registry import properties
from fixtures.changes import Fault
from fixtures.reference import ADMINISTRATOR, DENIED, NO_TAGS, Credential, Endpoint, serving
from fixtures.reference.message import Answer, Request
from fixtures.reference.params import Call
from fixtures.reference.preloaded import GP3_IMAGE
from fixtures.registry import FAULTS
from reports.reproduce import reproduce
from reports.results import Deviation

REGION = "us-east-1"
CANDIDATES = 12
"""Faults of a rule to try until its property finds a deviation that curl can send."""

UNSENT = "# curl cannot send this"
NOT_FOUND = {
    "bdm.generic_error": "the rule has no property of its own",
    "err.class.server": "the property needs requests of other rules to meet the server error",
    "bdm.existing.encryption": "masked by bdm.enc.unenc_volume, which finds the same faults",
    "st.image.reason": "the property needs images of other rules to meet a failed one",
    "st.residue": "the property needs lists of the account from before the run",
    "wire.list.base": "masked by tag.rt.image where its property runs alone",
}
"""Rules whose property finds no deviation when it runs alone."""

NOT_SHOWN: dict[str, str] = {
    "bdm.unsup.initrate boto3": "boto3 does not read VolumeInitializationRate from an answer",
    "bdm.unsup.initrate pytest": "boto3 does not read VolumeInitializationRate from an answer",
    **{
        f"{rule} {form}": "boto3 cannot sign like this"
        for rule in ("sig.fields", "sig.malformed", "sig.date", "sig.scope", "sig.host")
        for form in ("boto3", "pytest")
    },
    "sig.fields curl": "curl cannot sign a query string",
    "sig.scope curl": "curl signs with the date of the request",
    "sig.host curl": "curl always signs the host",
    "wire.names.rule curl": "the fault is about a header that boto3 adds",
}
"""Forms that cannot show a rule's deviation: "rule form" and the reason."""


NOT_REPRODUCED = (
    "evidence/snapshots-and-reservations-are-of-another-account",  # EC2 alone does not show it
    "again/dates-are-two-hours-ahead",  # no script compares a date with that of a snapshot
    "again/tags-added-later-replace-the-others",  # no script tags an image that has tags
    "again/data-snapshots-in-use-are-deleted",  # no script deletes the snapshot of a data volume
)
"""Faults that no reproduction shows. Each rule has others."""
EARLIER = ("memory/", "again/")
"""Families of faults that show only after other requests of a run."""
PENDING = ("inst.state.pending", "inst.state.terminal")
"""Rules about instances in a transient state, which has to last for a request."""


def rules() -> dict[str, list[Fault]]:
    """The faults of each rule, those that break it first of all in front.

    Faults that show only after other requests of a run come in only where a rule has no other.
    Crashes come last: they cost timeouts.
    """
    found: dict[str, list[Fault]] = {}
    for fault in FAULTS.values():
        for rule in fault.rules:
            found.setdefault(rule, []).append(fault)
    for rule, faults in found.items():
        faults[:] = [f for f in faults if f.id not in NOT_REPRODUCED]
        faults[:] = [f for f in faults if not f.id.startswith(EARLIER)] or faults
        faults.sort(key=lambda f: (f.rules[0] != rule, f.id.startswith("crash/")))
    return found


RULES = rules()


def keys(credential: Credential) -> Keys:
    return Keys(credential.access_key, credential.secret_key)


class Stage(Endpoint):
    """An endpoint that gives the answers of another, which can be replaced while it is served."""

    def __init__(self) -> None:
        super().__init__()
        self.show(Endpoint())

    def show(self, endpoint: Endpoint) -> None:
        self.shown, self.latency = endpoint, endpoint.latency

    def answer(self, request: Request) -> Answer:
        return self.shown.answer(request)


@dataclass(frozen=True, slots=True)
class Served:
    """A stage and its URL."""

    stage: Stage
    url: str


def prepare(endpoint: Endpoint, rule: str, fault: Fault | None = None) -> Endpoint:
    """A new endpoint. Nothing is pending on it, unless the rule or the fault needs it."""
    endpoint.timing.image = endpoint.timing.snapshot = 0.0
    if fault:
        fault.change(endpoint)
    if rule not in PENDING:
        endpoint.timing.pending = 0.0
    return endpoint


def deviation_of(rule: str, fault: Fault) -> Deviation | None:
    """The first deviation from a rule that its property finds on a faulty endpoint."""
    target = Target(
        name="reference", endpoint=ADDRESS, keys=keys(ADMINISTRATOR),
        denied_keys=keys(DENIED), no_tags_keys=keys(NO_TAGS), window=0.5, timeout=3.0,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, rehearsal(0) as (endpoint, environment):
        prepare(endpoint, rule, fault)
        ledger = Ledger(Path(folder), clock=environment.clock)
        with GuardedClient(connect(target, environment), Guard(ledger)) as client:
            preflight(target, client)
            parts = open_session(target, client, ledger, "reproduce")
            exercise = Exercise(rule, parts, EFFORTS["quick"], Generation(0))
            record = run(properties()[rule], exercise, last=True)
            ledger.close()
    return next((f.deviation for f in record.deviations if f.rule == rule), None)


def first_deviation(rule: str) -> tuple[Fault, Deviation]:
    """A fault of a rule with its deviation: one that curl can send, if there is one."""
    shown: list[tuple[Fault, Deviation]] = []
    for fault in RULES[rule][:CANDIDATES]:
        if found := deviation_of(rule, fault):
            shown.append((fault, found))
            made = reproduce(rule, found, endpoint="http://127.0.0.1", region=REGION,
                             statement=CATALOGUE[rule].statement)  # fmt: skip
            if not made.curl.startswith(UNSENT):
                return shown[-1]
    assert shown, f"no fault of {[f.id for f in RULES[rule]]} shows {rule}"
    return shown[0]


SESSION = boto3.Session(ADMINISTRATOR.access_key, ADMINISTRATOR.secret_key)
"""Reads the service model once."""
CLIENTS: dict[str, Any] = {}
"""The clients of the scripts, by their arguments."""


def client(service: str, *, config: Config | None = None, **options: str) -> Any:
    """The client that boto3.client creates; the same one for the same arguments."""
    signature = config.signature_version if config else None  # type: ignore[attr-defined]
    key = f"{service} {signature} {sorted(options.items())}"
    if key not in CLIENTS:
        CLIENTS[key] = SESSION.client(service, config=config, **options)
    return CLIENTS[key]


def instance(endpoint: Endpoint) -> str:
    """A running instance, as a user of a reproduction has one."""
    wanted = {"ImageId": GP3_IMAGE, "InstanceType": "t3.micro", "MinCount": "1", "MaxCount": "1"}
    instances, now = endpoint.state.instances, endpoint.clock.now()
    before = set(instances)
    endpoint.run_instances(Call("RunInstances", wanted, ADMINISTRATOR, now - 60, "launched"))
    endpoint.state.settle(now)
    (found,) = instances.keys() - before
    return found


REAL_SLEEP = time.sleep


@pytest.fixture(scope="module", autouse=True)
def _quiet() -> Iterator[None]:
    logger = logging.getLogger("uvicorn.error")
    logger.disabled, before = True, logger.disabled
    yield
    logger.disabled = before


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """One server for all endpoints, with a fault and without."""
    stage = Stage()
    with serving(stage) as url:
        yield Served(stage, url)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH where sleep returns at once: images and snapshots need no time."""
    folder = tmp_path_factory.mktemp("bin")
    (folder / "sleep").symlink_to(shutil.which("true") or "/bin/true")
    return f"{folder}:{os.environ['PATH']}"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, path: str) -> pytest.MonkeyPatch:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ADMINISTRATOR.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", ADMINISTRATOR.secret_key)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("PATH", path)
    monkeypatch.setattr(boto3, "client", client)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", SESSION)
    monkeypatch.setattr(time, "sleep", lambda seconds: REAL_SLEEP(min(seconds, 0.01)))
    return monkeypatch


def shown(form: str, source: str) -> str:
    """What a reproduction says of a deviation; nothing if it sees none."""
    if form == "curl":
        ran = subprocess.run(["sh", "-c", source], text=True, capture_output=True, timeout=60)
        assert not ran.stderr, ran.stderr
        assert (ran.returncode == 1) is ("DEVIATION" in ran.stdout), ran
        return ran.stdout.partition("DEVIATION: ")[2]
    if form == "pytest":
        source += "\nfor n, f in list(globals().items()):\n    n.startswith('test_') and f()\n"
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            exec(compile(source, form, "exec"), {"__name__": form})
        except AssertionError as error:
            assert form == "pytest"
            return str(error)
        except SystemExit as end:
            assert form == "boto3"
            return str(end.code or "").removeprefix("DEVIATION: ")
        finally:
            if "events.register" in source:  # the client sends or reads other things since
                CLIENTS.clear()
    return ""


CLEAN_UP = re.compile(r"^(?:def )?clean_up\(\).*\n(?:    .*\n)*", re.MULTILINE)
CLEANS_UP = re.compile(r"trap clean_up EXIT$|(?<=    )clean_up\(\)$", re.MULTILINE)
VARIABLE = re.compile(r"^(\w+)(?:: [^=\n]+)? = ", re.MULTILINE)
CLEANED: set[str] = set()
"""The clean-ups that have run on the reference."""


def is_repeated(script: str) -> bool:
    """Whether an earlier script cleaned up by the same commands, with the same variables."""
    commands = " ".join([*CLEAN_UP.findall(script), *VARIABLE.findall(script)])
    known = commands in CLEANED
    CLEANED.add(commands)
    return known


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in NOT_FOUND])
def test_every_form_shows_the_fault_and_nothing_else(
    rule: str, served: Served, environment: pytest.MonkeyPatch
) -> None:
    fault, found = first_deviation(rule)
    lacking = NO_TAGS if found.form and found.form.signing is Signing.NO_TAGS else DENIED
    environment.setenv("LACKING_ACCESS_KEY_ID", lacking.access_key)
    environment.setenv("LACKING_SECRET_ACCESS_KEY", lacking.secret_key)
    made = reproduce(rule, found, endpoint=served.url, region=REGION,
                     statement=CATALOGUE[rule].statement)  # fmt: skip
    for change in (fault, None):
        served.stage.show(prepare(Endpoint(), rule, change))
        for form in ("curl", "boto3", "pytest"):
            if f"{rule} {form}" in NOT_SHOWN:
                continue
            # A fault may change the instance, so that a second form shows nothing more.
            environment.setenv("INSTANCE_ID", instance(served.stage.shown))
            script = getattr(made, form)
            if form == "curl" and script.startswith(UNSENT):
                continue
            if change or is_repeated(script):  # half of the requests clean up
                script = CLEANS_UP.sub(":" if form == "curl" else "pass", script)
            said = shown(form, script)
            if change:
                assert "expected" in said, (fault.id, form)
                assert "observed" in said, (fault.id, form)
            else:
                assert not said, (fault.id, form)


def test_what_is_not_shown_says_why() -> None:
    assert NOT_FOUND.keys() <= RULES.keys()
    assert all(name.split()[0] in RULES and why for name, why in NOT_SHOWN.items())
