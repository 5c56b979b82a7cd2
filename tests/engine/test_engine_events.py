"""The events of a run, in their order, and the files that their handlers write."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.engine.core.record import Record
from conformance.engine.run.config import RunConfig
from conformance.engine.run.controller import Controller
from conformance.engine.run.events import (
    CleanupFinished,
    CleanupStarted,
    Event,
    PropertyFinished,
    PropertyStarted,
    RoundFinished,
    RunFinished,
    RunPlanned,
)
from reports.results import load

RULE = "name.length.max"


def test_a_run_emits_its_events_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMIPROOF_STATE", str(tmp_path / "state"))
    run = Controller(RunConfig("reference", select=RULE, out=tmp_path / "out"))
    seen: list[Event] = []
    run.subscribe(seen.append)
    try:
        run.start()
        run.plan_rules([RULE])
        run.begin(RULE)
        run.collect(Record(RULE, keeps=1, breaks=1, generates=True).to_json())
        run.collect(Record(RULE, keeps=2, round=1).to_json())
        so_far = load(tmp_path / "out" / "results.json")
        assert run.finish(interrupted=False) == 0
    finally:
        run.stop()
    kinds = [
        RunPlanned, PropertyStarted, PropertyFinished, RoundFinished, CleanupStarted,
        CleanupFinished, RunFinished,
    ]  # fmt: skip
    assert [type(event) for event in seen] == kinds
    assert seen[0] == RunPlanned((RULE,))
    assert seen[5] == CleanupFinished((), complete=True)
    assert not so_far.complete
    results = load(tmp_path / "out" / "results.json")
    assert [(rule.id, rule.keeps, rule.breaks) for rule in results.rules] == [(RULE, 3, 1)]


def test_an_interrupted_run_is_incomplete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMIPROOF_STATE", str(tmp_path / "state"))
    run = Controller(RunConfig("reference", select="name.length", out=None))
    try:
        run.start()
        run.plan_rules(["name.length.min", RULE])
        run.collect(Record(RULE, keeps=1, breaks=1).to_json())
        assert run.finish(interrupted=True) == 4
    finally:
        run.stop()
    assert run.results is not None
    reasons = {rule.id: rule.reason for rule in run.results.rules}
    assert reasons[RULE] is None
    assert reasons["name.length.min"] == "the run ended before it reached the rule"
