"""The lines of a recording: each survives the file, and holds no credentials."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from conformance.engine.client import cassette_v1
from conformance.engine.client.cassette_answer import (
    Indeterminate,
    Malformed,
    Received,
    RecordedAnswer,
    RecordedElement,
    Rejected,
    Throttled,
)
from conformance.engine.client.cassette_lines import (
    ClockRead,
    Footer,
    Line,
    NotSigned,
    Planned,
    RuleFinished,
    RunHeader,
    SentExchange,
    SentRequest,
    Stopped,
    TargetSettings,
    WorkerStarted,
    decode,
    encode,
)
from conformance.engine.core.target import Keys, Target
from conformance.model import answer as model
from conformance.model.request import action
from conformance.wire.exchange import Exchange

SENT = {
    "worker": "main",
    "rule": "inst.exists",
    "request": [
        [["Action", "CreateImage"], ["Name", "a"]],
        ["POST", "%20", "t", "valid", "ec2", 0],
    ],
    "clock": [1.5],
    "at": 2.5,
}
"""Fields of an exchange as version 1 wrote it."""


@pytest.mark.parametrize(
    ("fields", "result"),
    [
        ({"cut": "over"}, Stopped("over")),
        ({"nobody": "no credentials"}, NotSigned("no credentials")),
        ({"outcome": ["Indeterminate", "timeout"]}, Received(Indeterminate("timeout"))),
        (
            {"outcome": ["Malformed", "JSON", 400], "answer": [400, "text/json", 0.1, None]},
            Received(Malformed("JSON", 400), RecordedAnswer(400, "text/json", 0.1)),
        ),
        (
            {
                "outcome": ["Rejected", "A.B", 400, "no"],
                "answer": [400, "t", 0.1, ["Response", "", "", ["Errors", "ns", "x"]]],
            },
            Received(
                Rejected("A.B", 400, "no"),
                RecordedAnswer(
                    400,
                    "t",
                    0.1,
                    RecordedElement("Response", "", "", [RecordedElement("Errors", "ns", "x")]),
                ),
            ),
        ),
    ],
    ids=["stopped", "not signed", "timeout", "json", "error"],
)
def test_an_exchange_of_version_1(
    fields: dict[str, Any], result: Received | Stopped | NotSigned
) -> None:
    request = SentRequest([("Action", "CreateImage"), ("Name", "a")], "POST", "%20", "t", "valid",
                          "ec2", 0)  # fmt: skip
    expected = SentExchange(
        worker="main", rule="inst.exists", request=request, clock=[1.5], at=2.5, result=result
    )
    assert cassette_v1.upgraded({**SENT, **fields}) == expected


@pytest.mark.parametrize(
    "line",
    [
        RunHeader(
            run="r", target=TargetSettings.of(Target(name="t", endpoint="http://h")),
            effort="quick", seed=1, judge="aws", fail_on="detail", suite={"python": "3"},
        ),
        Planned(["a.b"], True),
        WorkerStarted("w", None),
        RuleFinished("w", "a.b"),
        ClockRead("w", [0.5]),
        Footer(count=1, digest="d", complete=True, left=["ami-1"]),
        SentExchange(
            worker="w", rule="a.b", clock=[], at=1.0, result=Received(Throttled("T", 503)),
            request=SentRequest.of(action("X", [("Name", "\ud800 \u00fc")]), "ec2", 1),
        ),
    ],
    ids=lambda line: type(line).__name__,
)  # fmt: skip
def test_a_line_survives_the_file(line: Line) -> None:
    text = encode(line)
    assert text.isascii()
    assert decode(json.loads(text)) == line


@pytest.mark.parametrize(
    "outcome",
    [
        model.Accepted("ami-1"),
        model.Rejected("A.B", 400, "no"),
        model.Malformed("HTML", 500),
        model.Throttled("RequestLimitExceeded", 503),
        model.Indeterminate("timeout"),
    ],
    ids=lambda outcome: type(outcome).__name__,
)
def test_an_outcome_survives_recording(outcome: model.Outcome) -> None:
    root = model.Element("Response", "ns", "", (model.Element("a", "", " b "),))
    exchange = Exchange(action("X"), outcome, model.Answer(400, "text/xml", root, 0.25))
    assert Received.of(exchange).exchange(action("X")) == exchange


def test_recorded_target_settings_hold_no_credentials() -> None:
    secret = Target(
        name="t", endpoint="http://h", keys=Keys("KEYID", "SECRET"), account="123456789012",
        accounts=("123456789012",), denied_keys=Keys("KEYID", "SECRET"), profile="PROFILE",
    )  # fmt: skip
    text = json.dumps(msgspec.to_builtins(TargetSettings.of(secret)))
    assert not any(word in text for word in ("KEYID", "SECRET", "123456789012", "PROFILE"))
