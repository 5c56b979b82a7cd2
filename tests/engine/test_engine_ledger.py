"""The ledger writes each created resource once."""

from __future__ import annotations

import time
from pathlib import Path

from conformance.engine.client.ledger import Ledger


def test_a_resource_is_written_once(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "run")
    ledger.made("image", "ami-1", "a")
    ledger.made("image", "ami-1", "a")
    ledger.made("image", "ami-1")
    assert [entry.id for entry in ledger.entries()] == ["ami-1"]
    ledger.close()


def test_a_name_learnt_later_is_written(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "run")
    ledger.made("image", "ami-1")
    ledger.made("image", "ami-1", "a")
    assert ledger.remaining() == {"image": {"ami-1": "a"}}
    ledger.close()


def test_an_id_that_compaction_dropped_is_written_again(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "run")
    ledger.made("instance", "i-1")
    ledger.intend("image", "a")
    ledger.made("image", "ami-1", "a")
    ledger.gone("image", "ami-1")
    ledger.compact(time.time() + 1)
    assert not ledger.has("ami-1")
    ledger.made("image", "ami-1", "a")
    assert ledger.has("ami-1")
    ledger.close()
