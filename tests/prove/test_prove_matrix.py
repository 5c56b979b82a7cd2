"""The matrix: verdicts, precision, rules that detect no fault, properties that back each other."""

from __future__ import annotations

import pytest

from conformance.engine.core.errors import UsageError
from conformance.prove.attempt import Attempt
from conformance.prove.matrix import Proof, Row, part_of
from conformance.prove.run import chosen, read_part


def _row(id: str, sightings: dict[str, tuple[str, ...]], *rules: str, errors: int = 0) -> Row:
    blamed = tuple(dict.fromkeys(rule for seen in sightings.values() for rule in seen))
    said = Attempt(
        id=id,
        blamed=blamed,
        sightings=sightings,
        deviations=(),
        first=7 if blamed else None,
        requests=100,
        seconds=1.0,
        errors=("it failed",) * errors,
    )
    kind = "fault" if rules else "variant"
    return Row(id=id, kind=kind, what="A sentence.", rules=rules, attempt=said)


def _proof(*rows: Row) -> Proof:
    return Proof(effort="quick", seed=1, whole=True, seconds=1.0, rows=rows)


KILLED = _row("a/killed", {"name.empty": ("name.empty",)}, "name.empty")
BACKED = _row(
    "a/backed",
    {"name.length.max": ("name.length.max",), "name.unique": ("name.length.max",)},
    "name.length.max",
)
SURVIVED = _row("a/survived", {}, "name.unique")
MISBLAMED = _row("a/misblamed", {"name.unique": ("name.unique",)}, "name.empty")
ALARM = _row("b/alarm", {"name.unique": ("name.unique",)})
SILENT = _row("b/silent", {})
FAILED = _row("a/failed", {"name.empty": ("name.empty",)}, "name.empty", errors=1)


@pytest.mark.parametrize(
    ("row", "verdict", "status"),
    [
        (KILLED, "killed", 0),
        (BACKED, "killed", 0),
        (SILENT, "silent", 0),
        (SURVIVED, "survived", 1),
        (MISBLAMED, "misblamed", 1),
        (ALARM, "alarm", 1),
        (FAILED, "error", 1),
    ],
)
def test_a_verdict(row: Row, verdict: str, status: int) -> None:
    assert row.verdict == verdict
    assert _proof(KILLED, row).status == status


def test_nothing_proves_nothing() -> None:
    assert _proof().status == 1


def test_precision_counts_detected_faults() -> None:
    many = _row("a/many", {"name.empty": tuple(f"rule{n}" for n in range(9))}, "name.empty")
    assert _proof(*[KILLED] * 9, SURVIVED, many).precision() == (1, 1)
    assert _proof(*[KILLED] * 8, many, many).precision() == (1, 9)


def test_faults_that_one_property_alone_detects() -> None:
    proof = _proof(KILLED, BACKED, SILENT)
    assert proof.needed()["name.empty"] == ["a/killed"]
    assert proof.needed()["name.length.max"] == []
    assert proof.backed()["name.length.max"] == ["name.unique"]
    assert "name.empty" not in proof.backed()
    idle = proof.idle()
    assert "name.unique" in idle
    assert "name.empty" not in idle


def test_the_parts_together_are_the_whole() -> None:
    ids = [str(n) for n in range(10)]
    parts = [list(part_of(ids, (number, 3))) for number in (1, 2, 3)]
    assert sorted(id for part in parts for id in part) == ids
    assert parts[0] == ["0", "3", "6", "9"]


@pytest.mark.parametrize("text", ["", "1", "0/4", "5/4", "a/b", "-1/2"])
def test_an_invalid_part(text: str) -> None:
    with pytest.raises(UsageError, match="no part"):
        read_part(text)


def test_patterns_select_ids() -> None:
    assert "name/accepts-129" in set(chosen(""))
    assert set(chosen("name/accepts-129")) == {"name/accepts-129"}
    assert "name/accepts-129" in set(chosen("name.length.max"))
    assert all(id.startswith("name/") for id in chosen("name/"))
    assert "order/permission-last" in set(chosen("order/*"))
