"""The lines of a recording, as tagged structs: one JSON object a line, its ``type`` first.

No struct has a field for a signature, a credential, a token or an account number.
"""

from __future__ import annotations

import json
import re
from typing import Any, Literal

import msgspec

from conformance.engine.client.cassette_answer import Received, without_account
from conformance.engine.core.effort import EffortName
from conformance.engine.core.protocol import ACCOUNT
from conformance.engine.core.target import Target
from conformance.model.aws import JudgeName
from conformance.model.history import History
from conformance.model.request import Request

VERSION = 2
"""The version of the format that the run writes."""
_ACCOUNTS = re.compile(rf"{re.escape(ACCOUNT)}|\d{{12}}")


class TargetSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a target that verdicts depend on. See Target for their meaning."""

    name: str
    endpoint: str
    region: str
    image_id: str | None
    instance_id: str | None
    instance_type: str
    subnet_id: str | None
    window: float
    timeout: float
    real: bool
    capabilities: dict[str, bool]
    sources: int = 4
    limits: Literal["", "aws"] = ""

    @staticmethod
    def of(target: Target) -> TargetSettings:
        """The settings of a target, without its credentials and accounts."""
        return msgspec.convert(target, TargetSettings, from_attributes=True)

    def target(self) -> Target:
        """A target with these settings."""
        return msgspec.convert(self, Target, from_attributes=True)


class RunHeader(msgspec.Struct, frozen=True, kw_only=True, tag="header"):
    """The first line: how the run was started."""

    version: int = VERSION
    run: str
    target: TargetSettings
    effort: EffortName
    seed: int
    judge: JudgeName
    fail_on: Literal["documented", "detail"]
    suite: dict[str, str]
    """Versions of amiproof, Python and the libraries that verdicts depend on."""
    shard: str = ""
    select: str = ""


class Planned(msgspec.Struct, frozen=True, tag="planned"):
    """The rules of the run."""

    rules: list[str]
    together: bool = False
    """Whether the workers sent covering requests as a batch."""


class WorkerStarted(msgspec.Struct, frozen=True, tag="started", omit_defaults=True):
    """A worker opened its session."""

    worker: str
    first: int | None
    """The number in the worker's first unique name."""
    before: tuple[str, ...] | None = None
    """The ids of the images before the run, if the account had too much to be listed again."""
    listed: dict[str, list[str]] = {}
    """The ids that the account had before the run, by each kind of residue that was listed."""


class RuleFinished(msgspec.Struct, frozen=True, tag="finished"):
    """A worker finished the property of a rule."""

    worker: str
    rule: str


class ClockRead(msgspec.Struct, frozen=True, tag="clock"):
    """A worker's clock after its last exchange, in seconds."""

    worker: str
    times: list[float]


class SentRequest(msgspec.Struct, frozen=True, array_like=True):
    """A request and the connection that sent it, without its signature."""

    params: list[tuple[str, str]]
    verb: str
    space: str
    content_type: str
    signing: str
    service: str
    """``ec2``, ``sts``, or ``boto3`` for a request of the second client."""
    lane: int
    """The worker's connection: 0 for the first."""

    @staticmethod
    def of(request: Request, service: str, lane: int) -> SentRequest:
        """A request as the recording has it."""
        form, signing = request.form, request.signing.value
        params = list(request.params)
        return SentRequest(params, form.verb, form.space, form.content_type, signing, service, lane)

    @property
    def key(self) -> str:
        """Equal for equal requests, whether or not their account numbers were removed."""
        return _ACCOUNTS.sub("#", json.dumps(msgspec.structs.astuple(self)))

    def account_in(self, request: Request) -> str:
        """The account number that ``request`` has where this one has its replacement, or ""."""
        for (_, value), (_, written) in zip(request.params, self.params, strict=False):
            before, found, _ = written.partition(ACCOUNT)
            if found and value.startswith(before) and value != written:
                return value[len(before) : len(before) + 12]
        return ""


class Stopped(msgspec.Struct, frozen=True, tag="stopped"):
    """The request was not sent: the run had to stop."""

    why: str


class NotSigned(msgspec.Struct, frozen=True, tag="not signed"):
    """The request was not sent: it needs credentials that the run does not have."""

    why: str


class SentExchange(msgspec.Struct, frozen=True, kw_only=True, tag="exchange"):
    """A request of a rule's property and what came of it."""

    worker: str
    rule: str
    request: SentRequest
    clock: list[float]
    """The worker's clock readings since its last exchange, in seconds."""
    at: float
    """The clock's time when the exchange ended."""
    result: Received | Stopped | NotSigned


class HistoryTold(msgspec.Struct, frozen=True, tag="history"):
    """The history of a scenario that a worker executed. Its exchanges are not played again."""

    worker: str
    history: History


_SCENARIO = "scenario "


def of_scenario(exchange: SentExchange) -> bool:
    """Whether a scenario sent a request; the recording has its history."""
    return exchange.rule.startswith(_SCENARIO)


def label(scenario: str) -> str:
    """What the exchanges of a scenario have in place of a rule."""
    return _SCENARIO + scenario


class Footer(msgspec.Struct, frozen=True, kw_only=True, tag="footer"):
    """The last line of a run that ended."""

    count: int
    """The number of lines before this one."""
    digest: str
    """A digest of those lines."""
    complete: bool = False
    left: list[str] = []
    """The resources that the clean-up could not remove."""


Line = (
    RunHeader
    | Planned
    | WorkerStarted
    | RuleFinished
    | ClockRead
    | SentExchange
    | HistoryTold
    | Footer
)


def encode(line: Line) -> str:
    """A line as JSON text in ASCII. Lone surrogates are kept, as escapes."""
    text = json.dumps(msgspec.to_builtins(line), separators=(",", ":"))
    return without_account(text) if isinstance(line, HistoryTold) else text


def decode(data: Any) -> Line:
    """The line for parsed JSON. Raises msgspec.ValidationError."""
    line: Line = msgspec.convert(data, Line)
    return line
